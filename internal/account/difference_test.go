package account

import (
	"reflect"
	"slices"
	"testing"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Every field takes part in a comparison, also one that is added later: a backup is
// proven by it.
func TestCompareSeesEveryField(t *testing.T) {
	raw := map[string]strictjson.Value{"app": strictjson.Value(`{"n":1}`)}
	values := map[reflect.Type]any{
		reflect.TypeFor[Type]():                        HOTP,
		reflect.TypeFor[Algorithm]():                   SHA512,
		reflect.TypeFor[Secret]():                      NewSecret([]byte("secret")),
		reflect.TypeFor[[]string]():                    []string{"x"},
		reflect.TypeFor[map[string]strictjson.Value](): raw,
		reflect.TypeFor[Icon]():                        Icon{Data: []byte("picture")},
		reflect.TypeFor[string]():                      "x",
		reflect.TypeFor[int]():                         7,
		reflect.TypeFor[int64]():                       int64(7),
		reflect.TypeFor[uint64]():                      uint64(7),
		reflect.TypeFor[bool]():                        true,
	}
	codes := []string{"Type", "Secret", "Algorithm", "Digits", "Period", "PIN"}
	for f := range reflect.TypeFor[Account]().Fields() {
		var a Account
		reflect.ValueOf(&a).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(values[f.Type]))
		d := Compare(a, Account{})
		if len(d.Edited())+len(d.Uses) != 1 || (len(d.Codes) == 1) != slices.Contains(codes, f.Name) {
			t.Errorf("%s: %+v", f.Name, d)
		}
	}
	a, b := Account{Extra: raw}, Account{Extra: map[string]strictjson.Value{"app": strictjson.Value(`{ "n": 1 }`)}}
	if d := Compare(a, b).Edited(); len(d) > 0 {
		t.Errorf("blanks make a difference: %v", d)
	}
	for _, icon := range []Icon{{Name: "x"}, {MIME: "x"}} {
		if d := Compare(Account{Icon: icon}, Account{}).Details; !slices.Equal(d, []string{"icon"}) {
			t.Errorf("%+v: %v", icon, d)
		}
	}
}
