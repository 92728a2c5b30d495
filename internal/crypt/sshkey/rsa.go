package sshkey

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"

	"filippo.io/age"
)

const rsaLabel = "age-encryption.org/v1/ssh-rsa"

// errStanza: the header of the age file is malformed.
var errStanza = errors.New("malformed stanza for an SSH key")

func rsaPublic(key *rsa.PublicKey) *PublicKey {
	blob := appendInt(appendString(nil, string(RSA)), big.NewInt(int64(key.E)))
	return &PublicKey{blob: appendInt(blob, key.N), rsa: key}
}

type rsaRecipient struct{ public *PublicKey }

func newRSARecipient(k *PublicKey) (*rsaRecipient, error) {
	if k.rsa.N.BitLen() < minBits {
		return nil, ErrWeak
	}
	return &rsaRecipient{k}, nil
}

// Wrap implements age.Recipient.
func (r *rsaRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	body, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, r.public.rsa, fileKey, []byte(rsaLabel))
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: string(RSA), Args: []string{tag(r.public.blob)}, Body: body}}, nil
}

type rsaKey struct {
	blob    []byte
	private *rsa.PrivateKey
}

// rsaIdentity makes the identity of a key that is known to be valid.
func rsaIdentity(key *rsa.PrivateKey) (*Identity, error) {
	if key.N.BitLen() > maxBits {
		return nil, ErrDamaged
	}
	public := rsaPublic(&key.PublicKey)
	return &Identity{public, &rsaKey{public.blob, key}}, nil
}

// unwrap opens with short keys, too: files for them may be old, and refusing
// would protect nobody.
func (k *rsaKey) unwrap(s *age.Stanza) ([]byte, error) {
	if len(s.Args) != 1 {
		return nil, errStanza
	}
	if s.Args[0] != tag(k.blob) {
		return nil, age.ErrIncorrectIdentity
	}
	fileKey, err := rsa.DecryptOAEP(sha256.New(), nil, k.private, s.Body, []byte(rsaLabel))
	if err != nil {
		return nil, age.ErrIncorrectIdentity // another key may have the same tag
	}
	return fileKey, nil
}
