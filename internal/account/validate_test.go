package account

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

func valid() Account {
	a := New(TOTP, NewSecret([]byte("12345678901234567890")))
	a.Issuer, a.Name = "GitHub", "ann"
	return a
}

func TestNewIsValid(t *testing.T) {
	for _, kind := range []Type{TOTP, HOTP, Steam, MOTP, Yandex} {
		if err := New(kind, NewSecret([]byte("1234567890123456"))).Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if (Account{}).Validate() == nil {
		t.Error("the zero account is valid")
	}
}

// TestLimits tries every limit at one less, itself, and one more.
func TestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, v := range map[string]struct {
		most int
		set  func(a *Account, n int)
	}{
		"secret":    {MaxSecretBytes, func(a *Account, n int) { a.Secret = NewSecret([]byte(long(n))) }},
		"pin":       {MaxSecretBytes, func(a *Account, n int) { a.PIN = NewSecret([]byte(long(n))) }},
		"issuer":    {MaxNameRunes, func(a *Account, n int) { a.Issuer = strings.Repeat("日", n) }},
		"account":   {MaxNameRunes, func(a *Account, n int) { a.Name = strings.Repeat("é", n) }},
		"note":      {MaxNoteBytes, func(a *Account, n int) { a.Note = long(n) }},
		"icon":      {MaxIconBytes, func(a *Account, n int) { a.Icon.Data = make([]byte, n) }},
		"icon name": {MaxTextBytes, func(a *Account, n int) { a.Icon.Name = long(n) }},
		"icon type": {MaxNameRunes, func(a *Account, n int) { a.Icon.MIME = long(n) }},
		"extra": {MaxExtraBytes, func(a *Account, n int) {
			a.Extra = map[string]strictjson.Value{"x": strictjson.Value(`"` + long(n-3) + `"`)}
		}},
		"digits":          {MaxDigits, func(a *Account, n int) { a.Digits = n }},
		"period":          {MaxPeriod, func(a *Account, n int) { a.Period = n }},
		"groups":          {MaxLabels, func(a *Account, n int) { a.Groups = make([]string, n) }},
		"aliases":         {MaxLabels, func(a *Account, n int) { a.Aliases = make([]string, n) }},
		"tags":            {MaxLabels, func(a *Account, n int) { a.Tags = make([]string, n) }},
		"length of a tag": {MaxTextBytes, func(a *Account, n int) { a.Tags = []string{long(n)} }},
	} {
		for n, ok := range map[int]bool{v.most - 1: true, v.most: true, v.most + 1: false} {
			a := valid()
			v.set(&a, n)
			if err := a.Validate(); (err == nil) != ok {
				t.Errorf("%s of %d: %v", name, n, err)
			}
		}
	}
}

