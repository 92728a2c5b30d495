package account

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits of an account. Beyond them a source is hostile or damaged.
const (
	MaxSecretBytes = 512
	MaxNameRunes   = 256       // of the issuer and of the name, each
	MaxNoteBytes   = 1 << 20   // 1 MiB
	MaxTextBytes   = 64 << 10  // one alias, group, tag or icon name
	MaxIconBytes   = 1 << 20   // 1 MiB
	MaxExtraBytes  = 256 << 10 // all of Extra
	MaxDigits      = 10        // the truncated value has 31 bits (RFC 4226 section 5.3)
	MaxPeriod      = 86400     // seconds, one day
	MaxLabels      = 64        // aliases, groups, and tags
)

// FieldError says which field of an account is not valid, and why. It holds no
// secret.
type FieldError struct {
	Field   string // a word of the user interface: "digits", "period", "algorithm"
	Problem string // what is wrong with it
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

func fieldError(field, format string, args ...any) error {
	return &FieldError{field, fmt.Sprintf(format, args...)}
}

// ParseType reads a type's name, in any case. "time", "counter" and the names
// of other apps are not taken for one: the caller maps those.
func ParseType(s string) (Type, error) {
	t := Type(strings.ToLower(s))
	switch t {
	case TOTP, HOTP, Steam, MOTP, Yandex:
		return t, nil
	}
	return "", fieldError("type", "%q is not known", clip(s))
}

// ParseAlgorithm reads an algorithm as apps spell it: "SHA1", "sha-256",
// "HmacSHA512", "HMAC-SHA-1", "algorithm.sha256". Anything else is an error,
// never SHA1.
func ParseAlgorithm(s string) (Algorithm, error) {
	switch a := Algorithm(s); a {
	case SHA1, SHA224, SHA256, SHA384, SHA512, MD5:
		return a, nil // the usual spelling, without the cost of taking it apart
	}
	n := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(s))
	n = strings.TrimPrefix(strings.TrimPrefix(n, "ALGORITHM."), "HMAC")
	a := Algorithm(n)
	switch a {
	case SHA1, SHA224, SHA256, SHA384, SHA512, MD5:
		return a, nil
	}
	return "", fieldError("algorithm", "%q is not known", clip(s))
}

// Validate reports the first field that is not valid, as a *FieldError. An
// account that passes can be computed, stored and exported.
func (a Account) Validate() error {
	for _, check := range []func(Account) error{validSecret, validKind, validNumbers, validNames, validRest} {
		if err := check(a); err != nil {
			return err
		}
	}
	return nil
}

func validSecret(a Account) error {
	switch n := a.Secret.Len(); {
	case n == 0:
		return fieldError("secret", "it is empty")
	case n > MaxSecretBytes:
		return fieldError("secret", "%d bytes are more than %d", n, MaxSecretBytes)
	}
	if a.PIN.Len() > MaxSecretBytes {
		return fieldError("pin", "%d bytes are more than %d", a.PIN.Len(), MaxSecretBytes)
	}
	if !utf8.Valid(a.PIN.Bytes()) { // a Record keeps it as text, and would change it
		return fieldError("pin", "it is not valid UTF-8")
	}
	return nil
}

// validKind checks the type, and the algorithm, digits and period that the type
// fixes (Steam, mOTP, Yandex have no choice in them).
func validKind(a Account) error {
	switch a.Type {
	case TOTP, HOTP:
		return validHash(a.Algorithm)
	case Steam:
		return fixed(a, SHA1, 5, 30)
	case MOTP:
		return fixed(a, MD5, 6, 10)
	case Yandex:
		return validYandex(a)
	}
	return fieldError("type", "%q is not known", clip(string(a.Type)))
}

// validHash wants the constant itself: what only ParseAlgorithm would understand
// ("sha-256") has no meaning to package otp.
func validHash(alg Algorithm) error {
	known, err := ParseAlgorithm(string(alg))
	switch {
	case err != nil:
		return err
	case known != alg:
		return fieldError("algorithm", "%q is not known", clip(string(alg)))
	case alg == MD5:
		return fieldError("algorithm", "MD5 cannot make one-time passwords (RFC 4226 needs 20 bytes, it has 16)")
	}
	return nil
}

func fixed(a Account, alg Algorithm, digits, period int) error {
	switch {
	case a.Algorithm != alg:
		return fieldError("algorithm", "%s always uses %s, not %q", a.Type, alg, clip(string(a.Algorithm)))
	case a.Digits != digits:
		return fieldError("digits", "%s codes always have %d characters, not %d", a.Type, digits, a.Digits)
	case a.Period != period:
		return fieldError("period", "%s codes always last %d seconds, not %d", a.Type, period, a.Period)
	}
	return nil
}

func validNumbers(a Account) error {
	if a.Digits < 1 || a.Digits > MaxDigits {
		return fieldError("digits", "%d is not between 1 and %d", a.Digits, MaxDigits)
	}
	if a.Type == HOTP {
		if a.Period != 0 {
			return fieldError("period", "a counter-based account has none, not %d", a.Period)
		}
		return nil
	}
	if a.Period < 1 || a.Period > MaxPeriod {
		return fieldError("period", "%d is not between 1 and %d seconds", a.Period, MaxPeriod)
	}
	if a.Counter != 0 {
		return fieldError("counter", "only a counter-based account has one")
	}
	return nil
}

func validNames(a Account) error {
	for _, f := range []struct{ field, text string }{{"issuer", a.Issuer}, {"account", a.Name}} {
		if n := utf8.RuneCountInString(f.text); n > MaxNameRunes {
			return fieldError(f.field, "%d characters are more than %d", n, MaxNameRunes)
		}
		if !utf8.ValidString(f.text) {
			return fieldError(f.field, "it is not valid UTF-8")
		}
	}
	return nil
}

func validRest(a Account) error {
	if len(a.Note) > MaxNoteBytes {
		return fieldError("note", "%d bytes are more than %d", len(a.Note), MaxNoteBytes)
	}
	if len(a.Icon.Data) > MaxIconBytes || len(a.Icon.Name) > MaxTextBytes || len(a.Icon.MIME) > MaxNameRunes {
		return fieldError("icon", "it is larger than %d bytes", MaxIconBytes)
	}
	extra := 0
	for k, v := range a.Extra {
		extra += len(k) + len(v)
		if recordLimits.Check(v) != nil { // it could never be saved, nor anything with it
			return fieldError("extra fields", "%q is not JSON that can be read back", clip(k))
		}
	}
	if extra > MaxExtraBytes {
		return fieldError("extra fields", "%d bytes are more than %d", extra, MaxExtraBytes)
	}
	return validLabels(a)
}

func validLabels(a Account) error {
	for _, l := range []struct {
		field string
		words []string
	}{{"aliases", a.Aliases}, {"groups", a.Groups}, {"tags", a.Tags}} {
		if len(l.words) > MaxLabels {
			return fieldError(l.field, "%d are more than %d", len(l.words), MaxLabels)
		}
		for _, w := range l.words {
			if len(w) > MaxTextBytes || !utf8.ValidString(w) {
				return fieldError(l.field, "one is too long or not valid UTF-8")
			}
		}
	}
	return nil
}

// clip keeps a hostile value from filling an error message.
func clip(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
