package term

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/term/termtest"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"GitHub (ann@example.com)", "GitHub (ann@example.com)"},
		{"Café 日本語 한국어 ไทย हिन्दी العربية", "Café 日本語 한국어 ไทย हिन्दी العربية"},
		{"🔑 key ❤️", "🔑 key ❤️"},
		{"全角　空白", "全角　空白"},
		{`C:\new`, `C:\new`},
		{"\x1b[31mred", `\x1b[31mred`},
		{"a\r\n\tb\b\x00\x7f", `a\r\n\tb\x08\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"\x9b31m", `\x9b31m`},
		{"\u202Egro\u200b", `\u202egro\u200b`},
		{"\U000E0041", `\U000e0041`},
		{"soft\u00adhyphen", `soft\u00adhyphen`},
		{"e\u0301", "e\u0301"},
		{"e\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301" + `\u0301`},
		{"\u0301e", `\u0301e`},
		{"a\ufe0f\ufe0f", "a\ufe0f" + `\ufe0f`},
		{"\u2028\u2029", `\u2028\u2029`},
		{"\u3164\u2800\ue000", `\u3164\u2800\ue000`},
		{"👨\u200d👩", "👨\u200d👩"},
		{"🏳️\u200d🌈👩🏽\u200d💻", "🏳️\u200d🌈👩🏽\u200d💻"},
		{"👨\u200d\u200d👩\u200d", `👨\u200d\u200d👩\u200d`},
		{"a\u200d👩\u200db🏽\u200d👩", `a\u200d👩\u200db🏽\u200d👩`},
		{"\u200d👩", `\u200d👩`},
		{"\xff\xe2\x80", `\xff\xe2\x80`},
	} {
		if got := Safe(c.in); got != c.want {
			t.Errorf("Safe(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSafeLinesKeepsNewlinesOnly(t *testing.T) {
	if got, want := SafeLines("a\nb\r\x1bc"), "a\nb"+`\r\x1bc`; got != want {
		t.Errorf("SafeLines = %q, want %q", got, want)
	}
}

func TestSafeStopsTheHostileNames(t *testing.T) {
	names := termtest.Hostile()
	if len(names) < 200 {
		t.Fatalf("the corpus has %d names, want 200", len(names))
	}
	for _, name := range names {
		if err := termtest.Check(Safe(name)); err != nil {
			t.Errorf("Safe(%.40q): %v", name, err)
		}
		if strings.Contains(Safe(name), "\n") {
			t.Errorf("Safe(%.40q) has a newline", name)
		}
	}
}

// The check itself must be able to fail, or the test above says nothing.
func TestCheckSeesTheAttacks(t *testing.T) {
	missed := 0
	for _, name := range termtest.Hostile() {
		if termtest.Check(strings.ReplaceAll(name, "\n", "\r")) == nil {
			missed++
		}
	}
	if missed > 40 { // plain shell text, fillers, marks: no control characters
		t.Errorf("Check lets %d of the hostile names pass", missed)
	}
}

func FuzzSafe(f *testing.F) {
	for _, name := range termtest.Hostile() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := Safe(s)
		if !utf8.ValidString(safe) {
			t.Fatalf("Safe(%q) = %q is not UTF-8", s, safe)
		}
		for _, r := range safe {
			if r == joiner { // where termtest.Check lets it pass
				continue
			}
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || !unicode.IsGraphic(r) {
				t.Fatalf("Safe(%q) = %q holds %U", s, safe, r)
			}
		}
		if again := Safe(safe); again != safe {
			t.Fatalf("Safe twice: %q, then %q", safe, again)
		}
		if plain := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0; plain && safe != s {
			t.Fatalf("Safe(%q) = %q changes plain text", s, safe)
		}
		if lines := strings.ReplaceAll(SafeLines(s), "\n", ""); termtest.Check(lines) != nil {
			t.Fatalf("SafeLines(%q) = %q", s, lines)
		}
	})
}

func TestWidthTruncatePad(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		cells int
		want  string
	}{
		{"GitHub", 6, 6, "GitHub"},
		{"GitHub", 6, 4, "Git…"},
		{"日本語", 6, 5, "日本…"},
		{"日本語", 6, 4, "日… "},
		{"日本語", 6, 6, "日本語"},
		{"e\u0301a", 2, 3, "e\u0301a "},
		{"abc", 3, 1, "…"},
		{"abc", 3, 0, ""},
		{"", 0, 2, "  "},
	} {
		if got := Width(c.in); got != c.width {
			t.Errorf("Width(%q) = %d, want %d", c.in, got, c.width)
		}
		got := Pad(c.in, c.cells)
		if got != c.want || Width(got) != c.cells {
			t.Errorf("Pad(%q, %d) = %q of %d cells, want %q", c.in, c.cells, got, Width(got), c.want)
		}
	}
}
