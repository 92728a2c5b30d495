package crypt

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

var (
	errSSHType   = errors.New("age cannot use this type of SSH key; ed25519 and rsa work")
	errSSHKey    = errors.New("the SSH private key is damaged or of an unknown form")
	errSSHCipher = errors.New("the SSH key is encrypted in an unknown way; ssh-keygen -p -Z aes256-ctr changes it")
	errSSHRounds = errors.New("the passphrase of the SSH key takes more than 2048 rounds of bcrypt; ssh-keygen -p -a 16 changes it")
)

// Limits of a private key file, so that nothing is calculated with numbers that no
// program writes. ssh-keygen's largest key, RSA of 16384 bits, takes 13 KB as a
// file and 9.3 KB inside of the older forms.
const (
	maxSSHFile   = 64 << 10
	maxSSHDER    = 16 << 10
	maxSSHRounds = 1 << 11 // 16 s on a slow machine; ssh-keygen takes 16 or 24
)

func sshKind(k ssh.PublicKey) (Kind, error) {
	switch k.Type() {
	case ssh.KeyAlgoED25519:
		return KindSSHEd25519, nil
	case ssh.KeyAlgoRSA:
		return KindSSHRSA, nil
	}
	return "", errSSHType
}

// sshRecipient returns the kind of the key, or the one it announces when it
// cannot be read.
func sshRecipient(text string, announced Kind) (age.Recipient, Kind, error) {
	k, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, announced, err
	}
	kind, err := sshKind(k)
	if err != nil {
		return nil, announced, err
	}
	r, err := agessh.ParseRecipient(text)
	return r, kind, err
}

// parseSSH reads a private key file. What no passphrase could open is refused
// before one is asked for.
func parseSSH(text []byte, o IdentityOptions) (Identity, error) {
	block, _ := pem.Decode(text)
	if block == nil || len(text) > maxSSHFile {
		return Identity{}, errSSHKey
	}
	var shown []byte
	switch block.Type {
	case "OPENSSH PRIVATE KEY":
		var err error
		if shown, err = checkContainer(block); err != nil {
			return Identity{}, err
		}
	case "EC PRIVATE KEY", "DSA PRIVATE KEY":
		return Identity{}, errSSHType
	default:
		if len(block.Bytes) > maxSSHDER {
			return Identity{}, errSSHKey
		}
	}
	key, err := ssh.ParseRawPrivateKey(text)
	if missing := (*ssh.PassphraseMissingError)(nil); errors.As(err, &missing) {
		return protectedSSH(text, missing.PublicKey, o)
	}
	if err != nil {
		return Identity{}, errSSHKey
	}
	return sshIdentity(key, shown)
}

// checkContainer reads the outside of a key in OpenSSH's form (PROTOCOL.key §1)
// and returns the public key that it shows, in its wire form.
func checkContainer(block *pem.Block) (shown []byte, err error) {
	const magic = "openssh-key-v1\x00"
	var c struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
		Rest                 []byte `ssh:"rest"`
	}
	data, ours := bytes.CutPrefix(block.Bytes, []byte(magic))
	if !ours || len(block.Headers) > 0 || ssh.Unmarshal(data, &c) != nil || (c.Cipher == "none") != (c.KDF == "none") {
		return nil, errSSHKey
	}
	if c.Cipher == "none" {
		return c.Public, nil
	}
	var work struct {
		Salt   string
		Rounds uint32
	}
	switch {
	case c.KDF != "bcrypt" || c.Cipher != "aes256-ctr" && c.Cipher != "aes256-cbc":
		return nil, errSSHCipher
	case ssh.Unmarshal([]byte(c.Options), &work) != nil || work.Salt == "" || work.Rounds == 0:
		return nil, errSSHKey
	case work.Rounds > maxSSHRounds:
		return nil, errSSHRounds
	}
	return c.Public, nil
}

