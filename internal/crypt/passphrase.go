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

// NormalisePassphrase gives a passphrase the form in which it is used, in new
// memory: NFC, because keyboards differ in how they write an accented letter.
// It refuses an empty one and one above MaxPassphrase bytes.
func NormalisePassphrase(p []byte) ([]byte, error) {
	switch {
	case len(p) == 0:
		return nil, ErrNoPassphrase
	case len(p) > MaxPassphrase:
		return nil, fmt.Errorf("the passphrase has more than %d bytes", MaxPassphrase)
	case !utf8.Valid(p):
		return bytes.Clone(p), nil
	}
	return norm.NFC.Append(nil, p...), nil
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

// FromFile takes the passphrase out of the content of a file, which editors and
// echo end with a newline: exactly one, LF or CRLF, is not part of it.
func FromFile(content []byte) ([]byte, error) {
	p, cut := bytes.CutSuffix(content, []byte("\n"))
	if cut {
		p = bytes.TrimSuffix(p, []byte("\r"))
	}
	return NormalisePassphrase(p)
}
