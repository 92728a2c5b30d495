package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// Identity is a secret key that opens files. It does not print.
type Identity struct {
	inner  age.Identity
	kind   Kind
	plugin string
}

// Kind tells what sort of key it is.
func (i Identity) Kind() Kind { return i.kind }

// Plugin names the plugin that is run for the identity, or is empty.
func (i Identity) Plugin() string { return i.plugin }

// String says the kind only, so that no secret is printed by accident.
func (i Identity) String() string { return "[" + string(i.kind) + "]" }

// GoString is String.
func (i Identity) GoString() string { return i.String() }

// IdentityOptions help with identities that are not just there.
type IdentityOptions struct {
	// Passphrase is asked when an SSH key is protected by one and a file is for
	// that key. nil: such keys fail with ErrKeyPassphrase.
	Passphrase func() ([]byte, error)
	// PublicKey is the content of the ".pub" file beside an SSH key in the old
	// PEM form that is protected by a passphrase; other keys hold it themselves.
	PublicKey []byte
	Plugin    PluginUI
}

// ErrNeedsPublicKey: see IdentityOptions.PublicKey.
var ErrNeedsPublicKey = errors.New("the SSH key is in the old PEM form and needs its .pub file beside it")

// ParseIdentities reads the content of an identity file: age's "AGE-SECRET-KEY-…"
// and "AGE-PLUGIN-…" lines, or one SSH private key. Errors name lines, never
// their text. An age-encrypted identity file has to be decrypted first (IsAge).
func ParseIdentities(content []byte, o IdentityOptions) ([]Identity, error) {
	if bytes.HasPrefix(bytes.TrimSpace(content), []byte("-----BEGIN")) {
		id, err := parseSSH(content, o)
		if err != nil {
			return nil, err
		}
		return []Identity{id}, nil
	}
	var out []Identity
	err := eachLine(content, func(line string) error {
		var id Identity
		var err error
		switch {
		case strings.HasPrefix(line, "AGE-SECRET-KEY-1"):
			id.kind = KindX25519
			id.inner, err = age.ParseX25519Identity(line)
		case strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-1"):
			id.kind = KindHybrid
			id.inner, err = age.ParseHybridIdentity(line)
		case strings.HasPrefix(line, "AGE-PLUGIN-"):
			id.kind = KindPlugin
			var p *plugin.Identity
			if p, err = plugin.NewIdentity(line, o.Plugin.client()); err == nil {
				id.inner, id.plugin = pluginKey{p}, p.Name()
			}
		case strings.HasPrefix(line, "age1"), strings.HasPrefix(line, "ssh-"):
			return errors.New("this is a public recipient, where a secret key is needed")
		default:
			return errors.New("this is no age key (AGE-SECRET-KEY-…) and no SSH private key")
		}
		if err != nil {
			return fmt.Errorf("the %s is mistyped or cut", id.kind)
		}
		out = append(out, id)
		return nil
	})
	if err == nil && len(out) == 0 {
		err = errors.New("there is no secret key in the file")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// NewKey makes a key of age's plain kind: the identity, its secret text for an
// identity file ("AGE-SECRET-KEY-1…"), and its recipient.
func NewKey() (Identity, []byte, Recipient, error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, nil, Recipient{}, err
	}
	id := Identity{inner: k, kind: KindX25519}
	r, err := id.Recipient()
	return id, []byte(k.String()), r, err
}

// ErrNoRecipient: the recipient cannot be computed from the identity.
var ErrNoRecipient = errors.New("this sort of key does not tell its recipient")

// Recipient is the public half of an age key that is held in memory.
func (i Identity) Recipient() (Recipient, error) {
	switch k := i.inner.(type) {
	case *age.X25519Identity:
		return Recipient{inner: k.Recipient(), kind: i.kind, text: k.Recipient().String()}, nil
	case *age.HybridIdentity:
		return Recipient{inner: k.Recipient(), kind: i.kind, text: k.Recipient().String()}, nil
	}
	return Recipient{}, ErrNoRecipient
}
