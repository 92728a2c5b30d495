package otpauth

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
)

var fuzzSeeds = []string{
	"otpauth://totp/GitHub:ann?secret=JBSWY3DPEHPK3PXP&issuer=GitHub", "otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=18446744073709551615",
	"otpauth://totp/x%2?secret=A%", "otpauth://totp/a?GL2=secret=JBSWY3DPEHPK3PXP", "otpauth:///totp/a?secret=JBSWY3DPEHPK3PXP#x",
	"otpauth://totp/Steam:a?secret=JBSWY3DPEHPK3PXP&digits=5&steam", "motp://a:b?secret=e3152afee62599c8&pin=1234", "steam://JBSWY3DPEHPK3PXP",
	"otpauth://yaotp/a?secret=6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY&pin=GUZDGOI", `"otpauth:\/\/totp\/a?secret=JBSWY3DPEHPK3PXP\u0026issuer=b",`,
	"otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC", "",
	"FIDO:/123", "https://user@host:1/x", "WIFI:T:WPA;;", "2@a,b,c", "x-y",
}

// FuzzParse: what is read is valid, and reads back the same after writing.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, warnings, err := Parse(text)
		if err != nil {
			if !a.Secret.IsZero() || !utf8.ValidString(err.Error()) || len(err.Error()) > 500 {
				t.Fatalf("%q: %+v %q", text, a, err)
			}
			return
		}
		if err := a.Validate(); err != nil {
			t.Fatalf("%q: accepted, but %v", text, err)
		}
		for _, w := range warnings {
			if a.Secret.Len() > 5 && strings.Contains(w, a.Secret.Base32()) && !strings.Contains(a.Issuer+a.Name, a.Secret.Base32()) {
				t.Fatalf("%q: the warning %q holds the secret", text, w)
			}
		}
		checkInverse(t, a)
	})
}

// FuzzFormat: any names and parameters that are valid survive a round trip.
func FuzzFormat(f *testing.F) {
	f.Add("GitHub", "ann", []byte("secret"), []byte("1234"), uint8(0), uint8(0), 6, 30, uint64(7))
	f.Add("Steam", "a:b", []byte("s"), []byte("null"), uint8(3), uint8(2), 5, 30, uint64(math.MaxUint64))
	f.Add("", ":x", []byte("1234567890123456"), []byte("5239"), uint8(4), uint8(1), 8, 60, uint64(0))
	types := []account.Type{account.TOTP, account.HOTP, account.Steam, account.MOTP, account.Yandex}
	algorithms := []account.Algorithm{account.SHA1, account.SHA224, account.SHA256, account.SHA384, account.SHA512}
	f.Fuzz(func(t *testing.T, issuer, name string, secret, pin []byte, kind, alg uint8, digits, period int, counter uint64) {
		a := account.New(types[int(kind)%len(types)], account.NewSecret(secret))
		a.Issuer, a.Name = issuer, name
		switch a.Type {
		case account.TOTP:
			a.Algorithm, a.Digits, a.Period = algorithms[int(alg)%len(algorithms)], digits, period
		case account.HOTP:
			a.Algorithm, a.Digits, a.Counter = algorithms[int(alg)%len(algorithms)], digits, counter
		case account.MOTP, account.Yandex:
			a.PIN = account.NewSecret(pin)
		}
		if a.Validate() != nil {
			return
		}
		checkInverse(t, a)
		if CanMigrate(a) == nil {
			checkMigration(t, []account.Account{a, a}, 1, 0, 1)
		}
	})
}

// FuzzMigration: a payload never stops the program, and each sound entry of it
// reads back the same after writing.
func FuzzMigration(f *testing.F) {
	f.Add(message(1, message(1, tenBytes, 2, "GitHub:ann", 3, "GitHub", 4, 1, 5, 1, 6, 2), 2, 1, 3, 1, 4, 0, 5, -7))
	f.Add(message(1, message(1, tenBytes, 2, ":a:b", 4, 9), 1, message(1, tenBytes, 6, 1, 7, 3)))
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := ParseMigration(migrationText1(payload))
		if err == nil && len(m.Accounts) == 0 {
			t.Fatal("no accounts and no error")
		}
		for _, e := range m.Accounts {
			if e.Err == nil {
				if err := CanMigrate(e.Account); err != nil {
					t.Fatalf("it came from an export: %v", err)
				}
				checkMigration(t, []account.Account{e.Account}, 1, 0, 1)
			}
		}
	})
}

// FuzzFindURIs: what is found is in the text, in order, and looks like a link;
// Describe has a sentence for everything.
func FuzzFindURIs(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
		f.Add("x " + s + "\n# " + s + "\n\"" + s + "\"," + s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, uri := range FindURIs(text) {
			_, after, found := strings.Cut(rest, uri)
			if scheme, _ := cutScheme(uri); !found || scheme == "" {
				t.Fatalf("%q is not a link in %q", uri, text)
			}
			rest = after
		}
		c := Describe(text)
		if c.Sentence == "" || !utf8.ValidString(c.Sentence) || strings.Trim(c.Host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
			t.Fatalf("%q: %+v", text, c)
		}
	})
}
