// Package sshkey lets SSH keys of the types ssh-ed25519 and ssh-rsa open age
// files. It reads them, and writes and reads the stanzas that age defines for
// them (https://c2sp.org/age, "The ssh-ed25519 and ssh-rsa recipient types").
//
// The formats, from the inside out:
//
//   - Data types: uint32, string (a length and bytes), mpint (RFC 4251 §5).
//   - A public key is a blob: the name of its type, then for ssh-rsa the
//     integers e and n (RFC 4253 §6.6), for ssh-ed25519 a string of 32 bytes
//     (RFC 8709 §4). People see it as a line: type, blob in base64, comment;
//     in authorized_keys with options before it (sshd(8)).
//   - A private key is a PEM file. Its present form "OPENSSH PRIVATE KEY" is
//     described in OpenSSH's PROTOCOL.key: a container of version
//     openssh-key-v1 that shows the public key and may encrypt the private one
//     (bcrypt_pbkdf, AES-256). The older ones are PKCS#1 "RSA PRIVATE KEY"
//     (RFC 8017 A.1.2), perhaps encrypted as in RFC 1421 §4.6, and PKCS#8
//     "PRIVATE KEY" (RFC 5958, RFC 8410).
//   - A stanza names its key by 4 bytes of SHA-256 of the blob, so it can be
//     seen whether a protected key is worth asking for a passphrase. ssh-rsa
//     encrypts the file key with OAEP; ssh-ed25519 moves the key from the
//     Edwards curve to the Montgomery one and does an X25519 exchange.
//
// Why not filippo.io/age/agessh: it stands on golang.org/x/crypto/ssh, the whole
// protocol, whose package variables cost every start of the program 0.14 to 0.26
// ms and 218 allocations before main (GODEBUG=inittrace=1, Go 1.26), though
// hardly any start needs an SSH key. Both libraries are the judges in the tests.
//
// Where we refuse what they take, it cannot be a key that ssh-keygen wrote:
//
//   - a private key whose parts contradict each other: the public key shown, the
//     public key inside, the one the seed gives, RSA's coefficient;
//   - bytes after the container of a private key;
//   - a container that names a cipher without a key derivation, or the other way
//     round, one with PEM headers, and encryption that nobody could undo;
//   - negative integers, an even RSA modulus, a private exponent longer than it;
//   - an RSA key of more than 16384 bits in any form, a key of more than 16 KiB in
//     PKCS#1 or PKCS#8, a file of more than 1 MiB;
//   - in a file of public keys, everything behind a key of a type that age does
//     not know, even if that key is damaged.
package sshkey

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"filippo.io/age"
)

// Type is the name of a type of key, as it is written in keys and stanzas.
type Type string

// The types that age can use.
const (
	Ed25519 Type = "ssh-ed25519"
	RSA     Type = "ssh-rsa"
)

// The reasons why a key is refused. None repeats a part of it.
var (
	ErrDamaged    = errors.New("the SSH key is damaged or of an unknown form")
	ErrType       = errors.New("the SSH key is neither ed25519 nor rsa")
	ErrWeak       = errors.New("the RSA key has fewer than 2048 bits") // minBits
	ErrPassphrase = errors.New("wrong passphrase for the SSH key")
	ErrRounds     = errors.New("the passphrase of the SSH key takes more than 2048 rounds of bcrypt") // maxRounds
	ErrCipher     = errors.New("the SSH key is encrypted in an unknown way; ssh-keygen -p -Z aes256-ctr changes it")
	ErrMismatch   = errors.New("the SSH private key is not that of the public key")
)

// PassphraseMissingError: the private key is protected. PublicKey is nil when
// the file does not tell it, as the old PEM form does not.
type PassphraseMissingError struct{ PublicKey *PublicKey }

// Error says so.
func (*PassphraseMissingError) Error() string {
	return "the SSH private key is protected by a passphrase"
}

// tag is how a stanza names the key with this blob.
func tag(blob []byte) string {
	h := sha256.Sum256(blob)
	return base64.RawStdEncoding.EncodeToString(h[:4])
}

// Identity is a private key that opens stanzas. It does not print.
type Identity struct {
	public *PublicKey
	key    interface {
		unwrap(*age.Stanza) ([]byte, error)
	}
}

// PublicKey is its other half.
func (i *Identity) PublicKey() *PublicKey { return i.public }

// String names the type only.
func (i *Identity) String() string { return "[" + string(i.public.Type()) + " private key]" }

// GoString is String.
func (i *Identity) GoString() string { return i.String() }

// Unwrap implements age.Identity: the file key from the first stanza that the
// key opens. A stanza of the right type that is malformed ends the search.
func (i *Identity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != string(i.public.Type()) {
			continue
		}
		fileKey, err := i.key.unwrap(s)
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return fileKey, err
		}
	}
	return nil, age.ErrIncorrectIdentity
}
