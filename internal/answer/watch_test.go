package answer

import (
	"bytes"
	"strings"
	"testing"
)

func TestWatcherSeesThePrompt(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		pieces []string
		want   int // which piece completes it, counted from 1; 0 for none
	}{
		{"at once", "code:", []string{"Verification code: "}, 1},
		{"in another case", "VERIFICATION Code", []string{"verification CODE: "}, 1},
		{"cut in two", "code:", []string{"Verification co", "de: "}, 2},
		{"byte by byte", "code:", strings.Split("a code: ", ""), 7},
		{"far into the output", "code:", []string{strings.Repeat("x", 1<<16), "co", "de:"}, 3},
		{"another prompt", "code:", []string{"Password: "}, 0},
		{"no line after it", "code:", []string{"Verification code: \r\n"}, 0},
		{"a line after it", "code:", []string{"Verification code: is\nout", " of date"}, 0},
		{"written over", "code:", []string{"Verification code: \rhello"}, 0},
		{"written again", "code:", []string{"wait\rVerification code: \r"}, 1},
		{"two lines", "password.\nPassword:", []string{"OTP password.\r\n", "Password:"}, 2},
		{"the end of the line in the text", "code\n", []string{"your code", "\r\n"}, 2},
		{"not the last of many", "code:", []string{"code: a\ncode: b\ncode: c\n$ "}, 0},
		{"only the beginning", "code:", []string{"code", " is"}, 0},
		{"coloured within", "otp code", []string{"\x1b[1mOTP\x1b[0m \x1b]0;t", "itle\x07code"}, 2},
		{"an escape sequence is no text", "31m", []string{"\x1b[31mred"}, 0},
		{"cut within a letter", "código", []string{"C\xc3", "\x93digo: "}, 2},
		{"a letter that grows", "ⱥⱥ", []string{"ȺȺ"}, 1}, // 2 bytes each in upper case, 3 in lower
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, got := watcher{want: strings.ToLower(tt.text)}, 0
			for i, p := range tt.pieces {
				if w.saw([]byte(p)) {
					got = i + 1
					break
				}
			}
			if got != tt.want {
				t.Errorf("seen at piece %d, want %d", got, tt.want)
			}
		})
	}
}

// FuzzWatcher: how the output is cut makes no difference.
func FuzzWatcher(f *testing.F) {
	f.Add("Verification code: ", "code:", 3)
	f.Add("\x1b[1mcode\x1b[0m:", "code:", 1)
	f.Fuzz(func(t *testing.T, output, text string, size int) {
		if text == "" || size < 1 || len(output)+len(text) > 4096 {
			t.Skip()
		}
		lower := strings.ToLower(text)
		whole := (&watcher{want: lower}).saw([]byte(output))
		w, cut := watcher{want: lower}, false
		for b := []byte(output); len(b) > 0; {
			n := min(size, len(b))
			cut = w.saw(b[:n])
			b = b[n:]
		}
		if whole != cut {
			t.Errorf("%q at the end of %q: %v as a whole, %v in pieces of %d", text, output, whole, cut, size)
		}
	})
}

func TestMaskerHidesTheAnswer(t *testing.T) {
	for size := 1; size < 20; size++ {
		var out bytes.Buffer
		m := masker{w: &out, secret: []byte("287082")}
		for b := []byte("code 2 287082\r\n28 2870 287082, 28"); len(b) > 0; {
			n := min(size, len(b))
			m.Write(b[:n])
			b = b[n:]
		}
		m.flush()
		if got := out.String(); got != "code 2 ******\r\n28 2870 ******, 28" {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}
