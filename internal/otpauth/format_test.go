package otpauth

import (
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

func TestFormatAndParseAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(6238, 4226))
	for range 5000 {
		a := randomAccount(r)
		if err := a.Validate(); err != nil {
			t.Fatalf("the generator made an account that is not valid: %v", err)
		}
		checkInverse(t, a)
	}
}

// checkInverse is the property that the fuzz target has too.
func checkInverse(t *testing.T, a account.Account) {
	t.Helper()
	for name, text := range map[string]string{"Format": Format(a), "FormatShort": FormatShort(a)} {
		got, _, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %s: %v", name, text, err)
		}
		if !sameInURI(a, got) {
			t.Fatalf("%s: %s%s", name, text, describeDifference(a, got))
		}
	}
}

// TestReadByAnotherParser compares 20,000 URIs with what net/url, an independent
// reader of the general syntax, finds in them.
func TestReadByAnotherParser(t *testing.T) {
	r := rand.New(rand.NewPCG(3986, 2))
	for range 20000 {
		a := randomAccount(r)
		if a.Type == account.MOTP { // motp://issuer:account has a bad port for net/url
			continue
		}
		text := Format(a)
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		q := u.Query()
		issuer, name := strings.TrimSpace(a.Issuer), strings.TrimSpace(a.Name)
		label := "/" + name
		if issuer != "" || strings.Contains(name, ":") {
			label = "/" + issuer + ":" + name
		}
		if q.Get("secret") != a.Secret.Base32() || q.Get("issuer") != issuer || u.Path != label {
			t.Fatalf("%s: secret, issuer or label differ", text)
		}
		if a.Type != account.Yandex && q.Get("digits") != strconv.Itoa(a.Digits) {
			t.Fatalf("%s: digits differ", text)
		}
	}
}

func TestFormat(t *testing.T) {
	with := func(kind account.Type, change func(*account.Account)) account.Account {
		a := account.New(kind, mustBase32(t, seed))
		a.Issuer, a.Name = "Big Corp", "ann@x.org"
		change(&a)
		return a
	}
	same := func(*account.Account) {}
	steam := with(account.Steam, same)
	yandex := with(account.Yandex, func(a *account.Account) {
		a.Secret, a.PIN = account.NewSecret([]byte("1234567890123456")), account.NewSecret([]byte("5239"))
	})
	for _, v := range []struct {
		a     account.Account
		style Style
		want  string
	}{
		{with(account.TOTP, same), Canonical, "otpauth://totp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&algorithm=SHA1&digits=6&period=30"},
		{with(account.TOTP, same), Short, "otpauth://totp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp"},
		{with(account.TOTP, func(a *account.Account) { a.Algorithm, a.Digits, a.Period = account.SHA256, 8, 60 }), Short, "otpauth://totp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&algorithm=SHA256&digits=8&period=60"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer = "" }), Short, "otpauth://totp/ann%40x.org?secret=SEED"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer, a.Name = "", "a:b" }), Short, "otpauth://totp/:a%3Ab?secret=SEED"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer = "A:+,B" }), Short, "otpauth://totp/A%3A%2B%2CB:ann%40x.org?secret=SEED&issuer=A%3A%2B%2CB"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer = "Steam" }), Short, "otpauth://totp/Steam:ann%40x.org?secret=SEED&issuer=Steam&digits=6"},
		{with(account.HOTP, func(a *account.Account) { a.Counter = 7 }), Short, "otpauth://hotp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&counter=7"},
		{steam, Canonical, "otpauth://steam/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&algorithm=SHA1&digits=5&period=30"},
		{steam, StyleEnte, "otpauth://steam/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&algorithm=SHA1&digits=5&period=30"},
		{steam, StyleKeePassXC, "otpauth://totp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&encoder=steam"},
		{steam, StyleStratum, "otpauth://totp/Big%20Corp:ann%40x.org?secret=SEED&issuer=Big%20Corp&steam"},
		{steam, StyleBitwarden, "steam://SEED"},
		{with(account.MOTP, func(a *account.Account) { a.PIN = account.NewSecret([]byte("12 4")) }), Canonical, "motp://Big%20Corp:ann%40x.org?secret=48656c6c6f21deadbeef&issuer=Big%20Corp&pin=12%204"},
		{with(account.MOTP, func(a *account.Account) { a.PIN = account.NewSecret([]byte("1234")) }), StyleStratum, "motp://Big%20Corp:ann%40x.org?secret=48656c6c6f21deadbeef&issuer=Big%20Corp"},
		{yandex, StyleAegis, "otpauth://yaotp/Big%20Corp:ann%40x.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&issuer=Big%20Corp&pin=GUZDGOI"},
		{yandex, StyleStratum, "otpauth://yaotp/Big%20Corp:ann%40x.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&issuer=Big%20Corp&pin_length=4"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer, a.Name = "A:B?", "c&d#e=f" }), Style2FAS, "otpauth://totp/A%20B%EF%BC%9F:c%EF%BC%86d%EF%BC%83e%EF%BC%9Df?secret=SEED&issuer=A%20B%EF%BC%9F&algorithm=SHA1&digits=6&period=30"},
		{with(account.TOTP, func(a *account.Account) { a.Issuer, a.Name = "", "a:b" }), StyleAegis, "otpauth://totp/a%20b?secret=SEED&algorithm=SHA1&digits=6&period=30"},
	} {
		if got := FormatFor(v.a, v.style); got != strings.ReplaceAll(v.want, "SEED", seed) {
			t.Errorf("%s, style %d:\n  %s\nnot %s", v.a.Type, v.style, got, v.want)
		}
	}
}

// Whatever style is written, the code stays the same.
func TestEveryStyleKeepsTheCode(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a := randomAccount(r)
		a.Issuer = strings.ReplaceAll(strings.ToLower(a.Issuer), "steam", "vapour") // to other programs 5 digits of Steam are Steam Guard
		a.PIN = account.Secret{}
		for style := Canonical; style <= StyleBitwarden; style++ {
			got, _, err := Parse(FormatFor(a, style))
			if err != nil || got.Key() != a.Key() || got.Counter != a.Counter {
				t.Fatalf("style %d: %s: %v%s", style, FormatFor(a, style), err, describeDifference(a, got))
			}
		}
	}
}

func TestTooMuchExtraIsLeftOut(t *testing.T) {
	a := account.New(account.TOTP, mustBase32(t, seed))
	big := `{"a":["` + strings.Repeat("x", MaxURIBytes) + `"],"b":["y"],"digits":["8"],"c":["` + strings.Repeat(`z","`, 40) + `"]}`
	a.Extra = map[string]strictjson.Value{ExtraKey: strictjson.Value(big)}
	b, _, err := Parse(Format(a))
	if err != nil || b.Key() != a.Key() || len(Params(b)["b"]) != 1 || len(Params(b)["c"]) == 0 {
		t.Errorf("%v %v", Params(b), err)
	}
}
