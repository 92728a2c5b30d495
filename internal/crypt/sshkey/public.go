package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"

	"filippo.io/age"
)

// What an RSA key may have, as agessh and x/crypto/ssh decide: 16384 bits is the
// most that ssh-keygen makes.
const (
	minBits         = 2048
	maxBits         = 16384
	maxExponentBits = 24
)

// PublicKey is a public key of one of the two types.
type PublicKey struct {
	blob    []byte            // the wire form, in its shortest way of writing
	edwards ed25519.PublicKey // this,
	rsa     *rsa.PublicKey    // or this
}

// Type of the key.
func (k *PublicKey) Type() Type {
	if k.rsa != nil {
		return RSA
	}
	return Ed25519
}

// Recipient is the key as somebody to encrypt for. ErrWeak: it is too short;
// ErrDamaged: it is no key at all, but 32 bytes that are no point of the curve.
func (k *PublicKey) Recipient() (age.Recipient, error) {
	if k.rsa != nil {
		return newRSARecipient(k)
	}
	return newEd25519Recipient(k)
}

// equal: both have the same wire form, which determines the key.
func (k *PublicKey) equal(other *PublicKey) bool { return bytes.Equal(k.blob, other.blob) }

// ParsePublicKey finds the first key in the text of a .pub or authorized_keys
// file, of which one line alone may be given. Lines that hold no key do not
// count, as for sshd. Its errors: ErrType, ErrDamaged.
func ParsePublicKey(text []byte) (*PublicKey, error) {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		key, err := parseLine(bytes.Trim(line, blanks))
		if err == nil || errors.Is(err, ErrType) {
			return key, err
		}
	}
	return nil, ErrDamaged
}

const blanks = " \t"

// parseLine reads "type base64 comment", or the same after options.
func parseLine(line []byte) (*PublicKey, error) {
	if len(line) == 0 || line[0] == '#' {
		return nil, ErrDamaged
	}
	key, err := parseTyped(line)
	if errors.Is(err, ErrDamaged) {
		key, err = parseTyped(afterOptions(line))
	}
	return key, err
}

// parseTyped insists that the type in words is that of the blob, as OpenSSH's
// sshkey_read does: otherwise an option could stand there and be overlooked.
func parseTyped(line []byte) (*PublicKey, error) {
	name, rest := cutBlank(line)
	encoded, _ := cutBlank(rest)
	blob, err := base64.StdEncoding.DecodeString(string(encoded))
	if err != nil {
		return nil, ErrDamaged
	}
	r := reader{rest: blob}
	if !bytes.Equal(name, r.bytes()) || r.failed {
		return nil, ErrDamaged
	}
	return parseBlob(blob)
}

// cutBlank splits after the first word.
func cutBlank(line []byte) (word, rest []byte) {
	if i := bytes.IndexAny(line, blanks); i >= 0 {
		return line[:i], bytes.TrimLeft(line[i:], blanks)
	}
	return line, nil
}

// afterOptions is what follows the first blank outside of quotes (sshd(8),
// "AUTHORIZED_KEYS FILE FORMAT").
func afterOptions(line []byte) []byte {
	quoted := false
	for i, b := range line {
		switch {
		case b == '"' && (i == 0 || line[i-1] != '\\'):
			quoted = !quoted
		case !quoted && strings.IndexByte(blanks, b) >= 0:
			return bytes.TrimLeft(line[i:], blanks)
		}
	}
	return nil
}

// parseBlob reads a public key in its wire form.
func parseBlob(blob []byte) (*PublicKey, error) {
	r := reader{rest: blob}
	switch name := string(r.bytes()); {
	case name == string(Ed25519):
		return parseEd25519(r)
	case name == string(RSA):
		return parseRSA(r)
	case otherType(name):
		return nil, ErrType
	}
	return nil, ErrDamaged
}

func parseEd25519(r reader) (*PublicKey, error) {
	key := r.bytes()
	if !r.done() || len(key) != ed25519.PublicKeySize {
		return nil, ErrDamaged
	}
	return ed25519Public(key), nil
}

func parseRSA(r reader) (*PublicKey, error) {
	e, n := r.positive(), r.positive()
	if !r.done() || !plausible(n, e) {
		return nil, ErrDamaged
	}
	return rsaPublic(&rsa.PublicKey{N: n, E: int(e.Int64())}), nil
}

// plausible: the numbers can be the public half of an RSA key.
func plausible(n, e *big.Int) bool {
	return n.BitLen() <= maxBits && n.Bit(0) == 1 &&
		e.BitLen() > 1 && e.BitLen() <= maxExponentBits && e.Bit(0) == 1
}

// otherType knows the types of keys and certificates that OpenSSH has besides.
func otherType(name string) bool {
	return name == "ssh-dss" || strings.HasPrefix(name, "ecdsa-sha2-") || strings.HasPrefix(name, "ssh-mldsa") ||
		strings.HasPrefix(name, "sk-") || strings.HasSuffix(name, "-cert-v01@openssh.com")
}
