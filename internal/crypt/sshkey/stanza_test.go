package sshkey

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"filippo.io/age"
)

// TestMalformedStanzas: a stanza for our type that breaks the format ends the
// search, one that is for another key does not. The judge does the same.
func TestMalformedStanzas(t *testing.T) {
	for name, key := range map[string]any{"ed25519": newEd25519(t), "rsa": newRSA(t, 2048)} {
		mine, err := ParseIdentity(opensshText(t, key))
		if err != nil {
			t.Fatal(err)
		}
		judge, _ := judgeIdentity(t, key)
		good := wrapFor(t, mine)[0]
		for what, c := range map[string]struct {
			change func(*age.Stanza)
			want   string
		}{
			"nothing":        {func(*age.Stanza) {}, "opens"},
			"another type":   {func(s *age.Stanza) { s.Type = "X25519" }, "passed by"},
			"another tag":    {func(s *age.Stanza) { s.Args[0] = "AAAAAA" }, "passed by"},
			"cut body":       {func(s *age.Stanza) { s.Body = s.Body[1:] }, "passed by"},
			"no body":        {func(s *age.Stanza) { s.Body = nil }, "passed by"},
			"no argument":    {func(s *age.Stanza) { s.Args = nil }, "malformed"},
			"more arguments": {func(s *age.Stanza) { s.Args = append(s.Args, "x") }, "malformed"},
		} {
			unwrapBoth(t, name+", "+what, mine, judge, changed(good, c.change), c.want)
		}
	}
}

// TestShares: the sender's half of the exchange has one spelling.
func TestShares(t *testing.T) {
	key := newEd25519(t)
	mine, err := ed25519Identity(key.Seed())
	if err != nil {
		t.Fatal(err)
	}
	judge, _ := judgeIdentity(t, key)
	good := wrapFor(t, mine)[0]
	share := good.Args[1]
	stray := share[:42] + string(base64Next(share[42]))
	for name, c := range map[string]struct{ share, want string }{
		"as it was":  {share, "opens"},
		"line break": {share[:20] + "\n" + share[20:], "malformed"},
		"return":     {share[:20] + "\r" + share[20:], "malformed"},
		"padding":    {share + "=", "malformed"},
		"stray bits": {stray, "malformed"},
		"31 bytes":   {base64.RawStdEncoding.EncodeToString(make([]byte, 31)), "malformed"},
		"33 bytes":   {base64.RawStdEncoding.EncodeToString(make([]byte, 33)), "malformed"},
		"low order":  {base64.RawStdEncoding.EncodeToString(make([]byte, 32)), "malformed"},
		"empty":      {"", "malformed"},
	} {
		unwrapBoth(t, name, mine, judge, changed(good, func(s *age.Stanza) { s.Args[1] = c.share }), c.want)
	}
}

// base64Next sets the lowest of the two bits that the last of 43 digits has over.
func base64Next(digit byte) byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return digits[bytes.IndexByte([]byte(digits), digit)|1]
}

func changed(good *age.Stanza, change func(*age.Stanza)) *age.Stanza {
	s := &age.Stanza{Type: good.Type, Args: append([]string{}, good.Args...), Body: bytes.Clone(good.Body)}
	change(s)
	return s
}

func unwrapBoth(t *testing.T, name string, mine, judge age.Identity, s *age.Stanza, want string) {
	t.Helper()
	for who, id := range map[string]age.Identity{"we": mine, "the judge": judge} {
		key, err := id.Unwrap([]*age.Stanza{s})
		got := "malformed"
		switch {
		case err == nil && string(key) == "sixteen byte key":
			got = "opens"
		case errors.Is(err, age.ErrIncorrectIdentity):
			got = "passed by"
		}
		if got != want {
			t.Errorf("%s, %s: %s (%v), want %s", name, who, got, err, want)
		}
	}
}
