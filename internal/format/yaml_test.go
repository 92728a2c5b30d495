package format

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var yamlSeeds = []string{
	"- name: work\n  accounts:\n    - name: github\n      token: ABC\n      prefix: \"\"\n      length: 6\n",
	"- name: work\n  accounts:\n  - name: a\n    token: 'it''s'\n- name: empty\n  accounts: []\n",
	"# a comment\n---\n- name: \"\\u00e9\\t\\x41 \\\"q\\\"\" # behind\n  accounts: null\n  x: ~\n  y: {}\n  z:\n",
	"- - - a\n  - b\n- c # d\n-\n  - e\n-\n- 'f: g'\n",
	"a: b#c\n\"d e\" : f\n'g': http://h:8/\n",
	"", "-", "a", "a: b: c", "a: [b]", "a: &b c", "a: *b", "a: !!str b", "a: |\n  b\n", "a: b\n  c\n", "\ta: b", "a: b\na: c", "a: \"b",
	"a: 'b' c", "%YAML 1.2\n---\na: b", "a: b\n---\nc: d", "? a\n: b", "- a\nb: c", "a:\n  b: c\n d: e", "{a: b}", "a: @b", "a:\n- b\n-c", "a: \"\\ud800\"",
}

// libraryValue is what a whole YAML library makes of a text, numbers and words as they
// were written.
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

// FuzzYAML: what is read at all is read as the library reads it.
func FuzzYAML(f *testing.F) {
	for _, s := range yamlSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := yamlToJSON([]byte(text))
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Skip("more than the library takes") // harmless: the value is still checked as an account
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

func TestYAML(t *testing.T) {
	read := map[string]string{
		yamlSeeds[0]: `[{"accounts":[{"length":"6","name":"github","prefix":"","token":"ABC"}],"name":"work"}]`,
		yamlSeeds[1]: `[{"accounts":[{"name":"a","token":"it's"}],"name":"work"},{"accounts":[],"name":"empty"}]`,
		yamlSeeds[2]: `[{"accounts":null,"name":"é\tA \"q\"","x":null,"y":{},"z":null}]`,
		yamlSeeds[3]: `[[["a"],"b"],"c",["e"],null,"f: g"]`,
		yamlSeeds[4]: `{"a":"b#c","d e":"f","g":"http://h:8/"}`,
		"a":          `"a"`,
	}
	for _, text := range yamlSeeds {
		want, ok := read[text]
		if text == "-" {
			want, ok = "[null]", true
		}
		got, err := yamlToJSON([]byte(text))
		if ok && (err != nil || string(got) != want) {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
		if !ok && !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %s, %v; want ErrDamaged", text, got, err)
		}
	}
	if _, err := yamlToJSON([]byte(strings.Repeat("- \n", maxYAMLNodes))); !errors.Is(err, ErrLimit) {
		t.Errorf("too many parts: %v", err)
	}
}
