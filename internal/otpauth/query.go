package otpauth

import (
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// params holds the parameters of a URI in their order.
type params []param

type param struct {
	key   string // lower case, for comparing
	name  string // as it came, for writing it again: Ente reads codeDisplay only
	value string
}

// parseQuery splits at & alone: a semicolon is data, though Go's own parser
// drops the pair that has one. A value of "null" is what Ente, 2FAS and Proton
// write for nothing. A plus is a blank, but not in the secret.
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
		if key != "secret" {
			value = strings.ReplaceAll(value, "+", " ")
		}
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
