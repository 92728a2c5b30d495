package term

import "testing"

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		in   string
		key  Key
		used int
	}{
		{"a", Key{Code: KeyRune, Rune: 'a'}, 1},
		{"日x", Key{Code: KeyRune, Rune: '日'}, 3},
		{"\r", Key{Code: KeyEnter}, 1},
		{"\x03", Key{Code: KeyCtrl, Rune: 'c'}, 1},
		{"\x1c", Key{Code: KeyCtrl, Rune: '\\'}, 1},
		{"\x1b[A", Key{Code: KeyUp}, 3},
		{"\x1bOB", Key{Code: KeyDown}, 3},
		{"\x1b[1;5H", Key{Code: KeyHome}, 6},
		{"\x1b[5~", Key{Code: KeyPageUp}, 4},
		{"\x1b[6;2~x", Key{Code: KeyPageDown}, 6},
		{"\x1bg", Key{Code: KeyRune, Rune: 'g', Alt: true}, 2},
		{"\x1b\x1b[A", Key{Code: KeyEscape}, 1},
		{"\x1b[?1;2c", Key{}, 7},
		{"\x1b", Key{}, 0},
		{"\x1b[", Key{}, 0},
		{"\x1b[1;", Key{}, 0},
		{"\xe6\x97", Key{}, 0},
		{"\x1b]11;rgb:0/0/0", Key{}, 0},
		{"\x1b]11;rgb:0/0/0\x07a", Key{}, 15},
		{"\x1bP1$r\x1b\\a", Key{}, 7},
	} {
		if d := decode([]byte(c.in), mayGoOn); d.key != c.key || d.n != c.used {
			t.Errorf("decode(%q) = %+v, %d bytes, want %+v, %d", c.in, d.key, d.n, c.key, c.used)
		}
	}
	if d := decode([]byte("\x1b"), final); d.key.Code != KeyEscape || d.n != 1 {
		t.Errorf("a lone escape is %+v", d)
	}
}

func TestDecodeMouse(t *testing.T) {
	for in, want := range map[string]Mouse{
		"\x1b[<0;5;3M":  {MouseLeft, 4, 2},
		"\x1b[<0;5;3m":  {MouseOther, 4, 2},
		"\x1b[<2;5;3M":  {MouseOther, 4, 2},
		"\x1b[<64;1;1M": {MouseWheelUp, 0, 0},
		"\x1b[<65;1;1M": {MouseWheelDown, 0, 0},
	} {
		if d := decode([]byte(in), mayGoOn); d.kind != MouseEvent || d.mouse != want {
			t.Errorf("decode(%q) = %+v, want %+v", in, d.mouse, want)
		}
	}
}

// Whatever comes in, decoding goes on and ends.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a", "\x1b[A", "\x1b[<0;1;1M", "\x1b]0;x\x07", "\x1b[200~x\x1b[201~", "\xff\x1b\x1b[", "\x1b[999999999999;1~"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			d := decode(b, final)
			if d.n <= 0 || d.n > len(b) {
				t.Fatalf("decode(%q, final) uses %d bytes", b, d.n)
			}
			if early := decode(b, mayGoOn); early.n > len(b) {
				t.Fatalf("decode(%q) uses %d bytes", b, early.n)
			}
			b = b[d.n:]
		}
	})
}
