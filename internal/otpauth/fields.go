package otpauth

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// reading is one URI on its way to an account.
type reading struct {
	params   params
	hexOnly  bool // the secret is hex, as in motp://
	issuer   string
	name     string
	warnings []string
}

// kind finds the type from the host, and Steam where it hides in TOTP.
func (r *reading) kind(host string) (account.Type, error) {
	switch host {
	case "totp":
		return r.totpOrSteam()
	case "hotp":
		return account.HOTP, nil
	case "steam":
		return account.Steam, nil
	case "motp":
		return account.MOTP, nil
	case "yaotp":
		return account.Yandex, nil
	}
	// The word is not repeated: in "otpauth://SECRET" it is the secret.
	return "", &account.FieldError{Field: "type", Problem: "the word after otpauth:// is none of totp, hotp, steam, yaotp, motp"}
}

// totpOrSteam: KeePassXC says encoder=steam, Stratum a bare steam parameter,
// others digits=s. Where only the name says Steam, five digits have to say it too
// (WinAuth, old KeePassXC): an ordinary account of that name exists as well.
func (r *reading) totpOrSteam() (account.Type, error) {
	switch encoder := strings.ToLower(r.params.get("encoder")); encoder {
	case "":
	case "steam":
		return account.Steam, nil
	case encoderDecimal:
		return account.TOTP, nil
	default:
		return "", &account.FieldError{Field: "encoder", Problem: "it is not known: only steam is"}
	}
	if r.params.has("steam") && !isNo(r.params.get("steam")) {
		return account.Steam, nil
	}
	if strings.EqualFold(r.params.get("digits"), "s") {
		for i := range r.params {
			if r.params[i].key == "digits" {
				r.params[i].value = "5"
			}
		}
		return account.Steam, nil
	}
	if !isSteamName(r.issuer, r.name) {
		return account.TOTP, nil
	}
	return r.namedSteam()
}

// isSteamName: WinAuth writes Steam for the account and no issuer.
func isSteamName(issuer, name string) bool {
	return strings.EqualFold(issuer, "Steam") || issuer == "" && strings.EqualFold(name, "Steam")
}

// encoderDecimal is what Format writes where a TOTP account would be mistaken
// for Steam's.
const encoderDecimal = "decimal"

func isNo(value string) bool {
	return strings.EqualFold(value, "false") || value == "0"
}

func (r *reading) namedSteam() (account.Type, error) {
	digits, err := r.number("digits", account.DefaultDigits, account.MaxDigits)
	if err != nil {
		return "", err
	}
	alg, err := r.algorithm(account.SHA1)
	if err != nil {
		return "", err
	}
	period, err := r.number("period", account.DefaultPeriod, account.MaxPeriod)
	if err != nil {
		return "", err
	}
	if digits == 5 && alg == account.SHA1 && period == account.DefaultPeriod {
		if r.issuer == "" {
			r.issuer = "Steam"
		}
		r.warn("it is called Steam and has five digits: it was taken for Steam Guard, whose codes have letters too")
		return account.Steam, nil
	}
	r.warn("it is called Steam, but nothing says that its codes are Steam Guard's: it was taken for an ordinary account with %d digits", digits)
	return account.TOTP, nil
}

// finish builds the account of that type and checks it.
func (r *reading) finish(kind account.Type) (account.Account, []string, error) {
	secret, err := r.secret(kind)
	if err != nil {
		return account.Account{}, nil, err
	}
	a := account.New(kind, secret)
	a.Issuer, a.Name = r.issuer, r.name
	if err := r.parameters(&a); err != nil {
		return account.Account{}, nil, err
	}
	if a.PIN, err = r.pin(kind); err != nil {
		return account.Account{}, nil, err
	}
	a.Extra = r.params.extra(func(key string) bool { return isKnown(key, kind) })
	if err := a.Validate(); err != nil {
		return account.Account{}, nil, err
	}
	return a, r.warnings, nil
}

func isKnown(key string, kind account.Type) bool {
	switch key {
	case "secret", "issuer", "algorithm", "digits", "period", "counter", "encoder", "steam":
		return true
	case "pin":
		return kind == account.MOTP || kind == account.Yandex
	}
	return false
}

