package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func mustJudgePublic(t testing.TB, k *PublicKey) ssh.PublicKey {
	t.Helper()
	public, err := ssh.ParsePublicKey(k.blob)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func encode(blob []byte) string { return base64.StdEncoding.EncodeToString(blob) }

func rsaBlob(e, n *big.Int) []byte {
	return appendInt(appendInt(appendString(nil, "ssh-rsa"), e), n)
}

// TestPublicLines: what a file of public keys may hold. The judge has its say on
// every line; "stricter" are the ones that it takes and we do not.
func TestPublicLines(t *testing.T) {
	ed := ed25519Public(newEd25519(t).Public().(ed25519.PublicKey))
	rsa := rsaPublic(&newRSA(t, 2048).PublicKey)
	e, r := "ssh-ed25519 "+encode(ed.blob), "ssh-rsa "+encode(rsa.blob)
	ec := encode(appendString(nil, "ecdsa-sha2-nistp256"))
	n := rsa.rsa.N
	padded := appendString(appendInt(appendString(nil, "ssh-rsa"), big.NewInt(65537)), append([]byte{0, 0, 0}, n.Bytes()...))
	negative := appendString(appendInt(appendString(nil, "ssh-rsa"), big.NewInt(65537)), append([]byte{0x81}, n.Bytes()...))
	for name, c := range map[string]struct {
		text     string
		want     *PublicKey // nil: refused
		err      error
		stricter bool
	}{
		"ed25519":                {text: e, want: ed},
		"rsa":                    {text: r, want: rsa},
		"comment":                {text: e + " ann@home  of hers\n", want: ed},
		"tabs and blanks":        {text: " \t" + strings.Replace(e, " ", " \t ", 1) + "\t\r\n", want: ed},
		"lines before":           {text: "# mine\n\n  \nnonsense\nmore nonsense\n" + r + "\n" + e, want: rsa},
		"options":                {text: `command="echo \"a b\"",restrict ` + e + " c", want: ed},
		"several options":        {text: `from="a b",no-pty ` + r, want: rsa},
		"unmatched quote":        {text: `command="echo ` + e, err: ErrDamaged},
		"an option as type":      {text: "restrict " + encode(ed.blob), err: ErrDamaged},
		"a type as option":       {text: "ssh-ed25519 " + r, want: rsa},
		"other type in words":    {text: "ssh-rsa " + encode(ed.blob), err: ErrDamaged},
		"no key":                 {text: "ssh-ed25519", err: ErrDamaged},
		"nothing":                {text: "", err: ErrDamaged},
		"not base64":             {text: "ssh-ed25519 %%%%", err: ErrDamaged},
		"cut":                    {text: e[:len(e)-4], err: ErrDamaged},
		"more behind":            {text: "ssh-ed25519 " + encode(append(bytes.Clone(ed.blob), 0)), err: ErrDamaged},
		"more behind rsa":        {text: "ssh-rsa " + encode(append(bytes.Clone(rsa.blob), 0)), err: ErrDamaged},
		"31 bytes":               {text: "ssh-ed25519 " + encode(appendString(appendString(nil, "ssh-ed25519"), make([]byte, 31))), err: ErrDamaged},
		"33 bytes":               {text: "ssh-ed25519 " + encode(appendString(appendString(nil, "ssh-ed25519"), make([]byte, 33))), err: ErrDamaged},
		"huge length":            {text: "ssh-ed25519 " + encode([]byte("\xff\xff\xff\xffssh-ed25519")), err: ErrDamaged},
		"rsa with zeros":         {text: "ssh-rsa " + encode(padded), want: rsa},
		"rsa of 16384 bits":      {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(3), odd(16384))), want: rsaOf(3, odd(16384))},
		"rsa of 16385 bits":      {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(3), odd(16385))), err: ErrDamaged},
		"exponent 1":             {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(1), n)), err: ErrDamaged},
		"exponent 0":             {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(0), n)), err: ErrDamaged},
		"even exponent":          {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(4), n)), err: ErrDamaged},
		"exponent of 24 bits":    {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(1<<24-1), n)), want: rsaOf(1<<24-1, n)},
		"exponent of 25 bits":    {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(1<<24+1), n)), err: ErrDamaged},
		"even modulus":           {text: "ssh-rsa " + encode(rsaBlob(big.NewInt(3), new(big.Int).Lsh(n, 1))), err: ErrDamaged, stricter: true},
		"negative modulus":       {text: "ssh-rsa " + encode(negative), err: ErrDamaged, stricter: true},
		"ecdsa":                  {text: "ecdsa-sha2-nistp256 " + ec, err: ErrType},
		"damaged ecdsa, then":    {text: "ecdsa-sha2-nistp256 " + ec + "\n" + e, err: ErrType, stricter: true},
		"ecdsa as other, then":   {text: "ecdsa-sha2-nistp384 " + ec + "\n" + e, want: ed},
		"unknown type, then":     {text: "ssh-new " + encode(appendString(nil, "ssh-new")) + "\n" + e, want: ed},
		"security key":           {text: "sk-ssh-ed25519@openssh.com " + encode(appendString(nil, "sk-ssh-ed25519@openssh.com")), err: ErrType},
		"certificate":            {text: "ssh-ed25519-cert-v01@openssh.com " + encode(appendString(nil, "ssh-ed25519-cert-v01@openssh.com")), err: ErrType},
		"dsa":                    {text: "ssh-dss " + encode(appendString(nil, "ssh-dss")), err: ErrType},
		"carriage return inside": {text: e[:30] + "\r" + e[30:], want: ed},
	} {
		got, err := ParsePublicKey([]byte(c.text))
		if !errors.Is(err, c.err) || (got == nil) != (c.want == nil) || got != nil && (!got.equal(c.want) || got.Type() != c.want.Type()) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		judge, _, _, _, judgeErr := ssh.ParseAuthorizedKey([]byte(c.text))
		if took := judgeErr == nil && !otherType(judge.Type()); took != (c.want != nil || c.stricter) {
			t.Errorf("%s: the judge says %v", name, judgeErr)
		}
		if c.want != nil && judgeErr == nil && !bytes.Equal(judge.Marshal(), got.blob) {
			t.Errorf("%s: the judge has another key", name)
		}
	}
}

// odd is a number of so many bits that could be a modulus for all one sees.
func odd(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return n.SetBit(n, 0, 1)
}

func rsaOf(e int, n *big.Int) *PublicKey { return rsaPublic(&rsa.PublicKey{N: n, E: e}) }

// TestRecipientSize: agessh's bound.
func TestRecipientSize(t *testing.T) {
	for bits, want := range map[uint]error{1024: ErrWeak, 2047: ErrWeak, 2048: nil, 2049: nil} {
		k := rsaOf(65537, odd(bits))
		_, err := k.Recipient()
		_, judge := judgeRecipient(mustJudgePublic(t, k))
		if !errors.Is(err, want) || (judge == nil) != (want == nil) {
			t.Errorf("%d bits: %v, the judge says %v", bits, err, judge)
		}
	}
}
