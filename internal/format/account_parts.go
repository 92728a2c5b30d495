package format

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// parts is an account as most files spell it. An empty text or an absent number
// means that the file says nothing, and then the usual value counts; a reader
// whose format leaves nothing out asks for it with required.
type parts struct {
	Kind      account.Type
	Type      string // the name of the kind, where Kind is ""
	Issuer    string
	Name      string
	Base32    string
	Raw       []byte // the secret, where it is not base32
	Algorithm string
	Digits    looseInt
	Period    looseInt
	Counter   looseInt
}

// account turns the parts into an account that entryList.add still validates.
func (p parts) account() (account.Account, error) {
	if p.Kind == "" {
		kind, err := account.ParseType(p.Type)
		if err != nil {
			return account.Account{}, err
		}
		p.Kind = kind
	}
	secret, err := account.NewSecret(p.Raw), error(nil)
	if p.Raw == nil {
		secret, err = account.ParseBase32(p.Base32)
	}
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(p.Kind, secret)
	a.Issuer, a.Name = p.Issuer, p.Name
	if p.Kind == account.Steam { // its codes have one form, and the apps write whatever their own form had
		return a, nil
	}
	if p.Algorithm != "" {
		if a.Algorithm, err = account.ParseAlgorithm(p.Algorithm); err != nil {
			return account.Account{}, err
		}
	}
	if err = p.Digits.into("digits", &a.Digits); err != nil {
		return a, err
	}
	if p.Kind == account.HOTP {
		a.Counter, err = p.Counter.count()
		return a, err
	}
	return a, p.Period.into("period", &a.Period)
}

// motpSecret is for apps that keep the secret of an mOTP account in hexadecimal.
func (p *parts) motpSecret(text string) (err error) {
	if p.Raw, err = hex.DecodeString(strings.TrimSpace(text)); err != nil {
		return fieldError("secret", "an mOTP secret is not hexadecimal")
	}
	return nil
}

// looseInt is a whole number that a file spells as a JSON number or as text, or
// leaves out (absent, null, "").
type looseInt struct {
	text string
}

func looseNumber(n int64) looseInt { return looseInt{strconv.FormatInt(n, 10)} }

// looseOf is the number, none for nil.
func looseOf[T int | int64 | uint64](n *T) looseInt {
	if n == nil {
		return looseInt{}
	}
	return looseInt{fmt.Sprint(*n)}
}

// UnmarshalJSON takes any JSON value; whether it is a number is asked later,
// when the error can name the field of one entry.
func (l *looseInt) UnmarshalJSON(data []byte) error {
	var s string
	switch {
	case bytes.Equal(data, []byte("null")):
		l.text = ""
	case strictjson.Decode(data, &s) == nil:
		l.text = strings.TrimSpace(s)
	default:
		l.text = strings.TrimSuffix(string(data), ".0")
	}
	return nil
}

// MarshalJSON writes a number, 0 for none.
func (l looseInt) MarshalJSON() ([]byte, error) {
	n, err := strconv.ParseInt(firstOf(l.text, "0"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", clip(l.text))
	}
	return strconv.AppendInt(nil, n, 10), nil
}

// yes reads a flag, which apps spell 1, true, or as the time since which it holds.
func (l looseInt) yes() bool { return l.text != "" && l.text != "0" && l.text != "false" }

func (l looseInt) isSet() bool { return l.text != "" }

// zeroMeansAbsent is for formats that write 0 where they mean the usual value.
func (l looseInt) zeroMeansAbsent() looseInt {
	if n, err := strconv.ParseInt(l.text, 10, 64); err == nil && n == 0 {
		return looseInt{}
	}
	return l
}

// into sets n to the number, if there is one.
func (l looseInt) into(field string, n *int) error {
	if !l.isSet() {
		return nil
	}
	v, err := strconv.ParseInt(l.text, 10, 32)
	if err != nil {
		return fieldError(field, "%q is not a usable number", clip(l.text))
	}
	*n = int(v)
	return nil
}

// count is the number as the counter of the next code; it must be there, since
// a guess shows codes that the site has seen.
func (l looseInt) count() (uint64, error) {
	if !l.isSet() {
		return 0, fieldError("counter", "it is missing")
	}
	n, err := strconv.ParseUint(l.text, 10, 63)
	if err != nil {
		return 0, fieldError("counter", "%q is not a usable number", clip(l.text))
	}
	return n, nil
}

// otpValue reads the one field in which password managers keep a code: a link,
// or the bare secret of an ordinary TOTP account. Names that the link lacks come
// from the entry.
func otpValue(text, title, user string) (account.Account, []string, error) {
	text = strings.TrimSpace(text)
	if otpauth.IsURI(text) || strings.Contains(text, "://") {
		a, warnings, err := otpauth.Parse(text)
		if err != nil {
			return account.Account{}, nil, err
		}
		fillNames(&a, title, user)
		return a, warnings, nil
	}
	a, err := parts{Kind: account.TOTP, Issuer: title, Name: user, Base32: text}.account()
	return a, nil, err
}

// fillNames gives an account the names of the entry that it was found in,
// unless it has its own.
func fillNames(a *account.Account, title, user string) {
	if a.Issuer == "" || a.Type == account.Steam && a.Issuer == "Steam" && a.Name == "" && title != "" {
		a.Issuer = title
	}
	if a.Name == "" {
		a.Name = user
	}
}

// splitLabel parts "Issuer:account" at the first colon, as most apps join it.
func splitLabel(label string) (issuer, name string) {
	issuer, name, found := strings.Cut(label, ":")
	if !found {
		return "", strings.TrimSpace(label)
	}
	return strings.TrimSpace(issuer), strings.TrimSpace(name)
}

// withoutIssuer is the name in a label that says the issuer once more, as apps have it
// that took the label of a link whole.
func withoutIssuer(issuer, label string) string {
	if n := len(issuer) + 1; issuer != "" && len(label) > n && strings.EqualFold(label[:n], issuer+":") {
		return strings.TrimSpace(label[n:])
	}
	return label
}

// firstOf returns the first text that is not empty, or "".
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
