package format

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
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
	"", "-", "a", "a: b", "- a: b: c", "- a: [b]", "- a: &b c", "- a: *b", "- a: !!str b", "- a: |\n    b\n", "- a: b\n    c\n", "\t- a: b",
	"- a: b\n  a: c", "- a: \"b", "- a: 'b' c", "%YAML 1.2\n---\n- a: b", "- a: b\n---\n- c: d", "- ? a\n  : b", "- a: b\nc: d", "- a:\n    b: c",
	"- a: b\n - c: d", "{a: b}", "- a: @b", "- a: b\n-c: d", "- a: \"\\ud800\"", "- - a: b", "- accounts: x\n  - name: b", "- a: b:", "- a: - b", "- a: ? b", "#\xff\n- a: b", "- a b: c", "- a:b",
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

// libraryValue is what a whole YAML library makes of a text, numbers and words
// as they were written.
func libraryValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return libraryValue(n.Content[0])
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, libraryValue(c))
		}
		return list
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = libraryValue(n.Content[i+1])
		}
		return m
	}
	if n.Tag == "!!null" {
		return nil
	}
	return n.Value
}

// FuzzTOTPCLIDump: what is read at all is read as a whole YAML library reads it.
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
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("%q: %s, but the library refuses it: %v", text, got, err)
		}
		var have any
		if err := json.Unmarshal(got, &have); err != nil {
			t.Fatal(err)
		}
		if want := libraryValue(&doc); !reflect.DeepEqual(have, want) {
			t.Fatalf("%q: %#v, want %#v", text, have, want)
		}
	})
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
		if strings.ContainsAny(space+name+token, "\n\u2028\u2029") {
			t.Skip("text of several lines is refused")
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
