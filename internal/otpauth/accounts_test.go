package otpauth

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

func mustBase32(t testing.TB, text string) account.Secret {
	t.Helper()
	s, err := account.ParseBase32(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// nastyNames are what issuers and accounts are really called, and what a
// hostile one would be.
var nastyNames = []string{
	"", "GitHub", "ann@example.com", "john+github@x.org", "A&B", "A=B", "50%", "100%25", "a:b", ":a", "a:", "::",
	"what?", "C#", "x?secret=JBSWY3DP", "a/b", "//", "a;b", "Steam", "steam", "null", "NULL", "Amazon Web Services",
	"日本語", "é\u0301", "\u202eevil", "\x1b[31mred", "a\nb", "tab\tx", `quote"d`, "O'Reilly", "<b>", "&amp;", `\/`, `\u0026`,
	"a,b", "%", "%2", "%41", "+", " blank around ", "\ufeffbom", "otpauth://totp/x?secret=A", "issuer:", strings.Repeat("ä", 256),
}

func randomAccount(r *rand.Rand) account.Account {
	name := func() string {
		if r.IntN(2) == 0 {
			return nastyNames[r.IntN(len(nastyNames))]
		}
		alphabet := []rune("ab:?#%&=+/ @é日;,'\"\\<>\u202e.-_~1")
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	secret := make([]byte, 1+r.IntN(64))
	for i := range secret {
		secret[i] = byte(r.Uint32())
	}
	kind := []account.Type{account.TOTP, account.TOTP, account.HOTP, account.Steam, account.MOTP, account.Yandex}[r.IntN(6)]
	if kind == account.Yandex {
		secret = append(secret, make([]byte, 16)...)[:16]
	}
	a := account.New(kind, account.NewSecret(secret))
	a.Issuer, a.Name = name(), name()
	randomParameters(r, &a)
	return a
}

func randomParameters(r *rand.Rand, a *account.Account) {
	if a.Type == account.TOTP || a.Type == account.HOTP {
		a.Algorithm = []account.Algorithm{account.SHA1, account.SHA224, account.SHA256, account.SHA384, account.SHA512}[r.IntN(5)]
		a.Digits = 1 + r.IntN(account.MaxDigits)
	}
	switch a.Type {
	case account.TOTP:
		a.Period = []int{30, 1 + r.IntN(account.MaxPeriod)}[r.IntN(2)]
		if r.IntN(3) == 0 { // near what is taken for Steam
			a.Issuer, a.Algorithm, a.Period, a.Digits = "Steam", account.SHA1, 30, 5+r.IntN(2)
		}
	case account.HOTP:
		a.Counter = r.Uint64() >> r.IntN(64)
	case account.MOTP:
		a.PIN = account.NewSecret([]byte([]string{"", "1234", "null", "a b+c&d", "päss"}[r.IntN(5)]))
	case account.Yandex:
		a.PIN = account.NewSecret([]byte([]string{"", "5239", "2222", "5210481216086702"}[r.IntN(4)]))
	}
}

// sameInURI compares what a URI carries. Blanks around names are not carried.
func sameInURI(a, b account.Account) bool {
	return a.Key() == b.Key() && a.Counter == b.Counter &&
		strings.TrimSpace(a.Issuer) == b.Issuer && strings.TrimSpace(a.Name) == b.Name
}

func describeDifference(a, b account.Account) string {
	show := func(a account.Account) string {
		b, _ := account.MarshalRecord(a)
		return string(b)
	}
	return "\n  wrote " + show(a) + "\n  read  " + show(b)
}
