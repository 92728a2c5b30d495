package otpauth

import (
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

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

// params holds the parameters of a URI in their order.
type params []param

type param struct {
	key   string // lower case, for comparing
	name  string // as it came, for writing it again: Ente reads codeDisplay only
	value string
}

// parseQuery splits at & alone: a semicolon is data, though Go's own parser
// drops the pair that has one. A value of "null" is what Ente, 2FAS and Proton
// write for nothing. A plus is a blank: some sites group the secret so.
func parseQuery(query string) (params, error) {
	var p params
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		if len(p) == MaxQueryItems {
			return nil, ErrTooMany
		}
		key, value, _ := strings.Cut(pair, "=")
		name := strings.ToValidUTF8(strings.TrimSpace(unescape(key)), "\ufffd")
		key = strings.ToLower(name)
		value = strings.ReplaceAll(value, "+", " ")
		if value == "null" {
			value = ""
		}
		p = append(p, param{key, name, unescape(value)})
	}
	// Two different values are refused where only one can make the right code. Names
	// may differ: OTPClient writes issuer=Steam&issuer=steam.
	for _, key := range []string{"secret", "algorithm", "digits", "period", "counter", "encoder"} {
		if err := p.twice(key); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p params) twice(key string) error {
	first := p.get(key)
	for _, q := range p {
		if q.key == key && q.value != "" && !strings.EqualFold(q.value, first) {
			return &account.FieldError{Field: key, Problem: "it is there twice, with different values"}
		}
	}
	return nil
}

// get returns the first value that is not empty.
func (p params) get(key string) string {
	for _, q := range p {
		if q.key == key && q.value != "" {
			return q.value
		}
	}
	return ""
}

func (p params) has(key string) bool {
	return slices.ContainsFunc(p, func(q param) bool { return q.key == key })
}

// ExtraKey is where an account's Extra keeps the parameters that mean nothing
// to jangle; Params reads them.
const ExtraKey = "uri"

// Params returns the unknown parameters of the URI that an account was read
// from: image, color, lock, tags, codeDisplay and the like, each with its values
// in their order. It is nil if there are none.
func Params(a account.Account) map[string][]string {
	var m map[string][]string
	if raw, ok := a.Extra[ExtraKey]; ok && strictjson.Decode(raw, &m) != nil {
		return nil
	}
	return m
}
