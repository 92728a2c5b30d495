package account

import (
	"bytes"
	"cmp"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const redacted = "[redacted]"

// Secret is bytes that must not be seen: a shared secret or a PIN. Whatever way
// it is printed, logged or marshalled, it says [redacted]; Bytes and Base32 are
// the only doors. Secrets are compared with Equal.
type Secret struct {
	_ [0]func() // no ==, which would compare the pointers

	// hidden is nil for no bytes, so that equal secrets are deeply equal.
	hidden *hidden
}

// hidden is behind two pointers because fmt calls no method of what stands in an
// unexported field of somebody's struct, nor of what got a wrong verb: it would
// print bytes, and in the worst case bytes behind one pointer, but of the second
// only the address.
type hidden struct{ bytes *[]byte }

// NewSecret takes a copy of b.
func NewSecret(b []byte) Secret { return ownSecret(slices.Clone(b)) }

func ownSecret(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	return Secret{hidden: &hidden{&b}}
}

// Bytes returns the secret itself. The caller must not change it.
func (s Secret) Bytes() []byte {
	if s.hidden == nil {
		return nil
	}
	return *s.hidden.bytes
}

// Len is the length in bytes.
func (s Secret) Len() int { return len(s.Bytes()) }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.hidden == nil }

// Equal reports whether two secrets are the same bytes.
func (s Secret) Equal(t Secret) bool { return bytes.Equal(s.Bytes(), t.Bytes()) }

// Clone returns a copy that shares no memory.
func (s Secret) Clone() Secret { return NewSecret(s.Bytes()) }

// Base32 is the canonical text of the secret: upper case, no padding (RFC 4648
// section 6), as Aegis and Go's decoder insist on.
func (s Secret) Base32() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.Bytes())
}

// String never returns the secret.
func (Secret) String() string { return redacted }

// GoString never returns the secret.
func (Secret) GoString() string { return redacted }

// Format never writes the secret, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// MarshalText never returns the secret; Record is the form that keeps it. JSON
// and log/slog use it too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// What can be wrong with a secret as a whole.
var (
	ErrEmptySecret = errors.New("the secret is empty")
	ErrShortSecret = errors.New("the secret is too short: it has less than one byte")
	ErrPadding     = errors.New("the secret goes on after its padding (=): part of it may be missing, or there are two")
)

// CharacterError says which character of a secret is not base32. It holds that
// one character and its place, never the text around it.
type CharacterError struct {
	Char     rune
	Position int // counted in characters, from 1
}

func (e *CharacterError) Error() string {
	hint := ""
	switch e.Char {
	case '0':
		hint = " (is it the letter O?)"
	case '1':
		hint = " (is it the letter I or L?)"
	case '8':
		hint = " (is it the letter B?)"
	}
	return fmt.Sprintf("character %d of the secret, %q, is not one of A-Z and 2-7%s", e.Position, e.Char, hint)
}

// ParseBase32 reads a secret as people and apps write it: any case, any width, with
// blanks, dashes, underscores, any amount of padding, or none. Lengths that RFC
// 4648 does not allow (1, 3 or 6 characters modulo 8) exist in real exports;
// their left-over bits are dropped, as Google's decoder does. The errors are
// ErrEmptySecret, ErrShortSecret (less than one byte), ErrPadding (inside the
// secret) and *CharacterError.
func ParseBase32(text string) (Secret, error) {
	out := make([]byte, 0, len(text)*5/8)
	acc, bits, seen := uint32(0), 0, 0
	position, padded := 0, false
	for _, r := range text {
		position++
		narrow := r
		if r >= utf8.RuneSelf { // full-width letters and digits, of an input method
			narrow = cmp.Or(width.LookupRune(r).Folded(), r)
		}
		v, ok := base32Value(narrow)
		switch {
		case !ok && isFiller(narrow):
			padded = padded || r == '='
			continue
		case !ok:
			return Secret{}, &CharacterError{narrow, position}
		case padded:
			return Secret{}, ErrPadding
		}
		seen++
		acc, bits = acc<<5|v, bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	if seen == 0 {
		return Secret{}, ErrEmptySecret
	}
	if len(out) == 0 {
		return Secret{}, ErrShortSecret
	}
	return ownSecret(out), nil
}

func isFiller(r rune) bool {
	return r == '=' || r == '-' || r == '_' || r == '\u00a0' || strings.ContainsRune(" \t\r\n", r)
}

func base32Value(r rune) (uint32, bool) {
	switch {
	case r >= 'A' && r <= 'Z':
		return uint32(r - 'A'), true
	case r >= 'a' && r <= 'z':
		return uint32(r - 'a'), true
	case r >= '2' && r <= '7':
		return uint32(r-'2') + 26, true
	}
	return 0, false
}
