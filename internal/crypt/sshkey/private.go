package sshkey

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
)

// maxFile is the size of the largest file that is looked at. The largest key
// that ssh-keygen makes takes 13 KiB.
const maxFile = 1 << 20

// ParseIdentity reads a private key file that is not protected. Its errors:
// ErrDamaged, ErrType, ErrCipher, ErrRounds, and *PassphraseMissingError for one
// that is, which NewProtectedIdentity takes.
func ParseIdentity(text []byte) (*Identity, error) { return parsePrivate(text, nil) }

// parsePrivate reads every form. A nil passphrase means that there is none.
func parsePrivate(text, passphrase []byte) (*Identity, error) {
	if len(text) > maxFile {
		return nil, ErrDamaged
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrDamaged
	}
	switch block.Type {
	case "OPENSSH PRIVATE KEY":
		return parseOpenSSH(block, passphrase)
	case "RSA PRIVATE KEY":
		return parseLegacy(block, passphrase)
	case "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	case "EC PRIVATE KEY", "DSA PRIVATE KEY":
		return nil, ErrType
	}
	return nil, ErrDamaged
}

// maxDER is the most that the DER forms may have. An RSA key of 16384 bits takes
// 9260 bytes; checking one of 32000 takes 45 ms, and four times that for every
// doubling.
const maxDER = 16 << 10

func parsePKCS1(der []byte) (*Identity, error) {
	if len(der) > maxDER {
		return nil, ErrDamaged
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, ErrDamaged
	}
	return rsaIdentity(key)
}

func parsePKCS8(der []byte) (*Identity, error) {
	if len(der) > maxDER {
		return nil, ErrDamaged
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, ErrDamaged
	}
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519Identity(key.Seed())
	case *rsa.PrivateKey:
		return rsaIdentity(key)
	}
	return nil, ErrType
}
