package sshkey

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestSizes: what is larger than any key is refused before work is done on it.
func TestSizes(t *testing.T) {
	ed := newEd25519(t)
	good := string(opensshText(t, ed))
	pkcs1 := x509.MarshalPKCS1PrivateKey(newRSA(t, 2048))
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"the largest file":       {strings.Repeat("\n", maxFile-len(good)) + good, nil},
		"too large a file":       {strings.Repeat("\n", maxFile-len(good)+1) + good, ErrDamaged},
		"the largest PKCS#1":     {pemText("RSA PRIVATE KEY", grown(t, pkcs1, maxDER)), nil},
		"too large a PKCS#1":     {pemText("RSA PRIVATE KEY", grown(t, pkcs1, maxDER+1)), ErrDamaged},
		"the largest PKCS#8":     {pemText("PRIVATE KEY", grown(t, pkcs8, maxDER)), nil},
		"too large a PKCS#8":     {pemText("PRIVATE KEY", grown(t, pkcs8, maxDER+1)), ErrDamaged},
		"16384 bits, PKCS#1":     {pemText("RSA PRIVATE KEY", calculated(t, 8192)), nil},
		"16386 bits, PKCS#1":     {pemText("RSA PRIVATE KEY", calculated(t, 8193)), ErrDamaged},
		"headers":                {withHeader(good), ErrDamaged},
		"encrypted, no DEK-Info": {withHeader(pemText("RSA PRIVATE KEY", pkcs1)), ErrDamaged},
		"an unknown form":        {pemText("ENCRYPTED PRIVATE KEY", pkcs8), ErrDamaged},
		"no PEM":                 {"-----BEGIN OPENSSH PRIVATE KEY-----", ErrDamaged},
	} {
		if _, err := ParseIdentity([]byte(c.text)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if _, err := ssh.ParseRawPrivateKey([]byte(c.text)); c.want == nil && err != nil {
			t.Errorf("%s: the judge says %v", name, err)
		}
	}
}

func pemText(kind string, data []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
}

func withHeader(text string) string {
	return strings.Replace(text, "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1)
}

// grown puts another element into a DER sequence of more than 20 bytes, so that
// it has the size: readers pass over what they do not expect at the end.
func grown(t *testing.T, der []byte, size int) []byte {
	t.Helper()
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(der, &seq); err != nil {
		t.Fatal(err)
	}
	more, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 5, Bytes: make([]byte, size-len(seq.Bytes)-8)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(seq.Bytes, more...)})
	if err != nil || len(out) != size {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
	return out
}

// calculated is an RSA key in PKCS#1 of odd numbers that are no primes: to find
// primes of that size takes minutes, and the reader of this form does not look.
func calculated(t *testing.T, bits int) []byte {
	t.Helper()
	one, e := big.NewInt(1), big.NewInt(65537)
	for range 1000 {
		p, q := oddNumber(t, bits), oddNumber(t, bits)
		p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
		phi := new(big.Int).Mul(p1, q1)
		d := new(big.Int).ModInverse(e, phi.Div(phi, new(big.Int).GCD(nil, nil, p1, q1)))
		inverse := new(big.Int).ModInverse(q, p)
		if d == nil || inverse == nil {
			continue
		}
		der, err := asn1.Marshal(struct{ Version, N, E, D, P, Q, Dp, Dq, Qinv *big.Int }{
			new(big.Int), new(big.Int).Mul(p, q), e, d, p, q, new(big.Int).Mod(d, p1), new(big.Int).Mod(d, q1), inverse,
		})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	t.Fatal("no such key was found")
	return nil
}

func oddNumber(t *testing.T, bits int) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	if err != nil {
		t.Fatal(err)
	}
	return n.SetBit(n.SetBit(n.SetBit(n, 0, 1), bits-1, 1), bits-2, 1)
}
