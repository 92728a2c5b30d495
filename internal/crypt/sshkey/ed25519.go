package sshkey

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

const ed25519Label = "age-encryption.org/v1/ssh-ed25519"

func ed25519Public(key ed25519.PublicKey) *PublicKey {
	return &PublicKey{blob: appendString(appendString(nil, string(Ed25519)), []byte(key)), edwards: key}
}

type ed25519Recipient struct {
	public *PublicKey
	point  *ecdh.PublicKey
}

func newEd25519Recipient(k *PublicKey) (*ed25519Recipient, error) {
	u, err := montgomery(k.edwards)
	if err != nil {
		return nil, err
	}
	point, err := ecdh.X25519().NewPublicKey(u)
	return &ed25519Recipient{k, point}, err
}

// Wrap implements age.Recipient. It fails for a key of low order, with which
// the shared secret would be known to everybody (RFC 7748 §6.1).
func (r *ed25519Recipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := ephemeral.ECDH(r.point)
	if err != nil {
		return nil, fmt.Errorf("the ssh-ed25519 key is of low order: %w", err)
	}
	share := ephemeral.PublicKey().Bytes()
	key, err := wrappingKey(shared, r.public.blob, slices.Concat(share, r.point.Bytes()))
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{
		Type: string(Ed25519),
		Args: []string{tag(r.public.blob), base64.RawStdEncoding.EncodeToString(share)},
		// The key serves once, so the nonce may be zero.
		Body: aead.Seal(nil, make([]byte, chacha20poly1305.NonceSize), fileKey, nil),
	}}, nil
}

// wrappingKey derives the key that encrypts the file key. The tweak binds the
// exchange to the SSH key, so that its X25519 form serves for nothing else.
func wrappingKey(shared, blob, salt []byte) ([]byte, error) {
	tweak, err := hkdf.Key(sha256.New, nil, blob, ed25519Label, 32)
	if err != nil {
		return nil, err
	}
	private, err := ecdh.X25519().NewPrivateKey(tweak)
	if err != nil {
		return nil, err
	}
	public, err := ecdh.X25519().NewPublicKey(shared)
	if err != nil {
		return nil, err
	}
	tweaked, err := private.ECDH(public)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, tweaked, salt, ed25519Label, chacha20poly1305.KeySize)
}

type ed25519Key struct {
	blob    []byte
	private *ecdh.PrivateKey
}

// ed25519Identity makes the identity of a seed. The scalar of Ed25519 is the
// first half of the seed's SHA-512 (RFC 8032 §5.1.5); X25519 clamps it alike.
func ed25519Identity(seed []byte) (*Identity, error) {
	public := ed25519Public(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	scalar := sha512.Sum512(seed)
	private, err := ecdh.X25519().NewPrivateKey(scalar[:32])
	if err != nil {
		return nil, ErrDamaged
	}
	return &Identity{public, &ed25519Key{public.blob, private}}, nil
}

func (k *ed25519Key) unwrap(s *age.Stanza) ([]byte, error) {
	share, err := ed25519Share(s)
	if err != nil {
		return nil, err
	}
	if s.Args[0] != tag(k.blob) {
		return nil, age.ErrIncorrectIdentity
	}
	shared, err := k.private.ECDH(share)
	if err != nil {
		return nil, fmt.Errorf("the share of the ssh-ed25519 stanza is of low order: %w", err)
	}
	key, err := wrappingKey(shared, k.blob, slices.Concat(share.Bytes(), k.private.PublicKey().Bytes()))
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	fileKey, err := aead.Open(nil, make([]byte, chacha20poly1305.NonceSize), s.Body, nil)
	if err != nil {
		return nil, age.ErrIncorrectIdentity // another key may have the same tag
	}
	return fileKey, nil
}

// ed25519Share is the sender's half of the exchange. Its base64 has one form
// only: no line breaks, which the decoder would skip, and no stray bits.
func ed25519Share(s *age.Stanza) (*ecdh.PublicKey, error) {
	if len(s.Args) != 2 || strings.ContainsAny(s.Args[1], "\r\n") {
		return nil, errStanza
	}
	share, err := base64.RawStdEncoding.Strict().DecodeString(s.Args[1])
	if err != nil || len(share) != 32 {
		return nil, errStanza
	}
	return ecdh.X25519().NewPublicKey(share)
}
