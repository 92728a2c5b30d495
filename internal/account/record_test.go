package account

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

func mustMarshal(t testing.TB, a Account) []byte {
	t.Helper()
	b, err := MarshalRecord(a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordRoundTrip(t *testing.T) {
	a := full()
	a.Counter = 0
	hotp := valid()
	hotp.Type, hotp.Period, hotp.Counter = HOTP, 0, 18446744073709551615
	for _, want := range []Account{a, hotp, valid()} {
		text := mustMarshal(t, want)
		got, err := UnmarshalRecord(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n%s", text, err, mustMarshal(t, got))
		}
		if again := mustMarshal(t, got); !bytes.Equal(text, again) {
			t.Errorf("written again, it differs:\n%s\n%s", text, again)
		}
	}
}

// Every field of an account has its place in the record: by reflection, so that
// a field which is added later cannot be forgotten.
func TestRecordHoldsEveryField(t *testing.T) {
	r := reflect.ValueOf(NewRecord(full()))
	for i := range r.NumField() {
		if r.Field(i).IsZero() {
			t.Errorf("%s is not written", r.Type().Field(i).Name)
		}
	}
	back, err := NewRecord(full()).account()
	if err != nil {
		t.Fatal(err)
	}
	a := reflect.ValueOf(back)
	for i := range a.NumField() {
		if name := a.Type().Field(i).Name; a.Field(i).IsZero() && name != "Unknown" {
			t.Errorf("%s is not read", name)
		}
	}
}

func TestRecordText(t *testing.T) {
	a := valid()
	a.ID, a.Issuer = "1", "A<&>B"
	want := `{"id":"1","type":"totp","issuer":"A<&>B","account":"ann","secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","algorithm":"SHA1","digits":6,"period":30}`
	if got := string(mustMarshal(t, a)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	const known = `{"type":"totp","issuer":"","account":"a","secret":"JBSWY3DPEHPK3PXP","algorithm":"SHA1","digits":6,"period":30`
	a, err := UnmarshalRecord([]byte(known + `,"new":{"x":[1,2.50,"\u00e9"]},"other":null,"z":12345678901234567890}`))
	if err != nil || len(a.Unknown) != 3 {
		t.Fatal(a.Unknown, err)
	}
	text := string(mustMarshal(t, a))
	for _, part := range []string{`"new":{"x":[1,2.50,"\u00e9"]}`, `"other":null`, `"z":12345678901234567890`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	if a, err = UnmarshalRecord([]byte(known + `}`)); err != nil || a.Unknown != nil {
		t.Error(a.Unknown, err)
	}
}

func TestRecordErrorsHoldNoSecret(t *testing.T) {
	const secret = "JBSWY3DPEHPK3PXP"
	for text, says := range map[string]string{
		``:                                     "ends too early",
		`x`:                                    "not valid JSON",
		`null`:                                 "secret",
		`[]`:                                   "not a JSON object",
		`"` + secret + `"`:                     "not a JSON object",
		`{"secret":"` + secret + `"`:           "ends too early",
		`{"secret":"` + secret + `"} trailing`: "not valid JSON",
		`{"secret":"` + secret + `"}{}`:        "more after the end",
		`{"secret":["` + secret + `"]}`:        "secret: it must not be of the kind array",
		`{"secret":1234567890}`:                "secret: it must not be of the kind number",
		`{"pin":1234567890}`:                   "pin: it must not be of the kind number",
		`{"digits":"` + secret + `"}`:          "digits: it must not be of the kind string",
		`{"digits":6.5}`:                       "digits: it must not be of the kind number",
		`{"digits":99999999999999999999}`:      "digits: it must not be of the kind number",
		`{"counter":-1234567890}`:              "counter: it must not be of the kind number",
		`{"icon_data":"!` + secret + `"}`:      "icon_data: it must not be of the kind string",
		`{"secret":"` + secret + `","secret":"` + secret + `"}`:               `"secret" is there twice`,
		`{"secret":"` + secret + `","ſecret":"` + secret + `"}`:               `is there twice`,
		`{"ſecret":"` + secret + `"}`:                                         `"ſecret" has to be spelt "secret"`,
		"{\"secret\":\"" + secret + "\xff\"}":                                 "not valid UTF-8",
		`{"extra":` + strings.Repeat("[", 36) + strings.Repeat("]", 36) + `}`: "nested deeper",
		`{"secret":""}`:                "empty",
		`{"secret":"` + secret + `0"}`: "character 17",
		`{"secret":"` + secret + `"}`:  "type",
		`{"secret":"` + secret + `","type":"totp","algorithm":"SHA1","digits":11,"period":30}`: "digits: 11",
	} {
		a, err := UnmarshalRecord([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
			continue
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "1234567890") {
			t.Errorf("%s: the error %q holds the value", text, err)
		}
		if !reflect.DeepEqual(a, Account{}) {
			t.Errorf("%s: an error and an account", text)
		}
	}
}

func TestMarshalRecordError(t *testing.T) {
	a := secretAccount()
	a.Extra["x"] = strictjson.Value("{" + leakable)
	if _, err := MarshalRecord(a); err == nil || leaks(err.Error()) || !strings.Contains(err.Error(), "Bank (ann)") {
		t.Error(err)
	}
	a = secretAccount()
	a.Unknown["x"] = strictjson.Value("{" + leakable)
	if _, err := MarshalRecord(a); err == nil || leaks(err.Error()) {
		t.Error(err)
	}
}

// FuzzUnmarshalRecord: what is read is valid, and written and read again it is
// the same.
func FuzzUnmarshalRecord(f *testing.F) {
	for _, a := range []Account{valid(), full(), New(Steam, NewSecret([]byte("x")))} {
		a.Counter = 0
		f.Add(mustMarshal(f, a))
	}
	f.Add([]byte(`{"secret":"MY","type":"hotp","algorithm":"SHA1","digits":6,"counter":18446744073709551615,"x":1,"X":2}`))
	f.Add([]byte(`{"secret":"MY","SECRET":"MZ","Type":"totp","algorithm":"SHA1","digits":6,"period":30}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := UnmarshalRecord(data)
		if err != nil {
			if !reflect.DeepEqual(a, Account{}) || len(err.Error()) > 400 || !utf8.ValidString(err.Error()) {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		if err := a.Validate(); err != nil {
			t.Fatalf("%q: read, but %v", data, err)
		}
		text := mustMarshal(t, a)
		b, err := UnmarshalRecord(text)
		if err != nil || b.Key() != a.Key() || b.Counter != a.Counter || len(b.Unknown) != len(a.Unknown) {
			t.Fatalf("%q: written as %s, read with %v", data, text, err)
		}
		if again := mustMarshal(t, b); !bytes.Equal(again, text) {
			t.Fatalf("%q: written as %s, then as %s", data, text, again)
		}
	})
}

func BenchmarkUnmarshalRecord1000(b *testing.B) {
	var records [][]byte
	for i := range 1000 {
		a := valid()
		a.ID, a.Name = fmt.Sprintf("0192f3a4-5b6c-7d8e-9f00-%012d", i), fmt.Sprintf("user%d@example.org", i)
		a.Created = 1700000000000
		records = append(records, mustMarshal(b, a))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range records {
			if _, err := UnmarshalRecord(r); err != nil {
				b.Fatal(err)
			}
		}
	}
}
