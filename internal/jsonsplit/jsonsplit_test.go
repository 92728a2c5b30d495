package jsonsplit

import (
	"bytes"
	"encoding/json"
	"testing"
)

// text is a JSON string's value.
func text(t *testing.T, quoted []byte) (s string) {
	t.Helper()
	if err := json.Unmarshal(quoted, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The cutter and encoding/json agree on what the members of an object are.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[1,"}]"]},"d":"\\\""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		if json.Unmarshal(data, &want) != nil || want == nil {
			return
		}
		got := map[string]json.RawMessage{}
		if !Members(data, func(m Member) { got[text(t, m.Name)] = m.Value }) {
			t.Fatalf("not cut: %q", data)
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d: %q", len(got), len(want), data)
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Fatalf("member %q is %q, want %q", name, got[name], value)
			}
		}
	})
}

// And on the elements of an array.
func FuzzElements(f *testing.F) {
	f.Add([]byte(`[1,"a,]",{"b":[2]}, [ ] ,null]`))
	f.Add([]byte("[\n\n]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want []json.RawMessage
		if json.Unmarshal(data, &want) != nil || want == nil {
			return
		}
		got, ok := Elements(data)
		if !ok || len(got) != len(want) {
			t.Fatalf("%q: %d elements, want %d", data, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("element %d is %q, want %q", i, got[i], want[i])
			}
		}
	})
}

func TestOtherValues(t *testing.T) {
	for _, text := range []string{"", " ", "1", "null", `"{}"`, "[]"} {
		if Members([]byte(text), func(m Member) { t.Errorf("%s has %s", text, m.Name) }) {
			t.Errorf("%q is an object", text)
		}
	}
	for _, text := range []string{"", "1", "{}", `"[]"`} {
		if parts, ok := Elements([]byte(text)); ok || len(parts) > 0 {
			t.Errorf("%q is an array of %d", text, len(parts))
		}
	}
}
