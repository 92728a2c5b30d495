package format

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

const (
	gcmTagSize   = 16
	gcmNonceSize = 12
	gcmLongNonce = 16 // of OTPClient
)

// openGCM opens AES-GCM with the tag after the ciphertext, as most apps store
// it. A tag that does not fit is ErrWrongPassphrase: it does not tell a wrong key
// from a damaged file.
func openGCM(key, nonce, sealed, aad []byte) ([]byte, error) {
	if len(nonce) != gcmNonceSize && len(nonce) != gcmLongNonce || len(sealed) < gcmTagSize {
		return nil, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	}
	aead, err := newGCM(key, len(nonce))
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, sealed, aad)
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return plain, nil
}

// sealGCM is the opposite of openGCM.
func sealGCM(key, nonce, plain, aad []byte) ([]byte, error) {
	aead, err := newGCM(key, len(nonce))
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nonce, plain, aad), nil
}

func newGCM(key []byte, nonceSize int) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(key))
	}
	return cipher.NewGCMWithNonceSize(block, nonceSize)
}

// openCBC opens AES-CBC and takes the PKCS #7 padding off. Padding that does not
// fit is ErrWrongPassphrase; by chance it fits one wrong key in 256, so the
// caller checks what it got unless a MAC was checked before.
func openCBC(key, iv, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(iv) != aes.BlockSize || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%w: the encrypted part does not consist of whole blocks", ErrDamaged)
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	n := int(plain[len(plain)-1])
	if n < 1 || n > aes.BlockSize || !bytes.Equal(plain[len(plain)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, ErrWrongPassphrase
	}
	return plain[:len(plain)-n], nil
}

// sealCBC is the opposite of openCBC.
func sealCBC(key, iv, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cannot encrypt: %w", err)
	}
	n := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	sealed := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, padded)
	return sealed, nil
}

// fromBase64 decodes standard base64, with or without its padding, and names
// the field in the error.
func fromBase64(field, text string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(text), "="))
	if err != nil {
		return nil, fmt.Errorf("%w: %s is not base64", ErrDamaged, field)
	}
	return b, nil
}

// fromBase64s is fromBase64 for several fields, each a name and its text.
func fromBase64s(fields ...[2]string) ([][]byte, error) {
	all := make([][]byte, len(fields))
	for i, f := range fields {
		var err error
		if all[i], err = fromBase64(f[0], f[1]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func toBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// randomBytes takes n bytes from the writer's source of randomness.
func (o Options) randomBytes(n int) ([]byte, error) {
	if o.Rand == nil {
		return nil, fmt.Errorf("cannot encrypt: no randomness was given")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(o.Rand, b); err != nil {
		return nil, fmt.Errorf("cannot read random bytes: %w", err)
	}
	return b, nil
}

// uuid returns a random UUID of version 4 (RFC 9562).
func (o Options) uuid() (string, error) {
	b, err := o.randomBytes(16)
	if err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// newPassphrase asks a writer's passphrase; an empty one is refused.
func (o Options) newPassphrase(what string) ([]byte, error) {
	if o.Passphrase == nil {
		return nil, fmt.Errorf("to encrypt %s: %w", what, ErrPassphraseNeeded)
	}
	p, err := o.Passphrase(what)
	if err == nil && len(p) == 0 {
		err = fmt.Errorf("to encrypt %s: %w", what, ErrPassphraseNeeded)
	}
	return p, err
}

// sealing is what an encrypting writer begins with: its passphrase, and n random
// bytes for salt and nonce.
func (o Options) sealing(what string, n int) (passphrase, random []byte, err error) {
	if passphrase, err = o.newPassphrase(what); err == nil {
		random, err = o.randomBytes(n)
	}
	return passphrase, random, err
}
