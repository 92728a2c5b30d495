package sshkey

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"slices"
	"testing"

	"github.com/dchest/bcrypt_pbkdf"
)

// parts is a container taken apart, to be changed and put together again.
type parts struct {
	cipher, kdf, salt string
	rounds, keys      uint32
	options           []byte // instead of salt and rounds
	public, private   []byte
	behind            string
}

// partsOf takes a key that the judge wrote without passphrase.
func partsOf(t testing.TB, key any) parts {
	t.Helper()
	block, _ := pem.Decode(opensshText(t, key))
	r := reader{rest: block.Bytes[len(opensshMagic):]}
	p := parts{cipher: string(r.bytes()), kdf: string(r.bytes()), options: r.bytes(), keys: r.uint32(), public: r.bytes(), private: r.bytes()}
	if !r.done() {
		t.Fatal("the judge's container is not understood")
	}
	return p
}

// protect encrypts the inside. Keys with more rounds than a test can bear are
// left in the clear: they are refused, or asked about, before that is seen.
func (p parts) protect(t testing.TB, name string, rounds uint32) parts {
	t.Helper()
	p.cipher, p.kdf, p.salt, p.rounds, p.options = name, "bcrypt", "0123456789abcdef", rounds, nil
	p.private = padFurther(p.private)
	if rounds < 1 || rounds > 8 {
		return p
	}
	key, err := bcrypt_pbkdf.Key([]byte(phrase), []byte(p.salt), int(rounds), 48)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		t.Fatal(err)
	}
	if name == "aes256-cbc" {
		cipher.NewCBCEncrypter(block, key[32:]).CryptBlocks(p.private, p.private)
	} else {
		cipher.NewCTR(block, key[32:]).XORKeyStream(p.private, p.private)
	}
	return p
}

// padFurther goes on from padding for blocks of 8 bytes to blocks of 16.
func padFurther(private []byte) []byte {
	out := slices.Clone(private)
	next := byte(1)
	if last := out[len(out)-1]; last < 8 {
		next = last + 1
	}
	for ; len(out)%16 != 0; next++ {
		out = append(out, next)
	}
	return out
}

func (p parts) text() []byte {
	b := appendString(appendString([]byte(opensshMagic), p.cipher), p.kdf)
	if p.kdf == "bcrypt" && p.options == nil {
		p.options = binary.BigEndian.AppendUint32(appendString(nil, p.salt), p.rounds)
	}
	b = binary.BigEndian.AppendUint32(appendString(b, p.options), p.keys)
	b = append(appendString(appendString(b, p.public), p.private), p.behind...)
	return pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: b})
}

// cheapText is a key in OpenSSH's form with a passphrase of one round.
func cheapText(t testing.TB, key any) []byte {
	t.Helper()
	return partsOf(t, key).protect(t, "aes256-ctr", 1).text()
}

// TestRounds: the bound on the work, exactly, and before a passphrase is asked.
func TestRounds(t *testing.T) {
	p := partsOf(t, newEd25519(t))
	for rounds, want := range map[uint32]error{
		0: ErrDamaged, 1: nil, 16: nil, 2047: nil, 2048: nil, 2049: ErrRounds, 1<<31 + 1: ErrRounds, 1<<32 - 1: ErrRounds,
	} {
		_, err := ParseIdentity(p.protect(t, "aes256-ctr", rounds).text())
		var missing *PassphraseMissingError
		if want == nil && !errors.As(err, &missing) || want != nil && !errors.Is(err, want) {
			t.Errorf("%d rounds: %v, want %v", rounds, err, want)
		}
		if want == nil {
			continue // would take its time
		}
		if _, err = parsePrivate(p.protect(t, "aes256-ctr", rounds).text(), []byte(phrase)); !errors.Is(err, want) {
			t.Errorf("%d rounds, with a passphrase: %v, want %v", rounds, err, want)
		}
	}
}

