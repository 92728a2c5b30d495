package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestHostileFilesTakeLittle gives the program hostile files by way of its commands:
// pictures and pages, which package format leaves to others, settings, backups, and
// one text whose report would be long. (format.TestBombs has one for each reader.)
func TestHostileFilesTakeLittle(t *testing.T) {
	const size = 16 << 20
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p := newProgram(t)
	p.must(t, "", "import", "--no-passphrase", write("one.txt", []byte("otpauth://totp/A:b?secret="+rfcSecret)))
	passphrase := write("passphrase", []byte("acrobat-violin-munch-pewter-lagoon"))
	blank := base64.StdEncoding.EncodeToString(pngOf(t, image.NewGray(image.Rect(0, 0, 8000, 4900))))
	many := "otpauth://totp/a?secret=" + rfcSecret + "\n" + strings.Repeat("otpauth://totp/a?secret=1\n", 9_999)
	for name, args := range map[string][]string{
		"large picture":       {"import", write("blank.png", pngOf(t, image.NewGray(image.Rect(0, 0, 8192, 4880))))},
		"picture of noise":    {"import", write("noise.png", pngOf(t, noise(2000, 2000)))},
		"animation":           {"import", write("frames.gif", gifOf(t, 3_000))},
		"page of pictures":    {"import", write("page.html", []byte("<html>"+strings.Repeat(`<img src="data:image/png;base64,`+blank+`">`, size/len(blank)/2)))},
		"many bad links":      {"import", write("links.txt", []byte(many))},
		"backup of noise":     {"restore", "--passphrase-file", passphrase, write("noise.age", bytes.Repeat([]byte("age-encryption.org/v1\n"), size/22))},
		"backup that is wide": {"restore", "--passphrase-file", passphrase, write("wide.age", sealedBomb(t, []byte(`{"accounts":[`+strings.Repeat("{},", size/3)+"0]}")))},
		"backup that is deep": {"restore", "--passphrase-file", passphrase, write("deep.age", sealedBomb(t, bytes.Repeat([]byte(`{"a":`), size/5)))},
		"code of a backup":    {"code", "--from", filepath.Join(dir, "wide.age"), "--passphrase-file", passphrase, "a"},
		"passphrase":          {"restore", "--passphrase-file", write("long", make([]byte, size)), filepath.Join(dir, "wide.age")},
		"key":                 {"restore", "-i", write("key", bytes.Repeat([]byte("AGE-SECRET-KEY-1\n"), size/17)), write("keyed.age", keyedBomb(t))},
		"recipients":          {"backup", "-R", write("recipients", bytes.Repeat([]byte("age1\n"), size/5)), filepath.Join(dir, "new.age")},
	} {
		checkUsage(t, p, name, args...)
	}
	for name, text := range map[string]string{
		"settings that are deep":   "a = " + strings.Repeat("[", config.MaxFileBytes-4),
		"settings of tables":       strings.Repeat("[[askpass]]\n", config.MaxFileBytes/12),
		"settings of dotted names": strings.Repeat("a.", config.MaxFileBytes/2-4) + "a = 1",
		"settings that are long":   strings.Repeat("#", size),
	} {
		if err := os.WriteFile(filepath.Join(p.home, "config.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		checkUsage(t, p, name, "list")
	}
}

func checkUsage(t *testing.T, p *program, name string, args ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "usage")
	measured := *p
	measured.env = append(append([]string{}, p.env...), "JANGLE_TEST_USAGE="+file)
	e := measured.run(t, nil, "", args...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s: status %d: %s%.300s", name, e.status, e.out, e.err)
		return
	}
	var took tooltest.Usage
	if err := json.Unmarshal(text, &took); err != nil {
		t.Fatal(err)
	}
	t.Logf("%-26s %4d MB %6.2f s  %d %.90q", name, took.Memory>>20, took.CPU.Seconds(), e.status, e.err)
	if most := mostUsage(); took.Memory > most.Memory || took.CPU > most.CPU {
		t.Errorf("%s takes %d MB and %v of CPU", name, took.Memory>>20, took.CPU)
	}
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise has something like a corner of a QR code everywhere.
func noise(w, h int) image.Image {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(255 * random.IntN(2))
	}
	return img
}

func gifOf(t *testing.T, frames int) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 400, 400), color.Palette{color.White, color.Black})
	g := gif.GIF{}
	for range frames {
		g.Image, g.Delay = append(g.Image, img), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func keyedBomb(t *testing.T) []byte {
	t.Helper()
	_, _, r, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypt.EncryptTo(t.Context(), []byte("x"), []crypt.Recipient{r}, crypt.Binary)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func sealedBomb(t *testing.T, plain []byte) []byte {
	t.Helper()
	sealed, err := crypt.EncryptPassphrase(t.Context(), plain, []byte("acrobat-violin-munch-pewter-lagoon"), crypt.PassphraseOptions{WorkFactor: 6})
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
