package sshkey

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// parseLegacy reads PKCS#1, which OpenSSH wrote before version 7.8 and still
// writes when told to (ssh-keygen -m PEM).
func parseLegacy(block *pem.Block, passphrase []byte) (*Identity, error) {
	if !strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return parsePKCS1(block.Bytes)
	}
	//lint:ignore SA1019 reading weak encryption weakens nothing; the key is there already
	if !x509.IsEncryptedPEMBlock(block) || len(block.Bytes) > maxDER {
		return nil, ErrDamaged
	}
	if passphrase == nil {
		return nil, &PassphraseMissingError{}
	}
	//lint:ignore SA1019 as above
	der, err := x509.DecryptPEMBlock(block, passphrase)
	if err != nil {
		return nil, ErrPassphrase
	}
	// One wrong passphrase in 256 leaves what looks like right padding, so
	// noise, too, means a wrong passphrase.
	id, err := parsePKCS1(der)
	if err != nil {
		return nil, ErrPassphrase
	}
	return id, nil
}
