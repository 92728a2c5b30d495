package sshkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"

	"golang.org/x/crypto/ssh"
)

// agree holds our reading of a private key file against the judge's. We may not
// take what it refuses, nor find another key; and we refuse what it takes only
// for the reasons in the package's comment.
func agree(t testing.TB, text []byte) {
	t.Helper()
	ours, err := ParseIdentity(text)
	key, judgeErr := ssh.ParseRawPrivateKey(text)
	var missing *PassphraseMissingError
	var judgeMissing *ssh.PassphraseMissingError
	switch {
	case err == nil && judgeErr != nil:
		t.Errorf("we take what the judge refuses: %v", judgeErr)
	case err == nil:
		sameKey(t, ours, key)
	case errors.As(err, &missing) && !errors.As(judgeErr, &judgeMissing):
		t.Errorf("a passphrase is missing, but the judge says %v", judgeErr)
	case errors.As(err, &missing):
		samePublic(t, missing.PublicKey, judgeMissing.PublicKey)
	case errors.As(judgeErr, &judgeMissing):
		// Nothing is lost: whether the judge could open it is seen in agreeOpen.
	case judgeErr == nil && usable(key) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrType):
		t.Errorf("an error of the wrong type: %v", err)
	case judgeErr == nil && usable(key) && !stricter(text, nil):
		t.Errorf("we refuse what the judge takes: %v", err)
	}
}

// agreeOpen is agree for a file with the passphrase of the tests.
func agreeOpen(t testing.TB, text []byte) {
	t.Helper()
	ours, err := parsePrivate(text, []byte(phrase))
	key, judgeErr := ssh.ParseRawPrivateKeyWithPassphrase(text, []byte(phrase))
	switch {
	case err == nil && judgeErr != nil:
		if _, plain := ParseIdentity(text); plain != nil {
			t.Errorf("we open what the judge does not: %v", judgeErr)
		}
	case err == nil:
		sameKey(t, ours, key)
	case judgeErr == nil && usable(key) && !stricter(text, []byte(phrase)):
		t.Errorf("we do not open what the judge does: %v", err)
	}
}

func samePublic(t testing.TB, ours *PublicKey, theirs ssh.PublicKey) {
	t.Helper()
	if (ours == nil) != (theirs == nil) || ours != nil && !bytes.Equal(ours.blob, theirs.Marshal()) {
		t.Errorf("public key %v, the judge has %v", ours, theirs)
	}
}

func usable(key any) bool {
	switch key.(type) {
	case *ecdsa.PrivateKey:
		return false
	case ed25519.PrivateKey, *ed25519.PrivateKey, *rsa.PrivateKey:
		return true
	}
	return false
}

// stricter finds one of the reasons for which we refuse more than the judge, in
// a way of its own: with the judge's reader for the data types.
func stricter(text, passphrase []byte) bool {
	block, _ := pem.Decode(text)
	if block == nil || len(text) > maxFile {
		return true
	}
	if block.Type != "OPENSSH PRIVATE KEY" {
		key, err := ssh.ParseRawPrivateKey(text)
		k, isRSA := key.(*rsa.PrivateKey)
		return len(block.Bytes) > maxDER || err == nil && isRSA && k.N.BitLen() > maxBits
	}
	var c struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
		Rest                 []byte `ssh:"rest"`
	}
	if ssh.Unmarshal(block.Bytes[len(opensshMagic):], &c) != nil {
		return false
	}
	if len(block.Headers) > 0 || len(c.Rest) > 0 || (c.Cipher == "none") != (c.KDF == "none") {
		return true
	}
	key, err := ssh.ParseRawPrivateKey(text)
	if passphrase != nil {
		key, err = ssh.ParseRawPrivateKeyWithPassphrase(text, passphrase)
		c.Private = decrypted(c.Cipher, c.KDF, c.Options, c.Private)
	}
	return err == nil && contradicts(key, c.Public, c.Private)
}

func decrypted(cipher, kdf, options string, private []byte) []byte {
	out, err := container{cipher: cipher, kdf: kdf, options: []byte(options), private: private}.decrypt([]byte(phrase))
	if err != nil {
		return nil
	}
	return out
}

// contradicts: the parts of the key are not one key's.
func contradicts(key any, public, private []byte) bool {
	if k, ok := key.(*ed25519.PrivateKey); ok {
		var in struct {
			A, B        uint32
			Type        string
			Public, Key []byte
			Rest        []byte `ssh:"rest"`
		}
		derived := ed25519.NewKeyFromSeed(k.Seed())
		blob := ed25519Public(derived.Public().(ed25519.PublicKey)).blob
		return ssh.Unmarshal(private, &in) != nil || !bytes.Equal(in.Public, derived[32:]) || !bytes.Equal(*k, derived) || !bytes.Equal(blob, public)
	}
	var in struct {
		A, B                uint32
		Type                string
		N, E, D, Qinv, P, Q *big.Int
		Rest                []byte `ssh:"rest"`
	}
	k, ok := key.(*rsa.PrivateKey)
	if !ok || ssh.Unmarshal(private, &in) != nil {
		return true
	}
	shown, err := ssh.ParsePublicKey(public)
	return err != nil || !bytes.Equal(shown.Marshal(), rsaPublic(&k.PublicKey).blob) ||
		in.D.BitLen() > in.N.BitLen() || in.N.Bit(0) == 0 || k.Precomputed.Qinv.Cmp(in.Qinv) != 0
}
