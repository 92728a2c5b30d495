package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// FuzzPublic: a text of public keys never makes us panic, and we find the key
// that the judge finds; see the package's comment for what we refuse besides.
func FuzzPublic(f *testing.F) {
	ed := "ssh-ed25519 " + encode(ed25519Public(newEd25519(f).Public().(ed25519.PublicKey)).blob)
	long := "ssh-rsa " + encode(rsaPublic(&newRSA(f, 2048).PublicKey).blob)
	for _, seed := range []string{ed, long, "# x\n\n" + ed + " a comment\r\n", `command="a \" b",restrict ` + long, "ssh-dss AAAAB3NzaC1kc3M=\n" + ed, "restrict " + ed, ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ours, err := ParsePublicKey(text)
		judge, _, _, _, judgeErr := ssh.ParseAuthorizedKey(text)
		switch {
		case err == nil && judgeErr != nil:
			t.Errorf("we take what the judge refuses: %v", judgeErr)
		case err == nil && !bytes.Equal(ours.blob, judge.Marshal()):
			t.Errorf("%x, the judge has %x", ours.blob, judge.Marshal())
		case err == nil:
			sameRecipient(t, ours, judge)
		case judgeErr == nil && !errors.Is(err, ErrType) && !otherType(judge.Type()) && !implausible(judge):
			t.Errorf("we refuse what the judge takes: %v", err)
		}
	})
}

// FuzzBlob is FuzzPublic for the bytes inside of the base64.
func FuzzBlob(f *testing.F) {
	f.Add(ed25519Public(newEd25519(f).Public().(ed25519.PublicKey)).blob)
	f.Add(rsaPublic(&newRSA(f, 2048).PublicKey).blob)
	f.Fuzz(func(t *testing.T, blob []byte) {
		ours, err := parseBlob(blob)
		judge, judgeErr := ssh.ParsePublicKey(blob)
		switch {
		case err == nil && (judgeErr != nil || !bytes.Equal(ours.blob, judge.Marshal())):
			t.Errorf("we take what the judge does not: %v", judgeErr)
		case err == nil:
			sameRecipient(t, ours, judge)
		case judgeErr == nil && !otherType(judge.Type()) && !implausible(judge):
			t.Errorf("we refuse what the judge takes: %v", err)
		}
	})
}

// implausible: an RSA key whose modulus is even or negative.
func implausible(k ssh.PublicKey) bool {
	key, ok := k.(ssh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey)
	return ok && (key.N.Sign() <= 0 || key.N.Bit(0) == 0)
}

func sameRecipient(t *testing.T, ours *PublicKey, judge ssh.PublicKey) {
	t.Helper()
	r, err := ours.Recipient()
	theirs, judgeErr := judgeRecipient(judge)
	if (err == nil) != (judgeErr == nil) {
		t.Fatalf("recipient: %v, the judge says %v", err, judgeErr)
	}
	if err != nil {
		return
	}
	_, err = r.Wrap(make([]byte, 16))
	if _, judgeErr = theirs.Wrap(make([]byte, 16)); (err == nil) != (judgeErr == nil) {
		t.Errorf("wrapping: %v, the judge says %v", err, judgeErr)
	}
}

// FuzzPrivate: whatever a file holds, we agree with the judge.
func FuzzPrivate(f *testing.F) {
	for _, block := range damageable(f) {
		f.Add(pem.EncodeToMemory(block))
	}
	f.Add(cheapText(f, newEd25519(f)))
	f.Add([]byte(pemText("EC PRIVATE KEY", []byte("x"))))
	//lint:ignore SA1019 the form exists
	old, err := x509.EncryptPEMBlock(bytes.NewReader(make([]byte, 16)), "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(newRSA(f, 2048)), []byte(phrase), x509.PEMCipherAES128)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(old))
	f.Fuzz(func(t *testing.T, text []byte) {
		agree(t, text)
		if affordable(text) {
			agreeOpen(t, text)
		}
	})
}

// FuzzContainer is FuzzPrivate for the bytes inside of OpenSSH's form, which
// changes of a text seldom leave whole.
func FuzzContainer(f *testing.F) {
	for _, text := range [][]byte{opensshText(f, newEd25519(f)), opensshText(f, newRSA(f, 2048)), cheapText(f, newEd25519(f)), partsOf(f, newEd25519(f)).protect(f, "aes256-cbc", 1).text()} {
		block, _ := pem.Decode(text)
		f.Add(block.Bytes)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text := []byte(pemText("OPENSSH PRIVATE KEY", data))
		agree(t, text)
		if affordable(text) {
			agreeOpen(t, text)
		}
	})
}

// FuzzInside is FuzzContainer for the inside of a container that fits it. It is
// left in the clear: bcrypt would take all the time.
func FuzzInside(f *testing.F) {
	plain := map[string]parts{"ed25519": partsOf(f, newEd25519(f)), "rsa": partsOf(f, newRSA(f, 2048))}
	for _, p := range plain {
		f.Add(p.public, p.private)
	}
	f.Fuzz(func(t *testing.T, public, private []byte) {
		p := parts{cipher: "none", kdf: "none", keys: 1, public: public, private: private}
		agree(t, p.text())
	})
}

// affordable: at most 2 rounds, of which the judge and we take 10 ms each.
func affordable(text []byte) bool {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "OPENSSH PRIVATE KEY" {
		return block != nil
	}
	c, err := parseContainer(block.Bytes)
	if err != nil {
		return false
	}
	_, rounds, err := c.derivation()
	return err == nil && rounds <= 2
}

// FuzzUnwrap: whatever a stanza says, our identity and the judge's do the same
// with it: open it, pass it by, or call it malformed.
func FuzzUnwrap(f *testing.F) {
	seed := bytes.Repeat([]byte{7}, 32)
	ed, err := ed25519Identity(seed)
	if err != nil {
		f.Fatal(err)
	}
	judge, err := agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		f.Fatal(err)
	}
	s, err := judge.Recipient().Wrap([]byte("sixteen byte key"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s[0].Type, s[0].Args[0], s[0].Args[1], 2, s[0].Body)
	f.Add("ssh-rsa", s[0].Args[0], "", 1, s[0].Body)
	f.Add(s[0].Type, s[0].Args[0], base64.RawStdEncoding.EncodeToString(make([]byte, 32)), 2, []byte{})
	f.Fuzz(func(t *testing.T, kind, first, second string, n int, body []byte) {
		args := []string{first, second, first}
		stanza := &age.Stanza{Type: kind, Args: args[:min(uint(n), 3)], Body: body}
		key, err := ed.Unwrap([]*age.Stanza{stanza})
		theirs, judgeErr := judge.Unwrap([]*age.Stanza{stanza})
		if !bytes.Equal(key, theirs) || (err == nil) != (judgeErr == nil) ||
			errors.Is(err, age.ErrIncorrectIdentity) != errors.Is(judgeErr, age.ErrIncorrectIdentity) {
			t.Errorf("%x, %v; the judge: %x, %v", key, err, theirs, judgeErr)
		}
	})
}
