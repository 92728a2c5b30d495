package sshkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/pem"
	"math/big"
)

const opensshMagic = "openssh-key-v1\x00"

// container is the outside of a key in OpenSSH's form (PROTOCOL.key §1).
type container struct {
	cipher, kdf string
	options     []byte // of the key derivation
	public      *PublicKey
	private     []byte // perhaps encrypted
}

func parseOpenSSH(block *pem.Block, passphrase []byte) (*Identity, error) {
	if len(block.Headers) > 0 {
		return nil, ErrDamaged
	}
	c, err := parseContainer(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, err := c.decrypt(passphrase)
	if err != nil {
		return nil, err
	}
	return c.parsePrivate(private)
}

func parseContainer(data []byte) (container, error) {
	data, isOpenSSH := bytes.CutPrefix(data, []byte(opensshMagic))
	r := reader{rest: data}
	c := container{cipher: string(r.bytes()), kdf: string(r.bytes()), options: r.bytes()}
	keys, public := r.uint32(), r.bytes()
	c.private = r.bytes()
	// The format provides for several keys; no program writes or reads them.
	if !isOpenSSH || !r.done() || keys != 1 || (c.cipher == "none") != (c.kdf == "none") {
		return container{}, ErrDamaged
	}
	var err error
	c.public, err = parseBlob(public)
	return c, err
}

// parsePrivate reads the inside (PROTOCOL.key §3): two equal numbers that show
// that it was decrypted rightly, the key, a comment, and the padding 1, 2, 3, …
func (c container) parsePrivate(data []byte) (*Identity, error) {
	r := reader{rest: data}
	if a, b := r.uint32(), r.uint32(); a != b || r.failed {
		if c.cipher != "none" {
			return nil, ErrPassphrase
		}
		return nil, ErrDamaged
	}
	if string(r.bytes()) != string(c.public.Type()) {
		return nil, ErrDamaged
	}
	parse := parseEd25519Fields
	if c.public.Type() == RSA {
		parse = parseRSAFields
	}
	id, err := parse(&r)
	if err != nil {
		return nil, err
	}
	_ = r.bytes() // the comment
	if r.failed || !isPadding(r.rest) || !id.public.equal(c.public) {
		return nil, ErrDamaged
	}
	return id, nil
}

// parseEd25519Fields reads the public key, then the seed with the public key
// once more: what libsodium calls a secret key.
func parseEd25519Fields(r *reader) (*Identity, error) {
	public, private := r.bytes(), r.bytes()
	if r.failed || len(private) != ed25519.PrivateKeySize {
		return nil, ErrDamaged
	}
	id, err := ed25519Identity(private[:ed25519.SeedSize])
	if err != nil {
		return nil, err
	}
	if !id.public.edwards.Equal(ed25519.PublicKey(public)) || !id.public.edwards.Equal(ed25519.PublicKey(private[ed25519.SeedSize:])) {
		return nil, ErrDamaged
	}
	return id, nil
}

// parseRSAFields reads n, e, d, q⁻¹ mod p, p and q. Their sizes are bounded
// before they are calculated with.
func parseRSAFields(r *reader) (*Identity, error) {
	n, e, d, inverse, p, q := r.positive(), r.positive(), r.positive(), r.positive(), r.positive(), r.positive()
	if r.failed || !plausible(n, e) || d.BitLen() > n.BitLen() || p.BitLen() > maxBits/2 || q.BitLen() > maxBits/2 {
		return nil, ErrDamaged
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())},
		D:         d,
		Primes:    []*big.Int{p, q},
	}
	if key.Validate() != nil {
		return nil, ErrDamaged
	}
	if key.Precompute(); key.Precomputed.Qinv.Cmp(inverse) != 0 {
		return nil, ErrDamaged
	}
	return rsaIdentity(key)
}

func isPadding(b []byte) bool {
	for i, v := range b {
		if int(v) != i+1 {
			return false
		}
	}
	return true
}
