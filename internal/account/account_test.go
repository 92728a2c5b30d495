package account

import (
	"reflect"
	"testing"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

func TestLabel(t *testing.T) {
	for _, v := range []struct{ issuer, name, want string }{
		{"Amazon", "ken@example.jp", "Amazon (ken@example.jp)"}, {"Amazon", "", "Amazon"}, {"", "ken", "ken"}, {"", "", "(no name)"},
	} {
		a := Account{Issuer: v.issuer, Name: v.name}
		if a.Label() != v.want || a.String() != v.want {
			t.Errorf("%q %q: %q", v.issuer, v.name, a.Label())
		}
	}
}

// Each field that decides the code changes the key, and no other does.
func TestKey(t *testing.T) {
	base := valid()
	for name, change := range map[string]func(*Account){
		"type":      func(a *Account) { a.Type = HOTP },
		"secret":    func(a *Account) { a.Secret = NewSecret([]byte("other")) },
		"algorithm": func(a *Account) { a.Algorithm = SHA256 },
		"digits":    func(a *Account) { a.Digits = 8 },
		"period":    func(a *Account) { a.Period = 60 },
		"pin":       func(a *Account) { a.PIN = NewSecret([]byte("1")) },
	} {
		a := base.Clone()
		change(&a)
		if a.Key() == base.Key() {
			t.Errorf("%s: the key is the same", name)
		}
	}
	a := base.Clone()
	a.ID, a.Issuer, a.Name, a.Counter, a.Note, a.HandedOut = "1", "x", "y", 7, "z", 9
	if a.Key() != base.Key() {
		t.Error("a name, note or counter changes the key")
	}
	x, y := base.Clone(), base.Clone()
	x.Secret, x.PIN = NewSecret([]byte("ab")), NewSecret([]byte("c"))
	y.Secret, y.PIN = NewSecret([]byte("a")), NewSecret([]byte("bc"))
	if x.Key() == y.Key() {
		t.Error("secret and PIN run into each other")
	}
}

func TestSameName(t *testing.T) {
	a := Account{Issuer: "GitHub", Name: "Ann"}
	for _, v := range []struct {
		b    Account
		want bool
	}{
		{Account{Issuer: " github", Name: "ANN "}, true}, {Account{Issuer: "GitHub"}, false}, {Account{Issuer: "GitLab", Name: "Ann"}, false},
	} {
		if a.SameName(v.b) != v.want {
			t.Errorf("%v: not %v", v.b, v.want)
		}
	}
}

// TestCloneSharesNothing walks over every field by reflection, so that a field
// which is added later cannot be forgotten.
func TestCloneSharesNothing(t *testing.T) {
	a := full()
	b := a.Clone()
	if !reflect.DeepEqual(a, b) {
		t.Fatal("a clone differs")
	}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		name := va.Type().Field(i).Name
		if va.Field(i).IsZero() {
			t.Errorf("%s is zero: this test does not try it", name)
		}
		if k := va.Field(i).Kind(); (k == reflect.Slice || k == reflect.Map) && va.Field(i).Pointer() == vb.Field(i).Pointer() {
			t.Errorf("%s is shared", name)
		}
	}
	if &a.Icon.Data[0] == &b.Icon.Data[0] || &a.Secret.Bytes()[0] == &b.Secret.Bytes()[0] || &a.PIN.Bytes()[0] == &b.PIN.Bytes()[0] {
		t.Error("bytes are shared")
	}
	if &a.Extra["aegis"][0] == &b.Extra["aegis"][0] || &a.Unknown["future"][0] == &b.Unknown["future"][0] {
		t.Error("raw members are shared")
	}
}

// full has something in every field. It is not valid (a counter and a period).
func full() Account {
	a := New(MOTP, NewSecret([]byte("12345678")))
	a.ID, a.Issuer, a.Name, a.Counter, a.PIN = "id-1", "Bank <&>", "ann\u2028日", 18446744073709551615, NewSecret([]byte("1234"))
	a.Note, a.Aliases, a.Groups, a.Tags = "line\nline", []string{"other"}, []string{"g1", "g2"}, []string{"t"}
	a.Favourite, a.Archived, a.Trashed = true, true, true
	a.Icon = Icon{Name: "bank", MIME: "image/png", Data: []byte{0, 1, 0xff}}
	a.UseCount, a.LastUsed, a.Created, a.Updated, a.HandedOut = 3, 4, 5, 6, 7
	a.Extra = map[string]strictjson.Value{"aegis": strictjson.Value(`{"uuid":"x","n":12345678901234567890}`)}
	a.Unknown = map[string]strictjson.Value{"future": strictjson.Value(`[1,{"a":null}]`), "another": strictjson.Value(`1e400`)}
	return a
}

func TestState(t *testing.T) {
	for want, a := range map[State]Account{Live: {}, Archived: {Archived: true}, Trashed: {Archived: true, Trashed: true}} {
		if got := a.State(); got != want {
			t.Errorf("archived %t, trashed %t: %q, want %q", a.Archived, a.Trashed, got, want)
		}
	}
}
