package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for text, says := range map[string]string{
		`{"a":[1,2,{"b":null}],"c":"d"}`:   "",
		`[{"a":{"a":1}},{"a":2}]`:          "", // the same name elsewhere
		` 1 `:                              "",
		`{"a":"\ud83d"}`:                   "",
		`{"secret":"A","secret":"B"}`:      `the JSON member "secret" is there twice`,
		`{"secret":"A","SECRET":"B"}`:      `the JSON member "SECRET" is there twice`,
		`{"secret":"A","ſecret":"B"}`:      `the JSON member "ſecret" is there twice`,
		`{"\u017Fecret":1,"secret":2}`:     `is there twice`,
		`{"s\u0065cret":1,"secret":2}`:     `is there twice`,
		`{"key":1,"` + "\u212a" + `ey":2}`: `is there twice`,
		`{"x":[0,{"a":1,"b":{},"A":2}]}`:   `the JSON member "A" is there twice in "x/1"`,
		`{"x":[0,{"a":1,"a":"VALUE"}]}`:    `the JSON member "a" is there twice in "x/1"`,
		"{\"a\":\"\xff\"}":                 "not valid UTF-8",
		`{} {}`:                            "more after the end",
		`{} x`:                             "not valid JSON",
		`{"a":[1`:                          "ends too early",
		``:                                 "ends too early",
		`[1 2]`:                            "not valid JSON",
		`[1,]`:                             "not valid JSON",
		"\ufeff{}":                         "not valid JSON",
		`{"a":VALUE}`:                      "not valid JSON (byte 5)",
	} {
		err := Limits{}.Check([]byte(text))
		switch {
		case says == "" && err == nil:
		case says == "" || err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "VALUE"):
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func TestLimits(t *testing.T) {
	l := Limits{Bytes: 60, Depth: 3, Values: 9, Width: 4, Name: 5}
	for text, ok := range map[string]bool{
		`"` + strings.Repeat("x", 58) + `"`: true, `"` + strings.Repeat("x", 59) + `"`: false,
		`[[[]]]`: true, `[[[[]]]]`: false, `{"a":{"a":{"a":{}}}}`: false,
		`[[1,2,3],[1,2],[]]`: true, `[[1,2,3],[1,2],[],1]`: false,
		`[1,2,3,4]`: true, `[1,2,3,4,5]`: false, `{"a":1,"b":2,"c":3,"d":4}`: true, `{"a":1,"b":2,"c":3,"d":4,"e":5}`: false,
		`{"abcde":1}`: true, `{"abcdef":1}`: false,
	} {
		_, beyond := errors.AsType[*LimitError](l.Check([]byte(text)))
		if beyond == ok {
			t.Errorf("%s: beyond a limit: %t", text, beyond)
		}
	}
}

func TestDecodeMatchesNamesExactly(t *testing.T) {
	var v struct {
		Secret string `json:"secret"`
		Digits int    `json:"digits"`
	}
	if err := (Limits{}).Unmarshal([]byte(`{"Secret":"A","ſecret2":"B","digits":7}`), &v); err != nil || v.Secret != "" || v.Digits != 7 {
		t.Errorf("%+v, %v", v, err)
	}
	for text, want := range map[string]TypeError{
		`{"digits":"VALUE"}`: {"digits", "string"}, `{"digits":6.5}`: {"digits", "number"}, `[1]`: {"", "array"}, `{"secret":{}}`: {"secret", "object"},
	} {
		err := Limits{}.Unmarshal([]byte(text), &v)
		got, ok := errors.AsType[*TypeError](err)
		if !ok || *got != want || strings.Contains(err.Error(), "VALUE") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is not known comes out as it went in.
func TestUnknownMembersSurvive(t *testing.T) {
	type known struct {
		ID      int              `json:"id"`
		Unknown map[string]Value `json:",embed"`
	}
	const text = `{"id":1,"a":{"x":[1,2.50,"\u00e9<&>"]},"b":null,"z":12345678901234567890}`
	var v known
	if err := (Limits{}).Unmarshal([]byte(text), &v); err != nil || len(v.Unknown) != 3 {
		t.Fatal(v, err)
	}
	if out, err := Marshal(v); err != nil || string(out) != text {
		t.Errorf("%s, %v", out, err)
	}
}

func TestMembersKeepWhatIsDamagedInside(t *testing.T) {
	const text = "{\"a\": {\"x\":1,\"x\":\"\xff\"} , \"b\" : [ 1, {\"y\":2,\"y\":3} ]}"
	all, err := Limits{}.Members([]byte(text))
	if err != nil || len(all) != 2 || len(all[1].Elements) != 2 || string(all[1].Elements[1]) != `{"y":2,"y":3}` ||
		string(all[1].Value) != `[ 1, {"y":2,"y":3} ]` || string(all[0].Text) != "\"a\": {\"x\":1,\"x\":\"\xff\"}" {
		t.Errorf("%q, %v", all, err)
	}
	for text, n := range map[string]int{`{"a":1,"A":2}`: 1, `{"a":1,"b":[1,`: 2, `{"a":1}x`: 1, `[]`: 0, ``: 0, `{"a":1,}`: 1} {
		if all, err := (Limits{}).Members([]byte(text)); err == nil || len(all) != n {
			t.Errorf("%s: %d members, %v", text, len(all), err)
		}
	}
	if all, err := (Limits{Width: 2}).Elements([]byte(`[1,2,3]`)); err == nil || len(all) != 2 {
		t.Errorf("%q, %v", all, err)
	}
}

func TestScanner(t *testing.T) {
	var s Scanner
	for text, want := range map[string][2]string{
		`{"x":{"a":"no"},"b":"B","a":"A\u0042","rest`: {"AB", "B"},
		`{"a":1,"b":"B"}`: {"1", "B"}, `{"a":true,"b":null}`: {"true", ""}, `{"a":[],"b":{}}`: {}, `{"a":"A"`: {"A", ""}, `[]`: {}, ``: {}, `{"a`: {}, `{"A":"x","a":"A"}`: {"A", ""},
	} {
		var got [2]string
		if s.Scalars([]byte(text), []string{"a", "b"}, got[:]); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// FuzzUnmarshal: encoding/json understands the same of what is accepted, the
// parts are those of the whole, and written and read again it is the same.
func FuzzUnmarshal(f *testing.F) {
	for _, text := range []string{
		`{"a":1,"b":{"c":[1,"}]"]},"d":"\\\""}`, `[1,"a,]",{"b":[2]}, [ ] ,null]`, "[\n\n]", `{"a":1,"A":2}`,
		`{"secret":"A","ſecret":"B"}`, `{"\ud800":1,"\udfff":2}`, `1e400`, `-0`,
	} {
		f.Add([]byte(text))
	}
	l := Limits{Bytes: 1 << 16, Depth: 8, Values: 100, Width: 20, Name: 50}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, plain any
		if l.Unmarshal(data, &v) != nil {
			return
		}
		if err := json.Unmarshal(data, &plain); err != nil || !reflect.DeepEqual(v, plain) {
			t.Fatalf("%v is for encoding/json %v, %v", v, plain, err)
		}
		out, err := Marshal(v)
		var again any
		if err != nil || l.Unmarshal(out, &again) != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%v is written as %s and read as %v, %v", v, out, again, err)
		}
		switch v := v.(type) {
		case map[string]any:
			all, err := l.Members(data)
			if err != nil || len(all) != len(v) || slices.ContainsFunc(all, func(m Member) bool {
				_, ok := v[m.Name]
				return !ok || !bytes.HasSuffix(m.Text, m.Value) || !json.Valid(m.Value)
			}) {
				t.Fatalf("members %q, %v", all, err)
			}
		case []any:
			all, err := l.Elements(data)
			if err != nil || len(all) != len(v) {
				t.Fatalf("elements %q, %v", all, err)
			}
		}
	})
}
