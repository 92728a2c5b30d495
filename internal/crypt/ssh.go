package crypt

import (
	"errors"
	"fmt"

	"filippo.io/age"

	"github.com/jangle-otp/jangle/internal/crypt/sshkey"
)

var errSSHType = errors.New("age cannot use this type of SSH key; ed25519 and rsa work")

func sshKind(k *sshkey.PublicKey) Kind {
	if k.Type() == sshkey.RSA {
		return KindSSHRSA
	}
	return KindSSHEd25519
}

// sshRecipient returns the kind of the key, or the one it announces when it
// cannot be read.
func sshRecipient(text string, announced Kind) (age.Recipient, Kind, error) {
	k, err := sshkey.ParsePublicKey([]byte(text))
	if err != nil {
		return nil, announced, err
	}
	r, err := k.Recipient()
	return r, sshKind(k), err
}

func parseSSH(pem []byte, o IdentityOptions) (Identity, error) {
	id, err := sshkey.ParseIdentity(pem)
	var missing *sshkey.PassphraseMissingError
	switch {
	case errors.As(err, &missing):
		return protectedSSH(pem, missing.PublicKey, o)
	case errors.Is(err, sshkey.ErrType):
		return Identity{}, errSSHType
	case errors.Is(err, sshkey.ErrRounds), errors.Is(err, sshkey.ErrCipher):
		return Identity{}, err
	case err != nil:
		return Identity{}, errors.New("the SSH private key is damaged or of an unknown form")
	}
	return Identity{inner: id, kind: sshKind(id.PublicKey())}, nil
}

func protectedSSH(pem []byte, public *sshkey.PublicKey, o IdentityOptions) (Identity, error) {
	if public == nil {
		var err error
		if public, err = besidePublicKey(o.PublicKey); err != nil {
			return Identity{}, err
		}
	}
	ask := o.Passphrase
	if ask == nil {
		ask = func() ([]byte, error) { return nil, ErrNoPassphrase }
	}
	inner, err := sshkey.NewProtectedIdentity(public, pem, func() ([]byte, error) {
		phrase, err := ask()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeyPassphrase, err)
		}
		return phrase, nil
	})
	return Identity{inner: protectedKey{inner}, kind: sshKind(public)}, err
}

// besidePublicKey reads the .pub file, which the old PEM form needs.
func besidePublicKey(content []byte) (*sshkey.PublicKey, error) {
	if content == nil {
		return nil, ErrNeedsPublicKey
	}
	k, err := sshkey.ParsePublicKey(content)
	switch {
	case errors.Is(err, sshkey.ErrType):
		return nil, errSSHType
	case err != nil:
		return nil, errors.New("the .pub file beside the SSH key is no public key")
	}
	return k, nil
}

// protectedKey tells what is wrong with the key, wrong passphrases first, from
// what is wrong with the file that it should open.
type protectedKey struct{ *sshkey.ProtectedIdentity }

// Unwrap implements age.Identity.
func (p protectedKey) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	key, err := p.ProtectedIdentity.Unwrap(stanzas)
	switch {
	case errors.Is(err, sshkey.ErrPassphrase):
		return nil, ErrKeyPassphrase
	case errors.Is(err, sshkey.ErrMismatch), errors.Is(err, sshkey.ErrDamaged):
		return nil, ErrKeyFile
	}
	return key, err
}
