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
	switch {
	case a.Type == account.HOTP:
		w.text.WriteString("otpauth://hotp/")
	case a.Type == account.Steam && style != StyleKeePassXC && style != StyleStratum:
		w.text.WriteString("otpauth://steam/")
	case a.Type == account.MOTP:
		w.text.WriteString("motp://")
	case a.Type == account.Yandex:
		w.text.WriteString("otpauth://yaotp/")
	default:
		w.text.WriteString("otpauth://totp/")
	}
	// "issuer:name". Without an issuer there is no prefix, except an empty one where
	// the name's own colon would make one.
	if w.issuer != "" || strings.Contains(w.name, ":") {
		w.text.WriteString(escape(w.issuer) + ":")
	}
	w.text.WriteString(escape(w.name))
	secret := a.Secret.Base32()
	if a.Type == account.MOTP {
		secret = hex.EncodeToString(a.Secret.Bytes())
	}
	w.add("secret", secret)
	if w.issuer != "" {
		w.add("issuer", escapeValue(w.issuer))
	}
	if a.Type == account.TOTP || a.Type == account.HOTP {
		if style != Short || a.Algorithm != account.SHA1 {
			w.add("algorithm", string(a.Algorithm))
		}
		// An account called Steam that says nothing of digits is taken for Steam
		// Guard by several apps.
		mayBeSteam := a.Type == account.TOTP && isSteamName(strings.TrimSpace(a.Issuer), strings.TrimSpace(a.Name))
		if style != Short || a.Digits != account.DefaultDigits || mayBeSteam {
			w.add("digits", strconv.Itoa(a.Digits))
		}
		switch {
		case a.Type == account.HOTP:
			w.add("counter", strconv.FormatUint(a.Counter, 10))
		case style != Short || a.Period != account.DefaultPeriod:
			w.add("period", strconv.Itoa(a.Period))
		}
		if a.Digits == 5 && mayBeSteam && style <= Short {
			w.add("encoder", encoderDecimal)
		}
	}
	switch {
	case a.Type != account.Steam || style == Short:
	case style == StyleKeePassXC:
		w.add("encoder", "steam")
	case style == StyleStratum:
		w.text.WriteString("&steam")
	default:
		w.add("algorithm", "SHA1")
		w.add("digits", "5")
		w.add("period", "30")
	}
	switch {
	case a.PIN.IsZero():
	case a.Type == account.Yandex && style == StyleStratum:
		w.add("pin_length", strconv.Itoa(a.PIN.Len()))
	case a.Type == account.Yandex:
		w.add("pin", a.PIN.Base32())
	case a.Type == account.MOTP && style <= Short:
		w.add("pin", escapeValue(string(a.PIN.Bytes())))
	}
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
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
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
