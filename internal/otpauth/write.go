package otpauth

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// Style is a program's way of writing what the format leaves open.
type Style int

// The styles. Canonical is for jangle's own files: nothing is left out, and
// Parse reads exactly the same account again. Short leaves out what is usual,
// for a smaller QR code. The others follow the program of that name.
const (
	Canonical Style = iota
	Short
	StyleAegis     // Steam as otpauth://steam/, Yandex PIN in base32
	StyleEnte      // as Aegis
	Style2FAS      // as Aegis; decodes a URI before splitting it
	StyleAndOTP    // as Aegis
	StyleKeePassXC // Steam as encoder=steam
	StyleStratum   // Steam as &steam, Yandex pin_length; decodes before splitting
	StyleBitwarden // Steam as steam://SECRET; also Proton
)

// Format writes an account as one URI with all parameters, for files: Parse
// gives back the same type, secret, PIN, algorithm, digits, period, counter, and
// issuer and name without surrounding blanks.
func Format(a account.Account) string { return FormatFor(a, Canonical) }

// FormatShort is Format without what readers assume anyway, for QR codes.
func FormatShort(a account.Account) string { return FormatFor(a, Short) }

// FormatFor writes a URI the way a program reads it best. Names lose characters
// that it is known to stumble over.
func FormatFor(a account.Account, style Style) string {
	if a.Type == account.Steam && style == StyleBitwarden {
		return schemeSteam + a.Secret.Base32()
	}
	w := &writing{style: style, issuer: strings.TrimSpace(a.Issuer), name: strings.TrimSpace(a.Name)}
	w.plainNames()
	w.text.WriteString(prefixFor(a, style))
	w.label()
	w.secret(a)
	w.parameters(a)
	w.pin(a)
	if style == Canonical {
		w.unknown(a)
	}
	return w.text.String()
}

type writing struct {
	style        Style
	issuer, name string
	text         strings.Builder
	count        int // of parameters
}

func prefixFor(a account.Account, style Style) string {
	switch a.Type {
	case account.HOTP:
		return "otpauth://hotp/"
	case account.Steam:
		if style == StyleKeePassXC || style == StyleStratum {
			return "otpauth://totp/"
		}
		return "otpauth://steam/"
	case account.MOTP:
		return "motp://"
	case account.Yandex:
		return "otpauth://yaotp/"
	}
	return "otpauth://totp/"
}

// plainNames replaces, for other programs, a colon in the issuer, which every
// one of them takes for the separator, and what Stratum and 2FAS mistake
// because they undo the escapes before they take the URI apart.
func (w *writing) plainNames() {
	if w.style == Canonical || w.style == Short {
		return
	}
	w.issuer = strings.ReplaceAll(w.issuer, ":", " ")
	if w.issuer == "" {
		w.name = strings.ReplaceAll(w.name, ":", " ")
	}
	if w.style == StyleStratum || w.style == Style2FAS {
		wide := strings.NewReplacer("&", "\uff06", "=", "\uff1d", "#", "\uff03", "?", "\uff1f")
		w.issuer, w.name = wide.Replace(w.issuer), wide.Replace(w.name)
	}
	w.issuer, w.name = strings.TrimSpace(w.issuer), strings.TrimSpace(w.name)
}

// label writes "issuer:name". Without an issuer there is no prefix, except an
// empty one where the name's own colon would make one.
func (w *writing) label() {
	if w.issuer != "" || strings.Contains(w.name, ":") {
		w.text.WriteString(escape(w.issuer) + ":")
	}
	w.text.WriteString(escape(w.name))
}

// add appends a parameter whose value is escaped already.
func (w *writing) add(key, escaped string) {
	separator := byte('&')
	if w.count == 0 {
		separator = '?'
	}
	w.count++
	w.text.WriteByte(separator)
	w.text.WriteString(key + "=" + escaped)
}

func (w *writing) secret(a account.Account) {
	if a.Type == account.MOTP {
		w.add("secret", hex.EncodeToString(a.Secret.Bytes()))
	} else {
		w.add("secret", a.Secret.Base32())
	}
	if w.issuer != "" {
		w.add("issuer", escapeValue(w.issuer))
	}
}

func (w *writing) parameters(a account.Account) {
	switch a.Type {
	case account.TOTP:
		w.totp(a)
	case account.HOTP:
		w.kindOfHash(a)
		w.add("counter", strconv.FormatUint(a.Counter, 10))
	case account.Steam:
		w.steam()
	}
}

func (w *writing) totp(a account.Account) {
	w.kindOfHash(a)
	if w.style != Short || a.Period != account.DefaultPeriod {
		w.add("period", strconv.Itoa(a.Period))
	}
	if a.Digits == 5 && mayBeSteam(a) && w.style <= Short {
		w.add("encoder", encoderDecimal)
	}
}

func (w *writing) kindOfHash(a account.Account) {
	if w.style != Short || a.Algorithm != account.SHA1 {
		w.add("algorithm", string(a.Algorithm))
	}
	// An account called Steam that says nothing of digits is taken for Steam
	// Guard by several apps.
	if w.style != Short || a.Digits != account.DefaultDigits || mayBeSteam(a) {
		w.add("digits", strconv.Itoa(a.Digits))
	}
}

func mayBeSteam(a account.Account) bool {
	return a.Type == account.TOTP && isSteamName(strings.TrimSpace(a.Issuer), strings.TrimSpace(a.Name))
}

func (w *writing) steam() {
	switch w.style {
	case Short:
	case StyleKeePassXC:
		w.add("encoder", "steam")
	case StyleStratum:
		w.text.WriteString("&steam")
	default:
		w.add("algorithm", "SHA1")
		w.add("digits", "5")
		w.add("period", "30")
	}
}

func (w *writing) pin(a account.Account) {
	switch {
	case a.PIN.IsZero():
	case a.Type == account.Yandex && w.style == StyleStratum:
		w.add("pin_length", strconv.Itoa(a.PIN.Len()))
	case a.Type == account.Yandex:
		w.add("pin", a.PIN.Base32())
	case a.Type == account.MOTP && w.style <= Short:
		w.add("pin", escapeValue(string(a.PIN.Bytes())))
	}
}

// unknown writes the parameters that Parse kept, as far as Parse would read
// them again.
func (w *writing) unknown(a account.Account) {
	extra := Params(a)
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		if isKnown(strings.ToLower(key), a.Type) {
			continue
		}
		for _, value := range extra[key] {
			escapedKey, escaped := escape(key), escapeValue(value)
			if w.count < MaxQueryItems && w.text.Len()+len(escapedKey)+len(escaped)+2 <= MaxURIBytes {
				w.add(escapedKey, escaped)
			}
		}
	}
}

// escape is percent-encoding with only the unreserved characters of RFC 3986
// section 2.3 left as they are. A blank is %20: a plus is a plus to half of the
// readers.
func escape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isUnreserved(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

// escapeValue keeps the word null from being read as nothing.
func escapeValue(s string) string {
	if s == "null" {
		return "%6Eull"
	}
	return escape(s)
}

func isUnreserved(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
