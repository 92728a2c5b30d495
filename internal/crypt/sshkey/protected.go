package sshkey

import "filippo.io/age"

// ProtectedIdentity is a private key with a passphrase, which is asked for when
// a file is for that key, and not again after the key was opened.
type ProtectedIdentity struct {
	public *PublicKey
	text   []byte
	ask    func() ([]byte, error)
	opened *Identity
}

// NewProtectedIdentity makes an identity of a key file for which ParseIdentity
// found that the passphrase is missing. Its errors are those of Recipient: for a
// public key that nothing can be encrypted for, there is nothing to open.
func NewProtectedIdentity(public *PublicKey, text []byte, ask func() ([]byte, error)) (*ProtectedIdentity, error) {
	if _, err := public.Recipient(); err != nil {
		return nil, err
	}
	return &ProtectedIdentity{public: public, text: text, ask: ask}, nil
}

// String names the type only.
func (p *ProtectedIdentity) String() string {
	return "[protected " + string(p.public.Type()) + " private key]"
}

// GoString is String.
func (p *ProtectedIdentity) GoString() string { return p.String() }

// Unwrap implements age.Identity. Its errors are age.ErrIncorrectIdentity when
// no stanza is for the key, those of the question, ErrPassphrase, ErrMismatch,
// ErrDamaged, and those of Identity.Unwrap.
func (p *ProtectedIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if p.opened == nil {
		if err := p.open(stanzas); err != nil {
			return nil, err
		}
	}
	return p.opened.Unwrap(stanzas)
}

func (p *ProtectedIdentity) open(stanzas []*age.Stanza) error {
	if err := p.wanted(stanzas); err != nil {
		return err
	}
	passphrase, err := p.ask()
	if err != nil {
		return err
	}
	// An empty answer is a passphrase, if a wrong one; nil would be none.
	id, err := parsePrivate(p.text, append([]byte{}, passphrase...))
	if err != nil {
		return err
	}
	if !id.public.equal(p.public) {
		return ErrMismatch
	}
	p.opened = id
	return nil
}

// wanted fails unless a stanza names the key.
func (p *ProtectedIdentity) wanted(stanzas []*age.Stanza) error {
	for _, s := range stanzas {
		if s.Type != string(p.public.Type()) {
			continue
		}
		if len(s.Args) < 1 {
			return errStanza
		}
		if s.Args[0] == tag(p.public.blob) {
			return nil
		}
	}
	return age.ErrIncorrectIdentity
}
