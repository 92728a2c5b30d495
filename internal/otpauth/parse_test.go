package otpauth

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

const seed = "JBSWY3DPEHPK3PXP"

// reads is what a text must be understood as; what is left empty is the
// default of a TOTP account with the secret above.
type reads struct {
	kind         account.Type
	issuer, name string
	algorithm    account.Algorithm
	digits       int
	period       int
	counter      uint64
	secret       string
	pin          string
	warning      string // a part of the only warning
}

func (w reads) account(t *testing.T) account.Account {
	if w.kind == "" {
		w.kind = account.TOTP
	}
	if w.secret == "" {
		w.secret = seed
	}
	a := account.New(w.kind, mustBase32(t, w.secret))
	a.Issuer, a.Name, a.Counter, a.PIN = w.issuer, w.name, w.counter, account.NewSecret([]byte(w.pin))
	if w.algorithm != "" {
		a.Algorithm = w.algorithm
	}
	if w.digits != 0 {
		a.Digits = w.digits
	}
	if w.period != 0 {
		a.Period = w.period
	}
	return a
}

func checkReads(t *testing.T, text string, want reads) {
	t.Helper()
	got, warnings, err := Parse(text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	if !sameInURI(want.account(t), got) {
		t.Errorf("%s%s", text, describeDifference(want.account(t), got))
	}
	switch {
	case want.warning == "" && len(warnings) > 0:
		t.Errorf("%s: unexpected warnings %q", text, warnings)
	case want.warning != "" && (len(warnings) != 1 || !strings.Contains(warnings[0], want.warning)):
		t.Errorf("%s: warnings %q, want %q", text, warnings, want.warning)
	}
	for _, w := range warnings {
		if strings.Contains(w, seed) {
			t.Errorf("%s: the warning %q holds the secret", text, w)
		}
	}
}

func checkAll(t *testing.T, cases map[string]reads) {
	t.Helper()
	for text, want := range cases {
		checkReads(t, strings.ReplaceAll(text, "SEED", seed), want)
	}
}

func TestWrapping(t *testing.T) {
	ann := reads{issuer: "GitHub", name: "ann"}
	plain := "otpauth://totp/GitHub:ann?secret=SEED&issuer=GitHub"
	checkAll(t, map[string]reads{
		plain:                     ann,
		" \t" + plain + "\r\n":    ann,
		"\ufeff" + plain:          ann,
		`"` + plain + `"`:         ann,
		"'" + plain + "',":        ann,
		"<" + plain + ">":         ann,
		"`" + plain + "`":         ann,
		plain + ",":               ann,
		`"` + plain + `",` + "\n": ann,
		`otpauth:\/\/totp\/GitHub:ann?secret=SEED&issuer=GitHub`:   ann,
		`otpauth://totp/GitHub:ann?secret=SEED\u0026issuer=GitHub`: ann,
		`otpauth://totp/GitHub:ann?secret=SEED&amp;issuer=GitHub`:  ann,
		`otpauth://totp/A &amp; B:ann?secret=SEED`:                 {issuer: "A & B", name: "ann"},
		"OTPAUTH://TOTP/GitHub:ann?SECRET=SEED&Issuer=GitHub":      ann,
	})
}

func TestForms(t *testing.T) {
	checkAll(t, map[string]reads{
		"otpauth://totp?secret=SEED":                            {},
		"otpauth://totp/?secret=SEED":                           {},
		"otpauth:totp/ann?secret=SEED":                          {name: "ann"},
		"otpauth:///totp/ann?secret=SEED":                       {name: "ann"},
		"otpauth://hotp/ann?secret=SEED&counter=7":              {kind: account.HOTP, name: "ann", counter: 7},
		"otpauth://steam/Steam:ann?secret=SEED":                 {kind: account.Steam, issuer: "Steam", name: "ann"},
		"steam://SEEDSEED":                                      {kind: account.Steam, issuer: "Steam", secret: seed + seed},
		"steam://" + strings.ToLower(seed) + "/":                {kind: account.Steam, issuer: "Steam"},
		"motp://Bank:ann?secret=48656c6c6f21deadbeef":           {kind: account.MOTP, issuer: "Bank", name: "ann"},
		"motp://Bank:ann?secret=48656C6C6F21DEADBEEF&pin=12+34": {kind: account.MOTP, issuer: "Bank", name: "ann", pin: "12 34"},
		"otpauth://motp/Bank:ann?secret=48656c6c6f21deadbeef":   {kind: account.MOTP, issuer: "Bank", name: "ann"},
		"otpauth://motp/Bank:ann?secret=JBSW-Y3DP-EHPK-3PXP":    {kind: account.MOTP, issuer: "Bank", name: "ann"},
	})
}

func TestYandexPIN(t *testing.T) {
	const long = "6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY"
	for pin, want := range map[string]string{"": "", "&pin=5239": "5239", "&pin=GUZDGOI": "5239", "&pin_length=4": "", "&pin=2345": "2345"} {
		checkReads(t, "otpauth://yaotp/ann?secret="+long+pin, reads{kind: account.Yandex, name: "ann", secret: long, pin: want})
	}
	_, _, err := Parse("otpauth://yaotp/ann?secret=AA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI")
	if err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a wrong checksum: %v", err)
	}
}

