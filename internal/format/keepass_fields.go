package format

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/kdbx"
)

// keePassCode is one code in an entry: every program has fields of its own for
// it, and one entry may hold several.
type keePassCode struct {
	read func() (account.Account, []string, error)
}

// keePassCodes finds them in KeePassXC's order: KeeTrayTOTP's fields, then otp
// (and otp_1, otp_2 … of 1Password imports), then KeePass's own. If a program
// wrote the same code in two styles, the first counts.
func keePassCodes(e *kdbx.Entry) []keePassCode {
	var found []keePassCode
	if seed := e.Get("TOTP Seed"); seed != "" {
		settings := e.Get("TOTP Settings")
		found = append(found, keePassCode{func() (account.Account, []string, error) { return trayTOTP(seed, settings) }})
	}
	for _, f := range e.Fields {
		if (f.Key == "otp" || strings.HasPrefix(f.Key, "otp_")) && f.Value != "" && (f.Key != "otp" || len(found) == 0) {
			found = append(found, keePassCode{func() (account.Account, []string, error) { return otpField(f.Value) }})
		}
	}
	if hasSecret(e, "TimeOtp") && len(found) == 0 {
		found = append(found, keePassCode{func() (account.Account, []string, error) { return keePass2(e, "TimeOtp") }})
	}
	if hasSecret(e, "HmacOtp") {
		found = append(found, keePassCode{func() (account.Account, []string, error) { return keePass2(e, "HmacOtp") }})
	}
	return found
}

// otpField is a link (KeePassXC, KeePassOTP), KeeOtp's query, or a bare secret.
func otpField(value string) (account.Account, []string, error) {
	value = strings.TrimSpace(value)
	if !strings.Contains(value, "://") && strings.Contains(strings.ToLower(value), "key=") {
		a, err := keeOTP(value)
		return a, nil, err
	}
	a, warnings, err := otpValue(value, "", "")
	if a.Name == "none" { // KeePassXC's word for an entry without user name
		a.Name = ""
	}
	return a, warnings, err
}

// keeOTP reads key=BASE32&step=30&size=6&otpHashMode=Sha256 and, for HOTP,
// type=Hotp&counter=0.
func keeOTP(query string) (account.Account, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return account.Account{}, fieldError("secret", "its otp field is not a query")
	}
	p := parts{Kind: account.TOTP, Base32: values.Get("key"), Algorithm: values.Get("otpHashMode"),
		Digits: looseInt{values.Get("size")}, Period: looseInt{values.Get("step")}}
	switch kind := values.Get("type"); strings.ToLower(kind) {
	case "", "totp":
	case "hotp":
		p.Kind, p.Counter = account.HOTP, looseInt{firstOf(values.Get("counter"), "0")}
	case "steam":
		p.Kind = account.Steam
	default:
		return account.Account{}, fieldError("type", "%q is not known", clip(kind))
	}
	switch encoding := values.Get("encoding"); strings.ToLower(encoding) {
	case "", "base32":
	case "hex":
		p.Raw, err = hex.DecodeString(p.Base32)
	case "base64":
		p.Raw, err = base64.StdEncoding.DecodeString(p.Base32)
	case "utf8":
		p.Raw = []byte(p.Base32)
	default:
		return account.Account{}, fieldError("secret", "the encoding %q is not known", clip(encoding))
	}
	if err != nil {
		return account.Account{}, fieldError("secret", "it does not have the encoding that it names")
	}
	return p.account()
}

// trayTOTP reads a seed and "period;digits[;time server]", digits S for Steam.
// The seed alone is 30;6.
func trayTOTP(seed, settings string) (account.Account, []string, error) {
	p := parts{Kind: account.TOTP, Base32: seed}
	if settings != "" {
		period, rest, _ := strings.Cut(settings, ";")
		digits, _, _ := strings.Cut(rest, ";")
		p.Period, p.Digits = looseInt{strings.TrimSpace(period)}, looseInt{strings.TrimSpace(digits)}
		if strings.EqualFold(p.Digits.text, "S") {
			p.Kind = account.Steam
		}
	}
	a, err := p.account()
	return a, nil, err
}

// secretStyles are how KeePass 2.47 and later spell a secret, each a suffix.
func secretStyles() []string { return []string{"", "-Hex", "-Base32", "-Base64"} }

func hasSecret(e *kdbx.Entry, style string) bool {
	return slices.ContainsFunc(secretStyles(), func(s string) bool { return e.Get(style+"-Secret"+s) != "" })
}

// keePass2 reads the TimeOtp- and HmacOtp- fields.
func keePass2(e *kdbx.Entry, style string) (account.Account, []string, error) {
	p := parts{Kind: account.TOTP, Algorithm: e.Get(style + "-Algorithm"), Digits: looseInt{e.Get(style + "-Length")}}
	p.Period = looseInt{e.Get(style + "-Period")}
	if style == "HmacOtp" {
		p.Kind, p.Counter = account.HOTP, looseInt{firstOf(e.Get("HmacOtp-Counter"), "0")}
	}
	var err error
	for _, s := range secretStyles() {
		text := e.Get(style + "-Secret" + s)
		if text == "" {
			continue
		}
		switch s {
		case "":
			p.Raw = []byte(text)
		case "-Hex":
			p.Raw, err = hex.DecodeString(strings.Join(strings.Fields(text), ""))
		case "-Base32":
			p.Base32 = text
		case "-Base64":
			p.Raw, err = fromBase64("secret", text)
		}
		break
	}
	if err != nil {
		return account.Account{}, nil, fieldError("secret", "it does not have the encoding that its field names")
	}
	a, err := p.account()
	return a, nil, err
}
