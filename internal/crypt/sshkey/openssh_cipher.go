package sshkey

import (
	"crypto/aes"
	"crypto/cipher"
	"slices"

	"github.com/dchest/bcrypt_pbkdf"
)

// maxRounds bounds the work that a file may ask for. ssh-keygen takes 16 rounds or
// some more, and any other number with -a; 2048, where x/crypto/ssh draws the line
// too, take 16 s on a slow machine.
const maxRounds = 1 << 11

// decrypt gives the inside of the container. What could not be done with any
// passphrase fails before one is asked for.
func (c container) decrypt(passphrase []byte) ([]byte, error) {
	if c.cipher == "none" {
		if len(c.options) > 0 {
			return nil, ErrDamaged
		}
		return c.private, nil
	}
	salt, rounds, err := c.derivation()
	if err != nil {
		return nil, err
	}
	switch {
	case passphrase == nil:
		return nil, &PassphraseMissingError{PublicKey: c.public}
	case len(passphrase) == 0:
		return nil, ErrPassphrase // the function knows no empty one, and ssh-keygen encrypts with none
	}
	key, err := bcrypt_pbkdf.Key(passphrase, salt, rounds, 32+aes.BlockSize)
	if err != nil {
		return nil, ErrDamaged
	}
	return c.decipher(key[:32], key[32:])
}

// derivation checks the encryption and returns the parameters of bcrypt_pbkdf
// (PROTOCOL.key §2).
func (c container) derivation() (salt []byte, rounds int, err error) {
	if c.kdf != "bcrypt" || c.cipher != "aes256-ctr" && c.cipher != "aes256-cbc" {
		return nil, 0, ErrCipher
	}
	r := reader{rest: c.options}
	salt = r.bytes()
	n := r.uint32()
	switch {
	case !r.done() || len(salt) == 0 || n == 0:
		return nil, 0, ErrDamaged
	case n > maxRounds:
		return nil, 0, ErrRounds
	case c.cipher == "aes256-cbc" && len(c.private)%aes.BlockSize != 0:
		return nil, 0, ErrDamaged
	}
	return salt, int(n), nil
}

func (c container) decipher(key, iv []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(c.private)
	if c.cipher == "aes256-cbc" {
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, out)
	} else {
		cipher.NewCTR(block, iv).XORKeyStream(out, out)
	}
	return out, nil
}
