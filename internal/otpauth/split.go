package otpauth

import "strings"

const (
	schemeOTPAuth   = "otpauth:"
	schemeMigration = "otpauth-migration:"
	schemeMOTP      = "motp://"
	schemeSteam     = "steam://"
)

const byteOrderMark = "\ufeff"

// clean takes off what surrounds a URI that was copied from a page, a JSON file
// or a list: blanks, a byte order mark, quotes, a comma; and undoes the escapes
// of JSON (\/ and \u0026), Markdown (\_) and HTML (&amp;). None of it can be part of a URI
// that Format writes.
func clean(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), byteOrderMark))
	text = strings.TrimSpace(strings.TrimRight(text, ","))
	for _, q := range []string{`""`, `''`, "<>", "``"} {
		if strings.HasPrefix(text, q[:1]) {
			text = strings.TrimSpace(strings.TrimSuffix(text[1:], q[1:]))
		}
	}
	if strings.Contains(text, `\`) {
		text = strings.NewReplacer(`\/`, "/", `\u0026`, "&", `\u003d`, "=", `\u003D`, "=",
			`\&`, "&", `\=`, "=", `\_`, "_", `\*`, "*").Replace(text)
	}
	if !strings.Contains(text, "&") {
		return text
	}
	return strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#x26;", "&", "&#61;", "=", "&#x3d;", "=", "&#x3D;", "=", "&equals;", "=").Replace(text)
}

// cutScheme returns which of the schemes a text begins with, in any case, and
// what follows, without the slashes: otpauth:totp/… and otpauth:///totp/… exist.
func cutScheme(text string) (scheme, rest string) {
	for _, s := range []string{schemeOTPAuth, schemeMigration, schemeMOTP, schemeSteam} {
		if len(text) >= len(s) && strings.EqualFold(text[:len(s)], s) {
			return s, strings.TrimLeft(text[len(s):], "/")
		}
	}
	return "", ""
}

// splitQuery cuts at the first question mark after which there is a secret
// parameter, because apps leave question marks in names as they are. A key with
// a question mark would be the rest of a name. If there is no secret, it cuts at
// the first.
func splitQuery(s string) (path, query string) {
	for i := range len(s) {
		if s[i] != '?' {
			continue
		}
		query = s[i+1:]
		for pair := range strings.SplitSeq(query, "&") {
			key, _, _ := strings.Cut(pair, "=")
			if strings.Contains(key, "?") {
				break
			}
			if !strings.EqualFold(key, "secret") {
				continue
			}
			// A # begins a fragment only where nothing of the query follows it;
			// elsewhere it belongs to a name.
			if end := strings.LastIndexByte(query, '#'); end >= 0 && !strings.ContainsAny(query[end:], "&=") {
				query = query[:end]
			}
			return s[:i], query
		}
	}
	path, query, _ = strings.Cut(s, "?")
	return path, query
}

// unescape undoes percent-encoding once. What is not an escape stays as it is:
// "50%" is a name (and crashed other apps).
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, ok1 := unhex(s[i+1])
			lo, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				out, i = append(out, hi<<4|lo), i+2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
