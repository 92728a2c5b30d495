package otp

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

const rfcKey = "12345678901234567890" // RFC 4226 appendix D, RFC 6238 appendix B

// repeated is the key of RFC 6238 for n bytes of hash: the ten digits over and
// over. The RFC's text gives the short one only; its values need these.
func repeated(n int) account.Secret {
	return account.NewSecret([]byte(strings.Repeat("1234567890", 7)[:n]))
}

func base32(t testing.TB, text string) account.Secret {
	t.Helper()
	s, err := account.ParseBase32(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at1(t testing.TB, a account.Account, unix int64) string {
	t.Helper()
	c, err := At(a, time.Unix(unix, 0))
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

func TestHOTPOfRFC4226(t *testing.T) {
	want := []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"}
	truncated := []uint32{1284755224, 1094287082, 137359152, 1726969429, 1640338314, 868254676, 1918287922, 82162583, 673399871, 645520489}
	a := account.New(account.HOTP, repeated(20))
	for counter, code := range want {
		c, err := AtCounter(a, uint64(counter))
		if err != nil || c.Text != code || c.Counter != uint64(counter) {
			t.Errorf("counter %d: %q %v, want %s", counter, c.Text, err, code)
		}
		if !c.From.IsZero() || !c.Until.IsZero() || c.Step != 0 {
			t.Errorf("counter %d: a counter-based code has no window: %+v", counter, c)
		}
		if v := truncate(mac(sha1.New, []byte(rfcKey), uint64(counter))); v != truncated[counter] {
			t.Errorf("counter %d: truncated to %d, want %d", counter, v, truncated[counter])
		}
	}
}

// RFC 4226 section 5.4: the worked example of the truncation.
func TestTruncationExample(t *testing.T) {
	sum := []byte{0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19, 0xda, 0x8e, 0x94, 0x5b, 0x55, 0x5a}
	if v := truncate(sum); v != 0x50ef7f19 || v%1000000 != 872921 {
		t.Errorf("%#x", v)
	}
}

func TestTOTPOfRFC6238(t *testing.T) {
	keys := map[account.Algorithm]int{account.SHA1: 20, account.SHA256: 32, account.SHA512: 64}
	for _, v := range []struct {
		unix, step           int64
		sha1, sha256, sha512 string
	}{
		{59, 0x1, "94287082", "46119246", "90693936"},
		{1111111109, 0x23523EC, "07081804", "68084774", "25091201"},
		{1111111111, 0x23523ED, "14050471", "67062674", "99943326"},
		{1234567890, 0x273EF07, "89005924", "91819424", "93441116"},
		{2000000000, 0x3F940AA, "69279037", "90698825", "38618901"},
		{20000000000, 0x27BC86AA, "65353130", "77737706", "47863826"},
	} {
		for alg, want := range map[account.Algorithm]string{account.SHA1: v.sha1, account.SHA256: v.sha256, account.SHA512: v.sha512} {
			a := account.New(account.TOTP, repeated(keys[alg]))
			a.Algorithm, a.Digits = alg, 8
			c, err := At(a, time.Unix(v.unix, 0))
			if err != nil || c.Text != want || c.Step != v.step {
				t.Errorf("%s at %d: %q step %#x %v, want %s %#x", alg, v.unix, c.Text, c.Step, err, want, v.step)
			}
		}
	}
}

// RFC 6238 has no values for these two; they were computed with Python's hmac,
// with keys as long as the hash, as the RFC does it.
func TestTOTPWithSHA224AndSHA384(t *testing.T) {
	for unix, want := range map[int64][2]string{
		59: {"32201820", "12260385"}, 1111111109: {"82019503", "93607533"}, 1111111111: {"98501000", "30635264"},
		1234567890: {"25631841", "29066410"}, 2000000000: {"97691324", "45679189"}, 20000000000: {"81596645", "33578931"},
	} {
		for i, alg := range []account.Algorithm{account.SHA224, account.SHA384} {
			a := account.New(account.TOTP, repeated([]int{28, 48}[i]))
			a.Algorithm, a.Digits = alg, 8
			if got := at1(t, a, unix); got != want[i] {
				t.Errorf("%s at %d: %s, want %s", alg, unix, got, want[i])
			}
		}
	}
}

// A program with a 32-bit time_t says 82762030 here (oath-toolkit's own note).
func TestNot32BitTime(t *testing.T) {
	a := account.New(account.TOTP, repeated(20))
	a.Digits = 8
	if got := at1(t, a, 20000000000); got == "82762030" {
		t.Error("the time was cut to 32 bits")
	}
}

func TestNineAndTenDigits(t *testing.T) {
	for digits, want := range map[int]string{1: "2", 5: "87082", 9: "094287082", 10: "1094287082"} {
		a := account.New(account.TOTP, repeated(20))
		a.Digits = digits
		if got := at1(t, a, 59); got != want {
			t.Errorf("%d digits: %s, want %s", digits, got, want)
		}
	}
}

func TestSteam(t *testing.T) {
	for _, v := range []struct {
		secret string
		unix   int64
		want   string
	}{
		{"63BEDWCQZKTQWPESARIERL5DTTQFCJTK", 1511200518, "FR8RV"}, // KeePassXC
		{"63BEDWCQZKTQWPESARIERL5DTTQFCJTK", 1511200714, "9P3VP"},
		{"STEAMKEY", 1742298622, "NTK5M"}, // proton-pass-common
		{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59, "PV9M4"},
	} {
		if got := at1(t, account.New(account.Steam, base32(t, v.secret)), v.unix); got != v.want {
			t.Errorf("%s at %d: %s, want %s", v.secret, v.unix, got, v.want)
		}
	}
	if got := steamText(36751792); got != "GJ2F4" { // cotp
		t.Errorf("36751792: %s, want GJ2F4", got)
	}
}

func TestMOTP(t *testing.T) {
	for _, v := range []struct {
		hex, pin string
		unix     int64
		want     string
	}{
		{"e3152afee62599c8", "1234", 165892298, "e7d8b6"},
		{"e3152afee62599c8", "1234", 123456789, "4ebfb2"},
		{"bbb1912bb5c515be", "9999", 1659540022, "ced7b1"}, // Aegis
		{"bbb1912bb5c515be", "9999", 1659539878, "1a14f8"},
		{"7ac61d4736f51a2b", "5555", 0, "c42a26"}, // Stratum
		{"7ac61d4736f51a2b", "5555", 1000000000, "4af383"},
	} {
		var secret []byte
		fmt.Sscanf(v.hex, "%x", &secret)
		a := account.New(account.MOTP, account.NewSecret(secret))
		a.PIN = account.NewSecret([]byte(v.pin))
		if got := at1(t, a, v.unix); got != v.want {
			t.Errorf("%s at %d: %s, want %s", v.hex, v.unix, got, v.want)
		}
	}
}

func TestYandex(t *testing.T) {
	for _, v := range []struct {
		pin, secret string
		unix        int64
		want        string
	}{
		{"5239", "6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY", 1641559648, "umozdicq"},
		{"7586", "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", 1581064020, "oactmacq"},
		{"7586", "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", 1581090810, "wemdwrix"},
		{"5210481216086702", "JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M", 1581091469, "dfrpywob"},
		{"5210481216086702", "JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M", 1581093059, "vunyprpd"},
	} {
		a := account.New(account.Yandex, base32(t, v.secret))
		a.PIN = account.NewSecret([]byte(v.pin))
		if got := at1(t, a, v.unix); got != v.want {
			t.Errorf("PIN %s at %d: %s, want %s", v.pin, v.unix, got, v.want)
		}
		short := a
		short.Secret = account.NewSecret(a.Secret.Bytes()[:16])
		if got := at1(t, short, v.unix); got != v.want {
			t.Errorf("PIN %s at %d, 16 bytes of secret: %s, want %s", v.pin, v.unix, got, v.want)
		}
	}
}

// SHA256 of this PIN and secret begins with a zero byte, which is dropped. The
// code was computed in Python from the description.
func TestYandexKeyWithLeadingZero(t *testing.T) {
	a := account.New(account.Yandex, account.NewSecret([]byte("1234567890123456")))
	a.PIN = account.NewSecret([]byte("1366"))
	if sum := sha256.Sum256([]byte("1366" + "1234567890123456")); sum[0] != 0 {
		t.Fatalf("the hash begins with %d: this test does not try what it should", sum[0])
	}
	if got := at1(t, a, 1581064020); got != "gfefqdwj" {
		t.Errorf("%s, want gfefqdwj", got)
	}
}

func TestWindow(t *testing.T) {
	for _, v := range []struct {
		period            int
		unix, from, until int64
	}{
		{30, 0, 0, 30}, {30, 29, 0, 30}, {30, 30, 30, 60}, {1, 59, 59, 60}, {86400, 86399, 0, 86400},
		{30, 1<<31 - 1, 2147483640, 2147483670}, {30, 1 << 32, 4294967280, 4294967310},
		{60, 253402300800, 253402300800, 253402300860}, // the year 10000
		{86400, lastSecond, lastSecond / 86400 * 86400, lastSecond/86400*86400 + 86400},
	} {
		a := account.New(account.TOTP, repeated(20))
		a.Period = v.period
		c, err := At(a, time.Unix(v.unix, 999_999_999))
		if err != nil || c.From.Unix() != v.from || c.Until.Unix() != v.until {
			t.Errorf("period %d at %d: %d to %d, %v; want %d to %d", v.period, v.unix, c.From.Unix(), c.Until.Unix(), err, v.from, v.until)
		}
		if last := min(v.until-1, lastSecond); at1(t, a, last) != c.Text {
			t.Errorf("period %d at %d: the code changed before Until", v.period, v.unix)
		}
	}
}

func TestTimeRange(t *testing.T) {
	a := account.New(account.TOTP, repeated(20))
	for _, unix := range []int64{-1, -29, -31, math.MinInt64 / 2, lastSecond + 1, math.MaxInt64 / 2} {
		if c, err := At(a, time.Unix(unix, 0)); !errors.Is(err, ErrTimeRange) || c != (Code{}) {
			t.Errorf("at %d: %+v %v, want ErrTimeRange", unix, c, err)
		}
	}
	if _, err := At(a, time.Time{}); !errors.Is(err, ErrTimeRange) {
		t.Errorf("the zero time: %v, want ErrTimeRange", err)
	}
}

// A zone changes what a clock on the wall shows and nothing else.
func TestZoneDoesNotMatter(t *testing.T) {
	a := account.New(account.TOTP, repeated(20))
	far := time.FixedZone("far", 14*3600-1)
	c, err := At(a, time.Unix(59, 0).In(far))
	if err != nil || c.Text != "287082" {
		t.Errorf("%q %v", c.Text, err)
	}
}

func TestRefusals(t *testing.T) {
	totp, hotp := account.New(account.TOTP, repeated(20)), account.New(account.HOTP, repeated(20))
	with := func(a account.Account, change func(*account.Account)) account.Account {
		a.Issuer, a.Name = "Example", "ann"
		change(&a)
		return a
	}
	now := time.Unix(59, 0)
	for name, v := range map[string]struct {
		a     account.Account
		field string
		is    error
	}{
		"counter-based":  {with(hotp, func(*account.Account) {}), "", ErrCounterBased},
		"mOTP, no PIN":   {with(account.New(account.MOTP, repeated(8)), func(*account.Account) {}), "", ErrPINNeeded},
		"Yandex, no PIN": {with(account.New(account.Yandex, repeated(16)), func(*account.Account) {}), "", ErrPINNeeded},
		// What the library does with these, by the account that reached it:
		"empty secret: a code":   {with(totp, func(a *account.Account) { a.Secret = account.Secret{} }), "secret", nil},
		"MD5: out of range":      {with(totp, func(a *account.Account) { a.Algorithm = account.MD5 }), "algorithm", nil},
		"unknown: SHA1":          {with(totp, func(a *account.Account) { a.Algorithm = "SHA3-256" }), "algorithm", nil},
		"no algorithm: SHA1":     {with(totp, func(a *account.Account) { a.Algorithm = "" }), "algorithm", nil},
		"0 digits: 6":            {with(totp, func(a *account.Account) { a.Digits = 0 }), "digits", nil},
		"-1 digits: division":    {with(totp, func(a *account.Account) { a.Digits = -1 }), "digits", nil},
		"400 digits: 400 digits": {with(totp, func(a *account.Account) { a.Digits = 400 }), "digits", nil},
		"period 0: 30":           {with(totp, func(a *account.Account) { a.Period = 0 }), "period", nil},
		"negative period":        {with(totp, func(a *account.Account) { a.Period = -30 }), "period", nil},
		"Steam with 6":           {with(account.New(account.Steam, repeated(20)), func(a *account.Account) { a.Digits = 6 }), "digits", nil},
		"unknown type":           {with(totp, func(a *account.Account) { a.Type = "ocra" }), "type", nil},
	} {
		c, err := At(v.a, now)
		var field *account.FieldError
		switch {
		case err == nil || c != (Code{}):
			t.Errorf("%s: %+v %v, want an error", name, c, err)
		case v.is != nil && !errors.Is(err, v.is):
			t.Errorf("%s: %v, want %v", name, err, v.is)
		case v.field != "" && (!errors.As(err, &field) || field.Field != v.field):
			t.Errorf("%s: %v, want a FieldError of %s", name, err, v.field)
		case !strings.Contains(err.Error(), "Example (ann)"):
			t.Errorf("%s: %q does not name the account", name, err)
		}
	}
	if _, err := AtCounter(with(totp, func(*account.Account) {}), 1); !errors.Is(err, ErrTimeBased) {
		t.Errorf("AtCounter of TOTP: %v", err)
	}
	if _, err := AtCounter(with(hotp, func(a *account.Account) { a.Digits = 11 }), 1); err == nil {
		t.Error("AtCounter computed 11 digits")
	}
}

// Two implementations of the same arithmetic, over everything the library can do.
func TestLibraryAndOwnAgree(t *testing.T) {
	for alg, newHash := range map[account.Algorithm]func() hash.Hash{account.SHA1: sha1.New, account.SHA256: sha256.New, account.SHA512: sha512.New} {
		for digits := 1; digits <= account.MaxDigits; digits++ {
			for n := 1; n <= 130; n += 3 {
				a := account.New(account.HOTP, account.NewSecret([]byte(strings.Repeat("\x00\xffk", 50)[:n])))
				a.Algorithm, a.Digits = alg, digits
				for _, counter := range []uint64{0, 1, uint64(n) << 20, math.MaxInt64, math.MaxUint64} {
					library, err1 := hotp(a, counter)
					own := ownHOTP(newHash, a, counter)
					if err1 != nil || library != own || len(own) != digits {
						t.Fatalf("%s %d digits %d bytes counter %d: %q %v, own %q", alg, digits, n, counter, library, err1, own)
					}
				}
			}
		}
	}
}

func TestGrouped(t *testing.T) {
	for code, want := range map[string]string{
		"": "", "1": "1", "FR8RV": "FR8RV", "492039": "492 039", "1234567": "123 4567", "umozdicq": "umoz dicq",
		"094287082": "094 287 082", "1094287082": "10942 87082",
	} {
		if got := Grouped(code); got != want || strings.ReplaceAll(got, " ", "") != code {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	a := account.New(account.TOTP, repeated(20))
	for b.Loop() {
		if _, err := At(a, time.Unix(1111111109, 0)); err != nil {
			b.Fatal(err)
		}
	}
}