// TestContainer: what a container may not be. Each case is a good key with one
// thing changed.
func TestContainer(t *testing.T) {
	key := newEd25519(t)
	other := partsOf(t, newEd25519(t))
	ecdsa := appendString(nil, "ecdsa-sha2-nistp256")
	open := func(text []byte) error { _, err := parsePrivate(text, []byte(phrase)); return err }
	for name, c := range map[string]struct {
		change func(*parts)
		want   error
	}{
		"nothing":             {func(*parts) {}, nil},
		"protected, ctr":      {func(p *parts) { *p = p.protect(t, "aes256-ctr", 2) }, nil},
		"protected, cbc":      {func(p *parts) { *p = p.protect(t, "aes256-cbc", 2) }, nil},
		"bytes behind":        {func(p *parts) { p.behind = "x" }, ErrDamaged},
		"no key":              {func(p *parts) { p.keys = 0 }, ErrDamaged},
		"two keys":            {func(p *parts) { p.keys = 2 }, ErrDamaged},
		"cipher without kdf":  {func(p *parts) { p.cipher = "aes256-ctr" }, ErrDamaged},
		"kdf without cipher":  {func(p *parts) { p.kdf = "bcrypt" }, ErrDamaged},
		"options without kdf": {func(p *parts) { p.options = []byte("x") }, ErrDamaged},
		"unknown kdf":         {func(p *parts) { *p = p.protect(t, "aes256-ctr", 1); p.kdf = "scrypt" }, ErrCipher},
		"unknown cipher":      {func(p *parts) { *p = p.protect(t, "aes128-ctr", 1) }, ErrCipher},
		"empty salt":          {func(p *parts) { *p = p.protect(t, "aes256-ctr", 1); p.salt = "" }, ErrDamaged},
		"huge salt":           {func(p *parts) { *p = p.protect(t, "aes256-ctr", 1); p.options = []byte("\xff\xff\xff\xffx") }, ErrDamaged},
		"behind the rounds": {func(p *parts) {
			*p = p.protect(t, "aes256-ctr", 1)
			p.options = []byte("\x00\x00\x00\x01s\x00\x00\x00\x01x")
		}, ErrDamaged},
		"cbc with a cut block": {func(p *parts) { *p = p.protect(t, "aes256-cbc", 1); p.private = p.private[:33] }, ErrDamaged},
		"protected nothing":    {func(p *parts) { *p = p.protect(t, "aes256-ctr", 1); p.private = nil }, ErrPassphrase},
		"other public key":     {func(p *parts) { p.public = other.public }, ErrDamaged},
		"ecdsa shown":          {func(p *parts) { p.public = ecdsa }, ErrType},
		"unknown type shown":   {func(p *parts) { p.public = appendString(nil, "ssh-new") }, ErrDamaged},
		"rsa inside": {func(p *parts) {
			p.private = append(append(p.private[:8:8], appendString(nil, "ssh-rsa")...), p.private[23:]...)
		}, ErrDamaged},
		"check numbers":         {func(p *parts) { p.private[7] ^= 1 }, ErrDamaged},
		"public key inside":     {func(p *parts) { p.private[8+15+4] ^= 1 }, ErrDamaged},
		"seed":                  {func(p *parts) { p.private[8+15+36+4] ^= 1 }, ErrDamaged},
		"public key after seed": {func(p *parts) { p.private[8+15+36+4+32] ^= 1 }, ErrDamaged},
		"comment":               {func(p *parts) { p.private[8+15+36+68+4] ^= 1 }, nil},
		"padding":               {func(p *parts) { p.private[len(p.private)-1] ^= 1 }, ErrDamaged},
		"padding of a block":    {func(p *parts) { p.private = append(p.private, 5, 6, 7, 8) }, nil},
		"empty inside":          {func(p *parts) { p.private = nil }, ErrDamaged},
	} {
		p := partsOf(t, key)
		p.private = slices.Clone(p.private)
		c.change(&p)
		if err := open(p.text()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
