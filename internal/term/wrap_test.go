package term

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		columns          int
	}{
		{"fits", "one two\n", "one two\n", 20},
		{"at words", "one two three four\n", "one two\nthree four\n", 10},
		{"a paragraph is filled anew", "one two three four\nfive six\n\nseven\n", "one two\nthree four\nfive six\n\nseven\n", 10},
		{"no newline at the end", "one two three", "one two\nthree", 10},
		{"a word that is too long", "one internationally two", "one\ninternationally\ntwo", 10},
		{"a row goes on in its column", "  -a  the codes of all accounts\n", "  -a  the codes\n      of all\n      accounts\n", 16},
		{"a row whose column has no room", "  --a-long-flag   the codes of all\n", "  --a-long-flag\n      the codes\n      of all\n", 16},
		{"an indented line", "  one two three four\n", "  one two\n  three\n  four\n", 10},
		{"a command is left alone", "  jangle code github --once\n", "  jangle code github --once\n", 12},
		{"wide letters", "日本 東京 大阪\n", "日本 東京\n大阪\n", 10},
		{"unbroken", "type: jangle" + Unbroken + "code" + Unbroken + "x\n", "type:\njangle\x00code\x00x\n", 12},
	} {
		if got := Wrap(c.text, c.columns); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	text := "the codes of all accounts that fit, one a line, and what else there is\n"
	for n := 1; n < 80; n++ {
		got := Wrap(text, n)
		if strings.Join(strings.Fields(got), " ") != strings.TrimSpace(text) {
			t.Errorf("%d columns lose words: %q", n, got)
		}
	}
}
