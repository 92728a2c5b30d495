package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxPassphrase is the length limit of a passphrase in bytes.
const MaxPassphrase = 1024

// ErrNoPassphrase: the passphrase is empty.
var ErrNoPassphrase = errors.New("the passphrase is empty")

// NormalisePassphrase makes of what was read from a prompt, a file or a command
// the passphrase that is meant, in new memory. Exactly one line end at the end,
// LF or CRLF, does not belong to it: editors and echo write one. The text is put
// into NFC, because keyboards differ in how they write an accented letter.
func NormalisePassphrase(content []byte) []byte {
	p, cut := bytes.CutSuffix(content, []byte("\n"))
	if cut {
		p = bytes.TrimSuffix(p, []byte("\r"))
	}
	return compose(p)
}

// compose returns the text in NFC, and anything that is no text as it is.
func compose(p []byte) []byte {
	if !utf8.Valid(p) {
		return bytes.Clone(p)
	}
	return norm.NFC.Append(nil, p...)
}

// usable returns the passphrase in the form in which it is used. It refuses an
// empty one and one above MaxPassphrase bytes.
func usable(p []byte) ([]byte, error) {
	switch {
	case len(p) == 0:
		return nil, ErrNoPassphrase
	case len(p) > MaxPassphrase:
		return nil, fmt.Errorf("the passphrase has more than %d bytes", MaxPassphrase)
	}
	return compose(p), nil
}

// typable refuses what could not be typed at a prompt again. Only new
// passphrases have to pass: files of other programs are opened with any.
func typable(p []byte) error {
	switch {
	case !utf8.Valid(p):
		return errors.New("the passphrase is not valid UTF-8 text")
	case bytes.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("the passphrase contains a control character")
	}
	return nil
}
