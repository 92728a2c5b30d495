package qr

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/skip2/go-qrcode"

	"github.com/jangle-otp/jangle/internal/qr/detect"
)

// bitsOf packs fields of a value and a width into bytes.
func bitsOf(fields ...[2]int) []byte {
	var out []byte
	at := 0
	for _, f := range fields {
		for i := f[1] - 1; i >= 0; i-- {
			if at%8 == 0 {
				out = append(out, 0)
			}
			out[at/8] |= byte(f[0]>>i&1) << (7 - at%8)
			at++
		}
	}
	return out
}

// said is what a code of that data says; ok is false where it is refused.
func said(t testing.TB, data []byte, version int) (c detect.Content, ok bool) {
	t.Helper()
	v, err := decoder.Version_GetVersionForNumber(version)
	if err != nil {
		t.Fatal(err)
	}
	r, err := decoder.DecodedBitStreamParser_Decode(data, v, decoder.ErrorCorrectionLevel_L, nil)
	if err != nil {
		return c, false
	}
	return content(r, version)
}

// The examples of ISO/IEC 18004 (7.4.3, 7.4.4, 7.4.6), and texts that encoders
// cut in odd places or write in other character sets. "" is refused.
func TestText(t *testing.T) {
	end := [2]int{0, 4}
	bytesOf := func(s string) (out [][2]int) {
		out = [][2]int{{4, 4}, {len(s), 8}}
		for i := range len(s) {
			out = append(out, [2]int{int(s[i]), 8})
		}
		return out
	}
	join := func(parts ...[][2]int) []byte {
		var all [][2]int
		for _, p := range parts {
			all = append(all, p...)
		}
		return bitsOf(append(all, end)...)
	}
	eci := func(n int) [][2]int { return [][2]int{{7, 4}, {n, 8}} }
	ac42 := [][2]int{{2, 4}, {5, 9}, {462, 11}, {1849, 11}, {2, 6}}
	kanji := [][2]int{{8, 4}, {2, 8}, {0xd9f, 13}, {0x1aaa, 13}}
	for _, tt := range []struct {
		name    string
		version int
		data    []byte
		want    string
	}{
		{"numeric", 1, bitsOf([2]int{1, 4}, [2]int{8, 10}, [2]int{12, 10}, [2]int{345, 10}, [2]int{67, 7}, end), "01234567"},
		{"alphanumeric", 1, join(ac42), "AC-42"},
		{"Kanji", 1, join(kanji), "点茗"},
		{"Hanzi", 1, bitsOf([2]int{13, 4}, [2]int{1, 4}, [2]int{1, 8}, [2]int{0xb0a1 - 0xa6a1 - 0xa00 + 0x3c0, 13}, end), "啊"},
		{"bytes and capitals in turns", 2, join(bytesOf("secret="), ac42, bytesOf("&x")), "secret=AC-42&x"},
		{"a character over two segments", 1, join(bytesOf("\xc3"), bytesOf("\xa9")), "é"},
		{"a character over two segments, capitals before it", 2, join(ac42, bytesOf("caf\xc3"), bytesOf("\xa9")), "AC-42café"},
		{"Japanese over two segments", 2, join(bytesOf("\xe6\x9d\xb1\xe4"), bytesOf("\xba\xac")), "東京"},
		{"Kanji and UTF-8", 2, join(kanji, bytesOf("é")), "点茗é"},
		{"wider counts from version 10", 10, bitsOf([2]int{4, 4}, [2]int{1, 16}, [2]int{120, 8}, [2]int{1, 4}, [2]int{1, 12}, [2]int{7, 4}), "x7"},
		{"UTF-8 announced", 1, join(eci(26), bytesOf("é")), "é"},
		{"Latin 1 announced", 1, join(eci(3), bytesOf("é")), "Ã©"},
		{"Latin 1 unsaid", 1, join(bytesOf("\xe9t")), "ét"},
		{"Shift JIS announced", 1, join(eci(20), bytesOf("\x93\x5f")), "点"},
		{"Shift JIS unsaid", 1, join(bytesOf("\x93\xfa\x96\x7b\x8c\xea")), "日本語"},
		{"half-width katakana unsaid", 1, join(bytesOf("\xb1\xb2\xb3")), "ｱｲｳ"},
		{"UTF-16 announced", 1, join(eci(25), bytesOf("\x70\xb9")), "点"},
		{"no end mark, full", 1, bitsOf([2]int{4, 4}, [2]int{1, 8}, [2]int{120, 8}), "x"},
		{"BOM", 1, join(bytesOf("\ufeffé")), "é"},
		{"a code of shops", 1, join([][2]int{{5, 4}}, bytesOf("x")), "x"},
		{"FNC1 in second position", 1, join([][2]int{{9, 4}, {0x41, 8}}, bytesOf("x")), ""},
		{"unknown character set", 1, join(eci(14), bytesOf("\xe9")), ""},
		{"a character set of the library", 1, join(eci(5), bytesOf("\xe9")), "é"},
		{"unknown mode", 1, bitsOf([2]int{6, 4}, [2]int{1, 8}), ""},
		{"cut off", 1, bitsOf([2]int{4, 4}, [2]int{200, 8}, [2]int{120, 8}), ""},
		{"digits over 999", 1, bitsOf([2]int{1, 4}, [2]int{3, 10}, [2]int{1000, 10}, end), ""},
		{"bytes that are no text", 1, join(eci(26), bytesOf("\xff")), ""},
		{"empty", 1, bitsOf(end), ""},
	} {
		got, ok := said(t, tt.data, tt.version)
		if got != (detect.Content{Text: tt.want}) || ok != (tt.want != "") {
			t.Errorf("%s: %+v, %v; want %q", tt.name, got, ok, tt.want)
		}
	}
}

