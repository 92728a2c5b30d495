package otpauth

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// reading is one URI on its way to an account.
type reading struct {
	params   params
	hexOnly  bool // the secret is hex, as in motp://
	issuer   string
	name     string
	warnings []string
}

func (r *reading) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// readNames finds issuer and account in the label and in the issuer parameter.
// Where both name an issuer and they differ, apps disagree on which counts
// (Aegis and Stratum: the label; Ente, Proton, FreeOTP+: the parameter); the
// parameter counts here, and the label's prefix stays in the account's name, so
// that nothing is lost.
func (r *reading) readNames(label string) {
	issuer := r.text("issuer", r.params.get("issuer"))
	label = r.text("account", unescape(label))
	// Cut "issuer:account" at the first colon, or, where there are several, after
	// the issuer that the parameter names. ":account" has no prefix.
	prefix, name, found := strings.Cut(label, ":")
	if !found {
		prefix, name = "", label
	} else if rest, ok := strings.CutPrefix(label, issuer+":"); ok && issuer != "" && strings.Count(label, ":") > 1 {
		prefix, name = issuer, rest
	}
	if found {
		prefix, name = strings.TrimSpace(prefix), strings.TrimSpace(name)
	}
	r.issuer, r.name = issuer, name
	switch {
	case issuer == "":
		r.issuer = prefix
	case prefix != "" && !strings.HasPrefix(strings.ToLower(issuer), strings.ToLower(prefix)):
		r.name = strings.TrimSuffix(prefix+":"+name, ":")
		r.warn("the label says %.80q and the issuer parameter %.80q: the parameter was taken", prefix, issuer)
	}
}

// text trims a name and makes it valid UTF-8: a name that cannot be read is no
// reason to lose the account.
func (r *reading) text(field, s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
		r.warn("%s: bytes that are not UTF-8 were replaced", field)
	}
	return strings.TrimSpace(s)
}

// encoderDecimal is what Format writes where a TOTP account would be mistaken
// for Steam's.
const encoderDecimal = "decimal"

// kind finds the type from the host, and Steam where it looks like TOTP.
func (r *reading) kind(host string) (account.Type, error) {
	switch host {
	case "totp":
	case "hotp":
		return account.HOTP, nil
	case "steam":
		return account.Steam, nil
	case "motp":
		return account.MOTP, nil
	case "yaotp":
		return account.Yandex, nil
	default:
		// The word is not repeated: in "otpauth://SECRET" it is the secret.
		return "", &account.FieldError{Field: "type", Problem: "the word after otpauth:// is none of totp, hotp, steam, yaotp, motp"}
	}
	// KeePassXC says encoder=steam, Stratum a bare steam parameter, others digits=s.
	switch encoder := strings.ToLower(r.params.get("encoder")); encoder {
	case "":
	case "steam":
		return account.Steam, nil
	case encoderDecimal:
		return account.TOTP, nil
	default:
		return "", &account.FieldError{Field: "encoder", Problem: "it is not known: only steam is"}
	}
	if steam := r.params.get("steam"); r.params.has("steam") && !strings.EqualFold(steam, "false") && steam != "0" {
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
	// Where only the name says Steam, five digits have to say it too (WinAuth, old
	// KeePassXC): an ordinary account of that name exists as well.
	if !isSteamName(r.issuer, r.name) {
		return account.TOTP, nil
	}
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

// isSteamName: WinAuth writes Steam for the account and no issuer.
func isSteamName(issuer, name string) bool {
	return strings.EqualFold(issuer, "Steam") || issuer == "" && strings.EqualFold(name, "Steam")
}

// account builds the account of that type and checks it.
func (r *reading) account(kind account.Type) (account.Account, error) {
	text := r.params.get("secret")
	var secret account.Secret
	var err error
	switch hexSecret, hexErr := hex.DecodeString(text); {
	case text == "":
		err = &account.FieldError{Field: "secret", Problem: "the link has none"}
	case kind == account.MOTP && hexErr == nil:
		secret = account.NewSecret(hexSecret)
	case kind == account.MOTP && r.hexOnly:
		err = &account.FieldError{Field: "secret", Problem: "a motp:// secret is an even number of hex digits"}
	default:
		secret, err = account.ParseBase32(text)
	}
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(kind, secret)
	a.Issuer, a.Name = r.issuer, r.name
	if err := r.parameters(&a); err != nil {
		return account.Account{}, err
	}
	// Aegis writes a Yandex PIN as base32 of its digits; the digits themselves are
	// never that (base32 of a digit begins with G).
	if pin := r.params.get("pin"); pin != "" && isKnown("pin", kind) {
		if err := r.params.twice("pin"); err != nil {
			return account.Account{}, err
		}
		a.PIN = account.NewSecret([]byte(pin))
		if decoded, err := account.ParseBase32(pin); err == nil && kind == account.Yandex && strings.Trim(pin, "0123456789") != "" {
			a.PIN = decoded
		}
	}
	// Parameters that mean nothing to jangle are kept; Params reads them.
	unknown := map[string][]string{}
	for _, q := range r.params {
		if q.key != "" && q.value != "" && !isKnown(q.key, kind) {
			unknown[q.name] = append(unknown[q.name], strings.ToValidUTF8(q.value, "\ufffd"))
		}
	}
	if len(unknown) > 0 {
		if raw, err := strictjson.Marshal(unknown); err == nil { // strings only: it does not fail
			a.Extra = map[string]strictjson.Value{ExtraKey: raw}
		}
	}
	return a, a.Validate()
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
		counter := r.params.get("counter")
		if counter == "" {
			r.warn("the link has no counter: it begins at 0")
			return nil
		}
		n, ok := wholeNumber(counter)
		if !ok {
			return &account.FieldError{Field: "counter", Problem: "it is not a whole number from 0 to 18446744073709551615"}
		}
		a.Counter = n
		return nil
	}
	period, err := r.number("period", uint64(a.Period), account.MaxPeriod)
	if err != nil {
		return err
	}
	if a.Type != account.TOTP {
		if alg != a.Algorithm || int(digits) != a.Digits || int(period) != a.Period {
			r.warn("%s codes are always %s, %d characters, %d seconds: other values in the link were not used",
				a.Type, a.Algorithm, a.Digits, a.Period)
		}
		return nil
	}
	a.Algorithm, a.Digits, a.Period = alg, int(digits), int(period)
	// These would change the period if they meant what they say. No app is known to
	// write them in a URI.
	for _, key := range []string{"step", "interval"} {
		if v := r.params.get(key); v != "" && !r.params.has("period") && v != strconv.Itoa(account.DefaultPeriod) {
			r.warn("the parameter %s is not known and was not used: the period is 30 seconds", key)
		}
	}
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
	if digits := strings.TrimPrefix(text, "-"); digits != "" && len(digits) <= 20 && strings.Trim(digits, "0123456789") == "" {
		return 0, &account.FieldError{Field: field, Problem: fmt.Sprintf("%s is not between 1 and %d", text, most)}
	}
	return 0, &account.FieldError{Field: field, Problem: fmt.Sprintf("it is not a whole number between 1 and %d", most)}
}

func wholeNumber(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && text[0] != '+'
}