func TestInvalid(t *testing.T) {
	for name, v := range map[string]struct {
		field  string
		change func(*Account)
	}{
		"no secret":                  {"secret", func(a *Account) { a.Secret = Secret{} }},
		"unknown type":               {"type", func(a *Account) { a.Type = "ocra" }},
		"no type":                    {"type", func(a *Account) { a.Type = "" }},
		"type in capitals":           {"type", func(a *Account) { a.Type = "TOTP" }},
		"MD5":                        {"algorithm", func(a *Account) { a.Algorithm = MD5 }},
		"unknown algorithm":          {"algorithm", func(a *Account) { a.Algorithm = "SHA3" }},
		"no algorithm":               {"algorithm", func(a *Account) { a.Algorithm = "" }},
		"an app's spelling":          {"algorithm", func(a *Account) { a.Algorithm = "sha-256" }},
		"no digits":                  {"digits", func(a *Account) { a.Digits = 0 }},
		"negative digits":            {"digits", func(a *Account) { a.Digits = -1 }},
		"most negative digits":       {"digits", func(a *Account) { a.Digits = math.MinInt }},
		"no period":                  {"period", func(a *Account) { a.Period = 0 }},
		"negative period":            {"period", func(a *Account) { a.Period = -30 }},
		"TOTP with a counter":        {"counter", func(a *Account) { a.Counter = 1 }},
		"HOTP with a period":         {"period", func(a *Account) { a.Type = HOTP }},
		"Steam with six":             {"digits", func(a *Account) { a.Type = Steam }},
		"Steam with SHA256":          {"algorithm", func(a *Account) { *a = New(Steam, a.Secret); a.Algorithm = SHA256 }},
		"Steam with 60 seconds":      {"period", func(a *Account) { *a = New(Steam, a.Secret); a.Period = 60 }},
		"mOTP with SHA1":             {"algorithm", func(a *Account) { a.Type = MOTP }},
		"mOTP with 30 seconds":       {"period", func(a *Account) { *a = New(MOTP, a.Secret); a.Period = 30 }},
		"Yandex with 15 bytes":       {"secret", func(a *Account) { *a = New(Yandex, NewSecret(make([]byte, 15))) }},
		"Yandex with a short PIN":    {"pin", func(a *Account) { *a = New(Yandex, a.Secret); a.PIN = NewSecret([]byte("123")) }},
		"Yandex with a long PIN":     {"pin", func(a *Account) { *a = New(Yandex, a.Secret); a.PIN = NewSecret([]byte("12345678901234567")) }},
		"Yandex with a word for PIN": {"pin", func(a *Account) { *a = New(Yandex, a.Secret); a.PIN = NewSecret([]byte("12a4")) }},
		"PIN not UTF-8":              {"pin", func(a *Account) { a.PIN = NewSecret([]byte{0xff}) }},
		"issuer not UTF-8":           {"issuer", func(a *Account) { a.Issuer = "\xff" }},
		"name not UTF-8":             {"account", func(a *Account) { a.Name = "a\xc0" }},
		"tag not UTF-8":              {"tags", func(a *Account) { a.Tags = []string{"\xff"} }},
		"extra not JSON":             {"extra fields", func(a *Account) { a.Extra = map[string]strictjson.Value{"x": strictjson.Value("{")} }},
	} {
		a := valid()
		v.change(&a)
		var f *FieldError
		if err := a.Validate(); !errors.As(err, &f) || f.Field != v.field {
			t.Errorf("%s: %v, want a FieldError of %s", name, err, v.field)
		}
	}
}

func TestFieldErrorReads(t *testing.T) {
	a := valid()
	a.Digits = 11
	if err := a.Validate(); err == nil || err.Error() != "digits: 11 is not between 1 and 10" {
		t.Error(err)
	}
	a = valid()
	a.Type = Type(strings.Repeat("x", 1000))
	if err := a.Validate(); err == nil || len(err.Error()) > 100 {
		t.Errorf("a hostile value fills the message: %v", err)
	}
}

func TestParseAlgorithm(t *testing.T) {
	for text, want := range map[string]Algorithm{
		"SHA1": SHA1, "sha1": SHA1, "SHA-256": SHA256, "HMACSHA1": SHA1, "HmacSHA256": SHA256, "HMAC-SHA-512": SHA512,
		"algorithm.sha256": SHA256, "SHA_224": SHA224, "sha384": SHA384, "md5": MD5, "Hmac SHA 512": SHA512,
	} {
		if got, err := ParseAlgorithm(text); err != nil || got != want {
			t.Errorf("%q: %s %v", text, got, err)
		}
	}
	for _, text := range []string{"", "SHA", "SHA3-256", "SHA512/256", "GOST", "HMAC", "1", "SHA256 " + "x"} {
		if got, err := ParseAlgorithm(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestParseType(t *testing.T) {
	for _, kind := range []Type{TOTP, HOTP, Steam, MOTP, Yandex} {
		if got, err := ParseType(strings.ToUpper(string(kind))); err != nil || got != kind {
			t.Errorf("%s: %s %v", kind, got, err)
		}
	}
	for _, text := range []string{"", "time", "yaotp", "totp "} {
		if got, err := ParseType(text); err == nil {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// The three secrets are from the tests of KeeYaOtp and Aegis; each wrong in one
// character must be refused, whichever it is.
func TestYandexChecksum(t *testing.T) {
	for _, text := range []string{
		"6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY", "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", "JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M",
	} {
		s, err := ParseBase32(text)
		if err != nil || New(Yandex, s).Validate() != nil {
			t.Errorf("%s: %v", text, New(Yandex, s).Validate())
		}
		for i := range s.Len() * 8 {
			wrong := s.Clone()
			wrong.Bytes()[i/8] ^= 1 << (i % 8)
			if New(Yandex, wrong).Validate() == nil {
				t.Errorf("%s: bit %d does not matter", text, i)
			}
		}
	}
	s, _ := ParseBase32("AA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI")
	if New(Yandex, s).Validate() == nil {
		t.Error("the wrong vector is accepted")
	}
}
