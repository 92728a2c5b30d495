// Package kdbx opens KeePass 2 databases (KDBX 3.1, 4.0 and 4.1) that are in
// memory and returns their entries. It never writes one.
//
// The way in is the same for both versions: a header in the clear names ciphers
// and key derivation; passphrase and key file become a composite key, the slow
// derivation turns that into the key of the payload; inside is (gzip of) XML in
// which protected values are XORed with one more stream, in document order.
//
// Why not gokeepasslib: it was read (v3.6.2) and it trusts the file. Lengths of
// the header go to make and slicing unchecked (a panic for a negative or short
// one), gzip is unpacked without a bound, derivation cannot be interrupted, and
// Argon2id is taken for AES-KDF, so that such a database "has a wrong
// password". It stays as the judge in the tests: what it writes must be read
// here.
//
// Everything is bounded before it costs something: Limits for what is unpacked,
// and fixed caps for the parameters of the derivation (see kdf.go).
package kdbx

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// Errors that a caller can tell apart.
var (
	ErrWrongKey    = errors.New("wrong passphrase or key file, or a damaged KeePass file")
	ErrDamaged     = errors.New("damaged KeePass file")
	ErrUnsupported = errors.New("this form of KeePass file is not read")
	ErrLimit       = errors.New("the KeePass file is beyond the limit")
)

// Limits bounds what one database may unfold to.
type Limits struct {
	Unpacked int // bytes of XML, and of all attachments with it
	Entries  int // entries that are not history
}

// maxDepth of XML elements; groups nest, and real trees have a few levels.
const maxDepth = 64

// Credentials is what opens a database. A nil Passphrase is none at all, which
// is not the same as an empty one.
type Credentials struct {
	Passphrase []byte
	KeyFile    []byte // the whole file; nil for none
}

// Entry is one entry, with everything that was protected in clear.
type Entry struct {
	UUID     string // base64, as the file has it
	Groups   []string
	Fields   []Field // in the file's order: Title, UserName, Notes, otp …
	Tags     []string
	IconID   string // number of a standard icon
	Icon     []byte // of a custom icon
	Created  time.Time
	Modified time.Time
	Place    Place
}

// Place says in which part of the database an entry is.
type Place int

// An entry is ordinary, thrown away, or a template for others.
const (
	Ordinary Place = iota
	RecycleBin
	Templates
)

// Field is one string of an entry.
type Field struct{ Key, Value string }

// Get returns the value of a field, "" for none. Keys are compared as they are:
// KeePass tells "otp" from "OTP".
func (e *Entry) Get(key string) string {
	for _, f := range e.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// Open decrypts a database and returns its entries in document order. It stops
// when ctx ends, also during the key derivation.
func Open(ctx context.Context, data []byte, c Credentials, l Limits) ([]Entry, error) {
	h, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	// The composite key: each part hashed, in the order passphrase, key file; a
	// part that is not there is left out.
	composite := sha256.New()
	if c.Passphrase != nil {
		sum := sha256.Sum256(c.Passphrase)
		composite.Write(sum[:])
	}
	if c.KeyFile != nil {
		key, err := keyFileKey(c.KeyFile)
		if err != nil {
			return nil, err
		}
		composite.Write(key)
	}
	key, err := h.kdf.derive(ctx, composite.Sum(nil))
	if err != nil {
		return nil, err
	}
	open := openV4
	if h.major == 3 {
		open = openV3
	}
	doc, protected, err := open(h, data[len(h.raw):], key, l)
	if err != nil {
		return nil, err
	}
	return parseXML(bytes.NewReader(doc), protected, l)
}

// ReadXML reads the plain XML export of KeePass 2 and KeePassXC, which is the
// document inside a database.
func ReadXML(data []byte, l Limits) ([]Entry, error) {
	if len(data) > l.Unpacked {
		return nil, fmt.Errorf("%w: %d bytes of XML", ErrLimit, len(data))
	}
	return parseXML(bytes.NewReader(data), nil, l)
}

// Is reports whether data begins as a KeePass database of any version.
func Is(data []byte) bool {
	return len(data) >= 12 && bytes.Equal(data[:4], []byte{0x03, 0xd9, 0xa2, 0x9a}) &&
		(data[4] >= 0x65 && data[4] <= 0x67) && bytes.Equal(data[5:8], []byte{0xfb, 0x4b, 0xb5})
}

// Check reads the header alone: whether the file can be opened at all, before
// a person is asked for a passphrase.
func Check(data []byte) error {
	_, err := parseHeader(data)
	return err
}

// Version names the format for people: "KDBX 4.1".
func Version(data []byte) string {
	h, err := parseHeader(data)
	if err != nil {
		return "KeePass"
	}
	return fmt.Sprintf("KDBX %d.%d", h.major, h.minor)
}