func (r *reading) secret(kind account.Type) (account.Secret, error) {
	text := r.params.get("secret")
	if text == "" {
		return account.Secret{}, &account.FieldError{Field: "secret", Problem: "the link has none"}
	}
	if kind == account.MOTP {
		b, err := hex.DecodeString(text)
		if err == nil && len(b) > 0 {
			return account.NewSecret(b), nil
		}
		if r.hexOnly {
			return account.Secret{}, &account.FieldError{Field: "secret", Problem: "a motp:// secret is an even number of hex digits"}
		}
	}
	return account.ParseBase32(text)
}

// parameters reads what the type leaves open. Steam, mOTP and Yandex leave
// nothing open; a value that contradicts them is not used, and said.
func (r *reading) parameters(a *account.Account) error {
	alg, err := r.algorithm(a.Algorithm)
	if err != nil {
		return err
	}
	digits, err := r.number("digits", uint64(a.Digits), account.MaxDigits)
	if err != nil {
		return err
	}
	if a.Type == account.HOTP {
		a.Algorithm, a.Digits = alg, int(digits)
		return r.counter(a)
	}
	period, err := r.number("period", uint64(a.Period), account.MaxPeriod)
	if err != nil {
		return err
	}
	if a.Type == account.TOTP {
		a.Algorithm, a.Digits, a.Period = alg, int(digits), int(period)
		r.warnAliases()
		return nil
	}
	if alg != a.Algorithm || int(digits) != a.Digits || int(period) != a.Period {
		r.warn("%s codes are always %s, %d characters, %d seconds: other values in the link were not used",
			a.Type, a.Algorithm, a.Digits, a.Period)
	}
	return nil
}

// warnAliases names parameters that would change the period if they meant what
// they say. No app is known to write them in a URI.
func (r *reading) warnAliases() {
	for _, key := range []string{"step", "interval"} {
		if v := r.params.get(key); v != "" && !r.params.has("period") && v != strconv.Itoa(account.DefaultPeriod) {
			r.warn("the parameter %s is not known and was not used: the period is 30 seconds", key)
		}
	}
}

func (r *reading) counter(a *account.Account) error {
	if r.params.get("counter") == "" {
		r.warn("the link has no counter: it begins at 0")
		return nil
	}
	n, ok := wholeNumber(r.params.get("counter"))
	if !ok {
		return &account.FieldError{Field: "counter", Problem: "it is not a whole number from 0 to 18446744073709551615"}
	}
	a.Counter = n
	return nil
}

func (r *reading) algorithm(absent account.Algorithm) (account.Algorithm, error) {
	text := r.params.get("algorithm")
	if text == "" {
		return absent, nil
	}
	const longest = len("algorithm.HMAC-SHA-512")
	if len(text) > longest || strings.Contains(text, "=") { // it may have swallowed the secret
		return "", &account.FieldError{Field: "algorithm", Problem: "it is not known"}
	}
	return account.ParseAlgorithm(text)
}

// number reads a field of 1 to most; the error repeats what was there only if it
// is a number, as anything else may be a secret in the wrong place.
func (r *reading) number(field string, absent, most uint64) (uint64, error) {
	text := strings.TrimSpace(r.params.get(field))
	if text == "" {
		return absent, nil
	}
	if n, ok := wholeNumber(text); ok && n >= 1 && n <= most {
		return n, nil
	}
	if looksNumeric(text) {
		return 0, &account.FieldError{Field: field, Problem: fmt.Sprintf("%s is not between 1 and %d", text, most)}
	}
	return 0, &account.FieldError{Field: field, Problem: fmt.Sprintf("it is not a whole number between 1 and %d", most)}
}

func wholeNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && text[0] != '+'
}

func looksNumeric(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && len(digits) <= 20 && strings.Trim(digits, "0123456789") == ""
}

// pin reads the PIN of the types that have one. Aegis writes a Yandex PIN as
// base32 of its digits; the digits themselves are never that (base32 of a digit
// begins with G).
func (r *reading) pin(kind account.Type) (account.Secret, error) {
	text := r.params.get("pin")
	if text == "" || !isKnown("pin", kind) {
		return account.Secret{}, nil
	}
	if err := r.params.twice("pin"); err != nil {
		return account.Secret{}, err
	}
	if kind == account.Yandex && strings.Trim(text, "0123456789") != "" {
		if s, err := account.ParseBase32(text); err == nil {
			return s, nil
		}
	}
	return account.NewSecret([]byte(text)), nil
}
