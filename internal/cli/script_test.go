package cli

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jangle-otp/jangle/internal/qr"
)

// scriptCommands are what the scripts need beside the program.
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"qrpng":       scriptQR,
		"replace":     scriptReplace,
		"status":      scriptStatus,
		"pngblank":    scriptBlank,
		"pngcut":      scriptCut,
		"pnghuge":     scriptHuge,
		"longuri":     scriptLongURI,
		"qrdark":      scriptDark,
		"oathtool":    scriptOathtool,
		"mode":        scriptMode,
		"genaccounts": scriptGenerate,
	}
}

// scriptStatus checks an exit status: status 4 jangle code git.
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var ee *exec.ExitError
	if errors.As(err, &ee) {
		got = ee.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// scriptQR draws a text as a QR picture: qrpng FILE TEXT.
func scriptQR(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: qrpng FILE TEXT")
	}
	s, err := qr.Encode(args[1], qr.EncodeOptions{Level: qr.Medium})
	ts.Check(err)
	data, err := s.PNG(6)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// scriptReplace replaces a text in a file: replace FILE OLD NEW.
func scriptReplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(data), args[1], args[2])), 0o600))
}

// scriptBlank draws a picture without a code: pngblank FILE.
func scriptBlank(ts *testscript.TestScript, _ bool, args []string) {
	var buf bytes.Buffer
	ts.Check(png.Encode(&buf, image.NewGray(image.Rect(0, 0, 200, 200))))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o600))
}

// scriptCut writes the first half of a picture: pngcut FILE.
func scriptCut(ts *testscript.TestScript, _ bool, args []string) {
	s, err := qr.Encode("otpauth://totp/x?secret="+rfcSecret, qr.EncodeOptions{})
	ts.Check(err)
	data, err := s.PNG(6)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data[:len(data)/2], 0o600))
}

// scriptHuge writes a PNG whose header says 30,000 by 30,000 pixels: pnghuge FILE.
func scriptHuge(ts *testscript.TestScript, _ bool, args []string) {
	ihdr := []byte("IHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x00\x00\x00\x00")
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	data = binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(ihdr))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// scriptLongURI writes two links, one with an issuer of 10,000 characters.
func scriptLongURI(ts *testscript.TestScript, _ bool, args []string) {
	long := "otpauth://totp/x?secret=" + rfcSecret + "&issuer=" + strings.Repeat("a", 10_000)
	short := "otpauth://totp/short:s?secret=KRSXG5CTMVRXEZLUKRSXG5CT"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(long+"\n"+short+"\n"), 0o600))
}

// scriptCondition knows [root]: whether permissions stop us at all.
func scriptCondition(cond string) (bool, error) {
	if cond == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, errors.New("unknown condition " + cond)
}

// scriptMode checks a file's permission bits: mode FILE 600.
func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

// scriptGenerate writes links to so many accounts: genaccounts N FILE.
func scriptGenerate(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	for i := range n {
		secret := base32.StdEncoding.EncodeToString(fmt.Appendf(nil, "%020d", i))
		fmt.Fprintf(&b, "otpauth://totp/Site%d:user%d%%40example.com?secret=%s&issuer=Site%d\n", i, i, secret, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// scriptDark draws a text as a QR code in light on dark: qrdark FILE TEXT.
func scriptDark(ts *testscript.TestScript, _ bool, args []string) {
	s, err := qr.Encode(args[1], qr.EncodeOptions{})
	ts.Check(err)
	const scale, quiet = 6, 4
	m := s.Modules()
	img := image.NewGray(image.Rect(0, 0, (len(m)+2*quiet)*scale, (len(m)+2*quiet)*scale))
	for y := range m {
		for x, dark := range m[y] {
			r := image.Rect((x+quiet)*scale, (y+quiet)*scale, (x+quiet+1)*scale, (y+quiet+1)*scale)
			if dark {
				draw.Draw(img, r, image.White, image.Point{}, draw.Src)
			}
		}
	}
	var buf bytes.Buffer
	ts.Check(png.Encode(&buf, img))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o600))
}

// scriptOathtool compares the code of the account "odd" (SHA256, 8 digits, 60 s)
// with oathtool's: oathtool NAME TIME.
func scriptOathtool(ts *testscript.TestScript, _ bool, args []string) {
	secret := strings.Repeat("1234567890", 3)
	want, err := exec.Command("oathtool", "--totp=SHA256", "-d", "8", "-s", "60s", "-N", "@"+args[1], hex.EncodeToString([]byte(secret))).Output()
	ts.Check(err)
	ts.Check(ts.Exec("jangle", "code", args[0], "--at", args[1]))
	if got := ts.ReadFile("stdout"); got != string(want) {
		ts.Fatalf("jangle says %q, oathtool %q", got, want)
	}
}