func TestSecretSpellings(t *testing.T) {
	for _, text := range []string{
		"jbswy3dpehpk3pxp", "JBSW%20Y3DP%20EHPK%203PXP", "jbsw-y3dp-ehpk-3pxp", "JBSWY3DPEHPK3PXP======",
		"JBSWY3DPEHPK3PXP%3D%3D", "JBSW Y3DP EHPK 3PXP",
	} {
		checkReads(t, "otpauth://totp/ann?secret="+text, reads{name: "ann"})
	}
	// 17 characters, as in real exports: the left-over bits are dropped.
	checkReads(t, "otpauth://totp/ann?secret="+seed+"A", reads{name: "ann"})
}

func TestNames(t *testing.T) {
	checkAll(t, map[string]reads{
		"otpauth://totp/GitHub%3Aann?secret=SEED":                   {issuer: "GitHub", name: "ann"},
		"otpauth://totp/GitHub:%20ann?secret=SEED":                  {issuer: "GitHub", name: "ann"},
		"otpauth://totp/GitHub:  ann ?secret=SEED":                  {issuer: "GitHub", name: "ann"},
		"otpauth://totp/:ann?secret=SEED":                           {name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=":                    {name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer&":                    {name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=null":                {name: "ann"},
		"otpauth://totp/john+github@x.org?secret=SEED&issuer=A+B":   {issuer: "A B", name: "john+github@x.org"},
		"otpauth://totp/A%20B:ann?secret=SEED&issuer=A%2BB":         {issuer: "A+B", name: "A B:ann", warning: "parameter was taken"},
		"otpauth://totp/50%:ann?secret=SEED":                        {issuer: "50%", name: "ann"},
		"otpauth://totp/x%2?secret=SEED":                            {name: "x%2"},
		"otpauth://totp/x%zz%41?secret=SEED":                        {name: "x%zzA"},
		"otpauth://totp/100%2525?secret=SEED":                       {name: "100%25"},
		"otpauth://totp/C#:ann?secret=SEED":                         {issuer: "C#", name: "ann"},
		"otpauth://totp/Who?:ann?secret=SEED&issuer=Who?":           {issuer: "Who?", name: "ann"},
		"otpauth://totp/Who?x:ann?issuer=Who?x&secret=SEED":         {issuer: "Who?x", name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=GitHub#x":            {issuer: "GitHub", name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=A#b=c":               {issuer: "A#b=c", name: "ann"},
		"otpauth://totp/ann?secret=SEED#x":                          {name: "ann"},
		"otpauth://totp/ann?issuer=A#1&secret=SEED":                 {issuer: "A#1", name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=a;b":                 {issuer: "a;b", name: "ann"},
		"otpauth://totp/ann?issuer=50%&secret=SEED":                 {issuer: "50%", name: "ann"},
		"otpauth://totp/A:b:c?secret=SEED&issuer=A:b":               {issuer: "A:b", name: "c"},
		"otpauth://totp/A:b:c?secret=SEED":                          {issuer: "A", name: "b:c"},
		"otpauth://totp/GitHub:ann?secret=SEED&issuer=github":       {issuer: "github", name: "ann"},
		"otpauth://totp/GitHub:ann?secret=SEED&issuer=GitHub%20Inc": {issuer: "GitHub Inc", name: "ann"},
		"otpauth://totp/Work:ann?secret=SEED&issuer=GitHub":         {issuer: "GitHub", name: "Work:ann", warning: "parameter was taken"},
		"otpauth://totp/ann?secret=SEED&issuer=A&issuer=B":          {issuer: "A", name: "ann"},
		"otpauth://totp/ann?secret=SEED&issuer=&issuer=B":           {issuer: "B", name: "ann"},
		"otpauth://totp/a\tb\x00c?secret=SEED":                      {name: "a\tb\x00c"},
		"otpauth://totp/caf%e9?secret=SEED":                         {name: "caf\ufffd", warning: "not UTF-8"},
		"otpauth://totp/日本:ann?secret=SEED":                         {issuer: "日本", name: "ann"},
	})
}

func TestParameters(t *testing.T) {
	checkAll(t, map[string]reads{
		"otpauth://totp/a?secret=SEED&algorithm=null&digits=null&period=null": {name: "a"},
		"otpauth://totp/a?secret=SEED&algorithm=&digits=&period=":             {name: "a"},
		"otpauth://totp/a?secret=SEED&algorithm=sha1":                         {name: "a"},
		"otpauth://totp/a?secret=SEED&algorithm=SHA-256":                      {name: "a", algorithm: account.SHA256},
		"otpauth://totp/a?secret=SEED&algorithm=HMACSHA1":                     {name: "a"},
		"otpauth://totp/a?secret=SEED&algorithm=HmacSHA256":                   {name: "a", algorithm: account.SHA256},
		"otpauth://totp/a?secret=SEED&algorithm=HMAC-SHA-512":                 {name: "a", algorithm: account.SHA512},
		"otpauth://totp/a?secret=SEED&algorithm=algorithm.sha256":             {name: "a", algorithm: account.SHA256},
		"otpauth://totp/a?secret=SEED&algorithm=SHA_224":                      {name: "a", algorithm: account.SHA224},
		"otpauth://totp/a?secret=SEED&algorithm=SHA384":                       {name: "a", algorithm: account.SHA384},
		"otpauth://totp/a?secret=SEED&digits=1&period=1":                      {name: "a", digits: 1, period: 1},
		"otpauth://totp/a?secret=SEED&digits=10&period=86400":                 {name: "a", digits: 10, period: 86400},
		"otpauth://totp/a?secret=SEED&digits=06":                              {name: "a"},
		"otpauth://totp/a?secret=SEED&secret=SEED&digits=8&digits=8":          {name: "a", digits: 8},
		"otpauth://totp/a?secret=&secret=SEED":                                {name: "a"},
		"otpauth://totp/a?secret=SEED&step=60":                                {name: "a", warning: "step"},
		"otpauth://totp/a?secret=SEED&period=60&step=60":                      {name: "a", period: 60},
		"otpauth://hotp/a?secret=SEED":                                        {kind: account.HOTP, name: "a", warning: "counter"},
		"otpauth://hotp/a?secret=SEED&counter=null":                           {kind: account.HOTP, name: "a", warning: "counter"},
		"otpauth://hotp/a?secret=SEED&counter=0&period=30":                    {kind: account.HOTP, name: "a"},
		"otpauth://hotp/a?secret=SEED&counter=18446744073709551615":           {kind: account.HOTP, name: "a", counter: 1<<64 - 1},
		"otpauth://totp/a?secret=SEED&counter=5":                              {name: "a"},
	})
}

func TestSteamOrNot(t *testing.T) {
	guard := reads{kind: account.Steam, issuer: "Steam", name: "a", warning: "taken for Steam Guard"}
	checkAll(t, map[string]reads{
		"otpauth://totp/Steam:a?secret=SEED":                                     {issuer: "Steam", name: "a", warning: "ordinary account with 6 digits"},
		"otpauth://totp/a?secret=SEED&issuer=STEAM":                              {issuer: "STEAM", name: "a", warning: "ordinary"},
		"otpauth://totp/Steam:a?secret=SEED&digits=5":                            guard,
		"otpauth://totp/Steam:a?secret=SEED&issuer=Steam&issuer=steam&digits=5":  guard,
		"otpauth://totp/Steam?secret=SEED&digits=5":                              {kind: account.Steam, issuer: "Steam", name: "Steam", warning: "taken for Steam Guard"},
		"otpauth://totp/Steam?secret=SEED":                                       {name: "Steam", warning: "ordinary"},
		"otpauth://totp/Steam?secret=SEED&digits=5&period=60":                    {name: "Steam", digits: 5, period: 60, warning: "ordinary account with 5"},
		"otpauth://totp/Steam:a?secret=SEED&digits=5&encoder=decimal":            {issuer: "Steam", name: "a", digits: 5},
		"otpauth://totp/Steam:a?secret=SEED&issuer=Steam&digits=s":               {kind: account.Steam, issuer: "Steam", name: "a"},
		"otpauth://totp/X:a?secret=SEED&digits=S":                                {kind: account.Steam, issuer: "X", name: "a"},
		"otpauth://totp/X:a?secret=SEED&digits=5":                                {issuer: "X", name: "a", digits: 5},
		"otpauth://totp/Steam:a?secret=SEED&digits=6":                            {issuer: "Steam", name: "a", warning: "ordinary"},
		"otpauth://totp/Steam:a?secret=SEED&algorithm=SHA256":                    {issuer: "Steam", name: "a", algorithm: account.SHA256, warning: "ordinary"},
		"otpauth://totp/Steam:a?secret=SEED&digits=6&encoder=steam":              {kind: account.Steam, issuer: "Steam", name: "a", warning: "always"},
		"otpauth://totp/X:a?secret=SEED&encoder=Steam":                           {kind: account.Steam, issuer: "X", name: "a"},
		"otpauth://totp/X:a?secret=SEED&steam":                                   {kind: account.Steam, issuer: "X", name: "a"},
		"otpauth://totp/X:a?secret=SEED&steam=true":                              {kind: account.Steam, issuer: "X", name: "a"},
		"otpauth://totp/X:a?secret=SEED&steam=false":                             {issuer: "X", name: "a"},
		"otpauth://hotp/Steam:a?secret=SEED&counter=1":                           {kind: account.HOTP, issuer: "Steam", name: "a", counter: 1},
		"otpauth://steam/Boeing:S?secret=SEED&algorithm=SHA1&digits=5&period=30": {kind: account.Steam, issuer: "Boeing", name: "S"},
		"otpauth://steam/Boeing:S?secret=SEED&algorithm=SHA256":                  {kind: account.Steam, issuer: "Boeing", name: "S", warning: "always SHA1, 5 characters, 30 seconds"},
	})
}

func TestRefused(t *testing.T) {
	for text, field := range map[string]string{
		"otpauth://totp/a?issuer=x":                                                    "secret",
		"otpauth://totp/a?secret=":                                                     "secret",
		"otpauth://totp/a?secret=null":                                                 "secret",
		"otpauth://totp/a":                                                             "secret",
		"otpauth://totp/a?GL2=secret=SEED":                                             "secret",
		"otpauth://totp/a?secret=SEED&secret=SEED2345":                                 "secret",
		"motp://a:b?secret=SEED":                                                       "secret",
		"motp://a:b?secret=abc":                                                        "secret",
		"steam://run/440":                                                              "secret",
		"otpauth://SEED":                                                               "type",
		"otpauth://SEED?secret=SEED":                                                   "type",
		"otpauth://xotp/a?secret=SEED":                                                 "type",
		"otpauth:///?secret=SEED":                                                      "type",
		"otpauth://totp/a?secret=SEED&digits=0":                                        "digits",
		"otpauth://totp/a?secret=SEED&digits=-6":                                       "digits",
		"otpauth://totp/a?secret=SEED&digits=11":                                       "digits",
		"otpauth://totp/a?secret=SEED&digits=6.0":                                      "digits",
		"otpauth://totp/a?secret=SEED&digits=six":                                      "digits",
		"otpauth://totp/a?secret=SEED&digits=SEED":                                     "digits",
		"otpauth://totp/a?secret=SEED&digits=18446744073709551615":                     "digits",
		"otpauth://totp/a?secret=SEED&digits=6&digits=8":                               "digits",
		"otpauth://totp/a?secret=SEED&period=0":                                        "period",
		"otpauth://totp/a?secret=SEED&period=-30":                                      "period",
		"otpauth://totp/a?secret=SEED&period=86401":                                    "period",
		"otpauth://totp/a?secret=SEED&period=30s":                                      "period",
		"otpauth://totp/a?secret=SEED&algorithm=MD5":                                   "algorithm",
		"otpauth://totp/a?secret=SEED&algorithm=SHA3":                                  "algorithm",
		"otpauth://totp/a?secret=SEED&algorithm=GOST3411_2012_256":                     "algorithm",
		"otpauth://totp/a?secret=SEED&algorithm=SHA1 secret=SEED":                      "algorithm",
		"otpauth://totp/Steam:a?secret=SEED&digits=x":                                  "digits",
		"otpauth://totp/a?secret=SEED&encoder=base64":                                  "encoder",
		"otpauth://hotp/a?secret=SEED&counter=-1":                                      "counter",
		"otpauth://hotp/a?secret=SEED&counter=18446744073709551616":                    "counter",
		"otpauth://hotp/a?secret=SEED&counter=1e3":                                     "counter",
		"otpauth://yaotp/a?secret=SEED":                                                "secret",
		"otpauth://totp/" + strings.Repeat("a", 257) + "?secret=SEED":                  "account",
		"otpauth://totp/a?secret=SEED&issuer=" + strings.Repeat("a", 257):              "issuer",
		"otpauth://totp/a?secret=" + strings.Repeat("A", 8*account.MaxSecretBytes/5+2): "secret",
	} {
		text = strings.ReplaceAll(text, "SEED", seed)
		a, _, err := Parse(text)
		var f *account.FieldError
		if !errors.As(err, &f) || f.Field != field {
			t.Errorf("%.80s: %v, want a FieldError of %s", text, err, field)
			continue
		}
		if !a.Secret.IsZero() {
			t.Errorf("%.80s: an error and an account", text)
		}
		if strings.Contains(err.Error(), seed) {
			t.Errorf("%.80s: the error %q holds the secret", text, err)
		}
	}
}

func TestMessages(t *testing.T) {
	for text, want := range map[string]string{
		"digits=18446744073709551615": "digits: 18446744073709551615 is not between 1 and 10",
		"period=0":                    "period: 0 is not between 1 and 86400",
		"algorithm=SHA3":              `algorithm: "SHA3" is not known`,
	} {
		if _, _, err := Parse("otpauth://totp/a?secret=" + seed + "&" + text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestSecretErrors(t *testing.T) {
	plus, _, err := Parse("otpauth://totp/a?secret=JBSW+Y3DP+EHPK+3PXP")
	plain, _, _ := Parse("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP")
	if err != nil || !plus.Secret.Equal(plain.Secret) {
		t.Errorf("a secret that is grouped by plus: %v", err)
	}
	_, _, err = Parse("otpauth://totp/a?secret=JBSWY3DP%2BEHPK3PXP")
	var c *account.CharacterError
	if !errors.As(err, &c) || c.Char != '+' || c.Position != 9 {
		t.Errorf("a plus that is meant: %v", err)
	}
	if _, _, err = Parse("otpauth://totp/a?secret=A"); !errors.Is(err, account.ErrShortSecret) {
		t.Errorf("five bits of secret: %v", err)
	}
	if _, _, err = Parse("otpauth://totp/a?secret=%3D%3D"); !errors.Is(err, account.ErrEmptySecret) {
		t.Errorf("only padding: %v", err)
	}
}

func TestNotAnAccount(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrNotURI, "https://example.com": ErrNotURI, seed: ErrNotURI, "otpauth": ErrNotURI, "xotpauth://totp/a?secret=" + seed: ErrNotURI,
		"otpauth-migration://offline?data=CjEK": ErrMigration,
	} {
		if _, _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	const head = "otpauth://totp/a?secret=" + seed
	for n, want := range map[int]error{MaxURIBytes - 1: nil, MaxURIBytes: nil, MaxURIBytes + 1: ErrTooLong} {
		text := head + "&x=" + strings.Repeat("y", n-len(head)-3)
		if _, _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
	for n, want := range map[int]error{MaxQueryItems - 1: nil, MaxQueryItems: nil, MaxQueryItems + 1: ErrTooMany} {
		text := head
		for i := range n - 1 {
			text += fmt.Sprintf("&x%d=y", i)
		}
		if _, _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%d parameters: %v, want %v", n, err, want)
		}
	}
}

func TestUnknownParametersAreKept(t *testing.T) {
	a, warnings, err := Parse("otpauth://totp/a?secret=" + seed + "&image=https%3A%2F%2Fx%2Fy.png&tags=b&tags=a&lock=true&pin=1&color=&codeDisplay=%7B%22a%22%3A1%7D")
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	got := fmt.Sprint(Params(a))
	if want := `map[codeDisplay:[{"a":1}] image:[https://x/y.png] lock:[true] pin:[1] tags:[b a]]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	b, _, err := Parse(Format(a))
	if err != nil || fmt.Sprint(Params(b)) != got {
		t.Errorf("after writing: %v %v", Params(b), err)
	}
	if strings.Contains(FormatShort(a), "image") {
		t.Error("the short form carries an image")
	}
	if Params(account.Account{}) != nil {
		t.Error("parameters from nowhere")
	}
}

// The messages are constants, so that nothing is formatted before main; the
// numbers in them are those that count.
func TestLimitsAreNamed(t *testing.T) {
	for err, limit := range map[error]int{ErrTooLong: MaxURIBytes, ErrTooMany: MaxQueryItems} {
		if !strings.Contains(err.Error(), fmt.Sprintf(" %d ", limit)) {
			t.Errorf("%q does not name %d", err, limit)
		}
	}
}
