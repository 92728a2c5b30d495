package sshkey

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
)

// damageable are keys in every form, as PEM blocks.
func damageable(t testing.TB) map[string]*pem.Block {
	t.Helper()
	key := newRSA(t, 2048)
	ed := newEd25519(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	rsa8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	openssh, _ := pem.Decode(opensshText(t, ed))
	opensshRSA, _ := pem.Decode(opensshText(t, key))
	return map[string]*pem.Block{
		"ed25519":        openssh,
		"rsa":            opensshRSA,
		"ed25519, PKCS8": {Type: "PRIVATE KEY", Bytes: pkcs8},
		"rsa, PKCS8":     {Type: "PRIVATE KEY", Bytes: rsa8},
		"rsa, PKCS1":     {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)},
	}
}

// TestFlips changes every byte of an Ed25519 key, and every 13th of the longer
// RSA keys. Either it is refused, or it is the key that the judge finds: it may
// be that only the comment was hit.
func TestFlips(t *testing.T) {
	t.Parallel()
	taken := 0
	for name, block := range damageable(t) {
		step := 1 + len(block.Bytes)/500*6
		for i := 0; i < len(block.Bytes); i += step {
			for _, mask := range []byte{1, 0x80, 0xff} {
				bad := &pem.Block{Type: block.Type, Bytes: bytes.Clone(block.Bytes)}
				bad.Bytes[i] ^= mask
				text := pem.EncodeToMemory(bad)
				agree(t, text)
				if _, err := ParseIdentity(text); err == nil {
					taken++
				}
			}
			if t.Failed() {
				t.Fatalf("%s: byte %d", name, i)
			}
		}
	}
	if taken == 0 {
		t.Error("no flip leaves a key: not even one in the comment")
	}
}

// TestTruncated cuts a key after every byte: it is refused, and so is the file
// that was cut.
func TestTruncated(t *testing.T) {
	for name, block := range damageable(t) {
		for n := range block.Bytes {
			text := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes[:n]})
			if _, err := ParseIdentity(text); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s, %d bytes: %v", name, n, err)
			}
			agree(t, text)
		}
		text := pem.EncodeToMemory(block)
		for n := range len(text) - 1 { // the last is a line break
			if _, err := ParseIdentity(text[:n]); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s, %d bytes of the file: %v", name, n, err)
			}
		}
	}
}

// TestProtectedFlips: a flip in an encrypted key changes one bit of the inside,
// so that the passphrase looks wrong, or the key is damaged, or all is well.
func TestProtectedFlips(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(cheapText(t, newEd25519(t)))
	for i := 0; i < len(block.Bytes); i += 3 {
		if rounds := i >= 63 && i < 66; rounds {
			continue // up to 2³² rounds: TestRounds
		}
		bad := &pem.Block{Type: block.Type, Bytes: bytes.Clone(block.Bytes)}
		bad.Bytes[i] ^= 1
		text := pem.EncodeToMemory(bad)
		agree(t, text)
		agreeOpen(t, text)
		if t.Failed() {
			t.Fatalf("byte %d", i)
		}
	}
}

// TestRSAFields: every number of an RSA key matters.
func TestRSAFields(t *testing.T) {
	key := newRSA(t, 2048)
	for i, name := range []string{"n", "e", "d", "the coefficient", "p", "q"} {
		for change, f := range map[string]func([]byte) []byte{
			"low bits": func(b []byte) []byte { b[len(b)-1] ^= 2; return b },
			"negative": func(b []byte) []byte { return append([]byte{0x80}, b...) },
			"longer":   func(b []byte) []byte { return append(append([]byte{}, b...), make([]byte, 2000)...) },
			"zero":     func([]byte) []byte { return nil },
		} {
			p := partsOf(t, key)
			p.private = withField(p.private, i, f)
			text := p.text()
			if _, err := ParseIdentity(text); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s, %s: %v", name, change, err)
			}
			agree(t, text)
		}
	}
}

// withField changes the n-th integer of the inside of an RSA key.
func withField(private []byte, n int, f func([]byte) []byte) []byte {
	r := reader{rest: private}
	out := bytes.Clone(r.take(8))
	out = appendString(out, r.bytes())
	for range n {
		out = appendString(out, r.bytes())
	}
	out = appendString(out, f(bytes.Clone(r.bytes())))
	return append(out, r.rest...)
}