// A part keeps its place and, where it is cut within a character, its bytes.
func TestPartOfSeveralCodes(t *testing.T) {
	for _, half := range []struct {
		index int
		text  string
	}{{0, "caf\xc3"}, {1, "\xa9 secret=JBSWY3DPEHPK3PXP"}} {
		fields := [][2]int{{3, 4}, {half.index, 4}, {1, 4}, {0x55, 8}, {4, 4}, {len(half.text), 8}}
		for i := range len(half.text) {
			fields = append(fields, [2]int{int(half.text[i]), 8})
		}
		got, ok := said(t, bitsOf(append(fields, [2]int{0, 4})...), 3)
		want := detect.Content{Text: half.text, Part: detect.Part{Index: half.index, Count: 2, Parity: 0x55}}
		if !ok || got != want {
			t.Errorf("%+v, %v; want %+v", got, ok, want)
		}
	}
}

func matrixOf(t testing.TB, text string, version int, l qrcode.RecoveryLevel) *detect.Matrix {
	t.Helper()
	q, err := qrcode.NewWithForcedVersion(text, version, l)
	if err != nil {
		t.Fatal(err)
	}
	q.DisableBorder = true
	m := &detect.Matrix{N: len(q.Bitmap())}
	for _, row := range q.Bitmap() {
		m.Dark = append(m.Dark, row...)
	}
	return m
}

// Every version, at its least and its best correction, and mirrored.
func TestEveryVersion(t *testing.T) {
	for version := 1; version <= 40; version++ {
		for _, l := range []qrcode.RecoveryLevel{qrcode.Low, qrcode.Highest} {
			m := matrixOf(t, "secret", version, l)
			if c, ok := readModules(m); c.Text != "secret" || !ok {
				t.Errorf("version %d, level %d: %q, %v", version, l, c.Text, ok)
			}
		}
	}
	m := matrixOf(t, "mirrored", 2, qrcode.Medium)
	mirrored := &detect.Matrix{N: m.N}
	for y := range m.N {
		for x := range m.N {
			mirrored.Dark = append(mirrored.Dark, m.At(y, x))
		}
	}
	if c, ok := readModules(mirrored); c.Text != "mirrored" || !ok {
		t.Errorf("mirrored: %q, %v", c.Text, ok)
	}
}

// Whatever modules are damaged, the text is the right one or none.
func TestDamagedModules(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	read := 0
	for l := qrcode.Low; l <= qrcode.Highest; l++ {
		for round := range 80 {
			m := matrixOf(t, uri, 9, l)
			for range 4 * round {
				i := r.IntN(len(m.Dark))
				m.Dark[i] = !m.Dark[i]
			}
			c, ok := readModules(m)
			if ok && c.Text != uri {
				t.Fatalf("level %d, %d modules changed: %q", l, 4*round, c.Text)
			}
			if ok {
				read++
			}
		}
	}
	if read < 30 {
		t.Errorf("only %d of 320 damaged codes are read", read)
	}
	for _, n := range []int{0, 17, 20, 21, 22, 45, 57, 177, 181} {
		m := &detect.Matrix{N: n, Dark: make([]bool, n*n)}
		for i := range m.Dark {
			m.Dark[i] = r.IntN(2) == 0
		}
		if c, ok := readModules(m); ok {
			t.Errorf("%d by %d modules at random: %q", n, n, c.Text)
		}
	}
}

// Whatever bits a code holds: no panic, a text is text unless it is a part, and it
// has at most three characters a byte (digits).
func FuzzText(f *testing.F) {
	f.Add(bitsOf([2]int{1, 4}, [2]int{8, 10}, [2]int{12, 10}, [2]int{345, 10}, [2]int{67, 7}, [2]int{0, 4}), uint8(1))
	f.Add(bitsOf([2]int{2, 4}, [2]int{5, 9}, [2]int{462, 11}, [2]int{1849, 11}, [2]int{2, 6}, [2]int{0, 4}), uint8(1))
	f.Add(bitsOf([2]int{8, 4}, [2]int{2, 8}, [2]int{0xd9f, 13}, [2]int{0x1aaa, 13}, [2]int{0, 4}), uint8(9))
	f.Add(bitsOf([2]int{7, 4}, [2]int{20, 8}, [2]int{4, 4}, [2]int{2, 16}, [2]int{0x93, 8}, [2]int{0x5f, 8}, [2]int{0, 4}), uint8(10))
	f.Add(bitsOf([2]int{3, 4}, [2]int{1, 8}, [2]int{1, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{0xc3, 8}, [2]int{0, 4}), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		data = data[:min(len(data), 2956)] // the data of version 40
		c, ok := said(t, data, int(version)%40+1)
		if ok != (c.Text != "") || c.Part.Count == 0 && (!utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, utf8.RuneError)) {
			t.Fatalf("%+v, %v", c, ok)
		}
		if len([]rune(c.Text)) > 3*len(data) || c.Part.Index >= 16 || c.Part.Count > 16 {
			t.Fatalf("%+v from %d bytes", c, len(data))
		}
	})
}