// sshIdentity refuses a key whose parts contradict each other, which x/crypto does
// not look at: its public half, and the public key shown outside unless that is
// nil.
func sshIdentity(key any, shown []byte) (Identity, error) {
	var id age.Identity
	var err error
	switch k := key.(type) {
	case *ed25519.PrivateKey: // in OpenSSH's form
		return sshIdentity(*k, shown)
	case ed25519.PrivateKey:
		if !ed25519.NewKeyFromSeed(k.Seed()).Equal(k) {
			return Identity{}, errSSHKey
		}
		id, err = agessh.NewEd25519Identity(k)
	case *rsa.PrivateKey:
		id, err = agessh.NewRSAIdentity(k)
	default:
		return Identity{}, errSSHType
	}
	if err != nil {
		return Identity{}, errSSHKey
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil || shown != nil && !bytes.Equal(signer.PublicKey().Marshal(), shown) {
		return Identity{}, errSSHKey
	}
	kind, err := sshKind(signer.PublicKey())
	return Identity{inner: id, kind: kind}, err
}

func protectedSSH(text []byte, public ssh.PublicKey, o IdentityOptions) (Identity, error) {
	if public == nil { // the old PEM form does not tell it
		if o.PublicKey == nil {
			return Identity{}, ErrNeedsPublicKey
		}
		var err error
		if public, _, _, _, err = ssh.ParseAuthorizedKey(o.PublicKey); err != nil {
			return Identity{}, errors.New("the .pub file beside the SSH key is no public key")
		}
	}
	kind, err := sshKind(public)
	if err != nil {
		return Identity{}, err
	}
	p := &protectedKey{text: text, public: public, ask: o.Passphrase}
	if p.match, err = agessh.NewEncryptedSSHIdentity(public, text, p.open); err != nil {
		return Identity{}, fmt.Errorf("the SSH key cannot be used: %w", err)
	}
	return Identity{inner: p, kind: kind}, nil
}

// protectedKey asks for the passphrase once, when a file is for the key. It opens
// the key itself, because agessh's errors do not tell a wrong passphrase, or a
// question that was cancelled, from a damaged key.
type protectedKey struct {
	text   []byte
	public ssh.PublicKey
	ask    func() ([]byte, error)       // nil: nobody can be asked
	match  *agessh.EncryptedSSHIdentity // calls open if a stanza is for the key
	opened age.Identity
	failed error
}

// Unwrap implements age.Identity. Its errors are age.ErrIncorrectIdentity when no
// stanza is for the key, ErrKeyPassphrase with what the question failed with,
// ErrKeyFile, and those of agessh for a malformed stanza.
func (p *protectedKey) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if p.opened == nil {
		p.failed = nil
		if _, err := p.match.Unwrap(stanzas); p.opened == nil {
			return nil, cmp.Or(p.failed, err)
		}
	}
	return p.opened.Unwrap(stanzas)
}

// open always fails, so that agessh does not open the key once more.
func (p *protectedKey) open() ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		p.failed = err
		return nil, errors.New("the key is opened elsewhere")
	}
	if p.ask == nil {
		return fail(fmt.Errorf("%w: %w", ErrKeyPassphrase, ErrNoPassphrase))
	}
	phrase, err := p.ask()
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrKeyPassphrase, err))
	}
	if len(phrase) == 0 { // ssh-keygen encrypts with none
		return fail(ErrKeyPassphrase)
	}
	key, err := ssh.ParseRawPrivateKeyWithPassphrase(p.text, phrase)
	// In the old form one wrong passphrase in 256 leaves what looks like right
	// padding, so noise, too, means a wrong passphrase.
	old := !bytes.Contains(p.text, []byte("OPENSSH PRIVATE KEY"))
	switch {
	case errors.Is(err, x509.IncorrectPasswordError), err != nil && old:
		return fail(ErrKeyPassphrase)
	case err != nil:
		return fail(ErrKeyFile)
	}
	id, err := sshIdentity(key, p.public.Marshal())
	if err != nil {
		return fail(ErrKeyFile)
	}
	p.opened = id.inner
	return fail(nil)
}
