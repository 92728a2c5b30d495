package format

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// dumps are ways to write the same thing that any YAML library may choose, and
// the JSON of what they say.
var dumps = map[string]string{
	"- name: work\n  accounts:\n    - name: github\n      token: ABC\n      prefix: \"\"\n      length: 6\n": `[{"accounts":[{"length":"6","name":"github","prefix":"","token":"ABC"}],"name":"work"}]`,
	"- name: work\n  accounts:\n  - name: a\n    token: 'it''s'\n- name: empty\n  accounts: []\n":            `[{"accounts":[{"name":"a","token":"it's"}],"name":"work"},{"accounts":[],"name":"empty"}]`,
	"# a comment\n---\n- name: \"\\u00e9\\t\\x41 \\\"q\\\"\" # behind\n  accounts: null\n":                   `[{"accounts":null,"name":"é\tA \"q\""}]`,
	"- accounts:\n  - token: 0123 # not a number\n    name: b#c\n\n  name: 山田\r\n":                           `[{"accounts":[{"name":"b#c","token":"0123"}],"name":"山田"}]`,
	"-   name: a\n    accounts:\n        -   name: b\n        -   name: ~\n":                                 `[{"accounts":[{"name":"b"},{"name":null}],"name":"a"}]`,
	"- name:\n  accounts:\n- name: http://h:8/\n":                                                            `[{"accounts":null,"name":null},{"name":"http://h:8/"}]`,
}

var notDumps = []string{
	"", "a", "a: b", "- a: b: c", "- a: &b c", "- a: *b", "- a: !!str b", "- a: |\n    b\n", "- a: b\n    c\n", "\t- a: b",
	"- a: b\n  a: c", "- a: \"b", "- a: 'b' c", "%YAML 1.2\n---\n- a: b", "- a: b\n---\n- c: d", "- ? a\n  : b", "- a: b\nc: d",
	"- a: b\n - c: d", "{a: b}", "- a: @b", "- a: b\n-c: d", "- a: \"\\ud800\"", "- accounts: x\n  - name: b", "- a: b:", "- a: - b", "- a: ? b", "#\xff\n- a: b",
	"- accounts:\n    - name: a\n     token: b", "- accounts:\n    - name: a\n   - name: b", "- accounts:\n  - name: a\n   - name: b", "- a: \x00", "- a: \xff", "--- - a: b",
}

func TestTOTPCLIDump(t *testing.T) {
	for text, want := range dumps {
		if got, err := dumpToJSON([]byte(text)); err != nil || string(got) != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range notDumps {
		if got, err := dumpToJSON([]byte(text)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %s, %v; want ErrDamaged", text, got, err)
		}
	}
	if _, err := dumpToJSON([]byte("- a: b\n# c\n  a: d\n")); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("the line is not named: %v", err)
	}
}

// FuzzTOTPCLIDump: no panic, one of two errors, and what is read is JSON that
// every later check accepts.
func FuzzTOTPCLIDump(f *testing.F) {
	for text := range dumps {
		f.Add(text)
	}
	for _, text := range notDumps {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := dumpToJSON([]byte(text))
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if err := checkJSON(got); err != nil && !errors.Is(err, ErrLimit) && !strings.Contains(err.Error(), "twice") {
			t.Fatalf("%q: %s: %v", text, got, err)
		}
	})
}

// A tab inside a name once went missing without a word: now it comes through
// where it is escaped, and is refused where it is not.
func TestTOTPCLIDumpAndTabs(t *testing.T) {
	for _, text := range []string{"- name: a\tb\n", "- name: 'a\tb'\n", "- name: \"a\tb\"\n", "- name: a\t\n", "- name:\ta\n"} {
		if got, err := dumpToJSON([]byte(text)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	if got, err := dumpToJSON([]byte(`- name: "a\tb"`)); err != nil || string(got) != `[{"name":"a\tb"}]` {
		t.Errorf("%s, %v", got, err)
	}
}

// What nests is bounded before the library recurses over it.
func TestTOTPCLIDumpBombs(t *testing.T) {
	for name, text := range map[string]string{
		"dashes": strings.Repeat("- ", maxDumpBytes/2), "brackets": strings.Repeat("[\n", maxDumpBytes/2), "braces": strings.Repeat("{a: ", 3000),
		"keys": strings.Repeat("? ", 2000), "tags": strings.Repeat("!a ", 1300), "references": "- &a [x]\n- &b [*a,*a]\n- &c [*b,*b]\n",
		"merge": "- <<: {a: b}\n", "long": strings.Repeat("# x\n", maxDumpBytes/4+1),
	} {
		if got, err := dumpToJSON([]byte(text)); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %.40s, %v", name, got, err)
		}
	}
}

// FuzzTOTPCLIDumpOfAnything: whatever names there are, the dump that the library
// writes of them is read.
func FuzzTOTPCLIDumpOfAnything(f *testing.F) {
	f.Add("work", "github", "JBSWY3DPEHPK3PXP")
	f.Add("- a: b", "#c", "null")
	f.Add("山田 & 'co'", "\"q\"", "0x10")
	f.Add("a: b # c", "\u00a0\t", "")
	f.Add("\ufffd", "\ufeff", "\u0085")
	f.Fuzz(func(t *testing.T, space, name, token string) {
		type entry struct {
			Name  string
			Token string
		}
		type namespace struct {
			Name     string
			Accounts []entry
		}
		if all := space + " " + name + " " + token; !utf8.ValidString(all) || strings.ContainsFunc(all, isNotInDump) {
			t.Skip("the library that totp-cli writes with escapes these, this one does not")
		}
		want := []namespace{{space, []entry{{name, token}, {token, name}}}, {Name: name}}
		text, err := yaml.Marshal(want)
		if err != nil || strings.Contains(string(text), "!!binary") {
			t.Skip("not text")
		}
		got, err := dumpToJSON(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var have []namespace
		if err := json.Unmarshal(got, &have); err != nil {
			t.Fatal(err)
		}
		want[1].Accounts = []entry{}
		if !reflect.DeepEqual(have, want) {
			t.Fatalf("%s: %q, want %q", text, have, want)
		}
	})
}
