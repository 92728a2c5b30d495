package format

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDecodeJSONRefuses(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	many := func(n int) string { return "[" + strings.Repeat("0,", n-1) + "0]" }
	lists := func(n int) string { return "[" + strings.Repeat(many(1000)+",", n-1) + many(1000) + "]" }
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"good":                 {`{"a":[1,2,{"b":null}],"c":"d"}`, nil},
		"same name elsewhere":  {`[{"a":{"a":1}},{"a":2}]`, nil},
		"twice":                {`{"a":1,"a":2}`, ErrDamaged},
		"twice, other case":    {`{"secret":1,"SECRET":2}`, ErrDamaged},
		"twice, long s":        {`{"secret":1,"ſecret":2}`, ErrDamaged},
		"twice, escaped":       {`{"a":1,"\u0061":2}`, ErrDamaged},
		"trailing value":       {`{} {}`, ErrDamaged},
		"trailing word":        {`{} x`, ErrDamaged},
		"cut":                  {`{"a":[1`, ErrDamaged},
		"empty":                {``, ErrDamaged},
		"not UTF-8":            {"{\"a\":\"\xff\"}", ErrDamaged},
		"no comma":             {`[1 2]`, ErrDamaged},
		"depth L-1":            {nested(maxDepth - 1), nil},
		"depth L":              {nested(maxDepth), nil},
		"depth L+1":            {nested(maxDepth + 1), ErrLimit},
		"elements L-1":         {many(maxElements - 1), nil},
		"elements L":           {many(maxElements), nil},
		"elements L+1":         {many(maxElements + 1), ErrLimit},
		"member name L":        {`{"` + strings.Repeat("x", maxKeyBytes) + `":1}`, nil},
		"member name L+1":      {`{"` + strings.Repeat("x", maxKeyBytes+1) + `":1}`, ErrLimit},
		"values below L":       {lists(998), nil},
		"values beyond L":      {lists(1000), ErrLimit},
		"bytes L":              {`"` + strings.Repeat("x", MaxTextBytes-2) + `"`, nil},
		"bytes L+1":            {`"` + strings.Repeat("x", MaxTextBytes-1) + `"`, ErrLimit},
		"twenty MB of objects": {"[" + strings.Repeat("{},", MaxTextBytes/3-1) + "{}]", ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			var v any
			if err := decodeJSON([]byte(c.text), &v); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestDecodeJSONErrorHoldsNoValue(t *testing.T) {
	var v struct {
		Digits int `json:"digits"`
	}
	err := decodeJSON([]byte(`{"digits":"MYSECRET"}`), &v)
	if err == nil || strings.Contains(err.Error(), "MYSECRET") {
		t.Errorf("got %v", err)
	}
}

func TestPlainTextDecodesByteOrderMarks(t *testing.T) {
	for _, in := range []string{"añ", "\xEF\xBB\xBFañ", "\xFF\xFEa\x00\xF1\x00", "\xFE\xFF\x00a\x00\xF1"} {
		if got := string(plainText([]byte(in))); got != "añ" {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"c"}]}`))
	f.Add([]byte(`{"a":1,"A":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if decodeJSON(data, &v) != nil {
			return
		}
		again, err := encodeJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		var w any
		if err := decodeJSON(again, &w); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(v) != fmt.Sprint(w) {
			t.Errorf("%v became %v", v, w)
		}
	})
}
