package crypt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Keys is what somebody has to open a file with.
type Keys struct {
	Passphrase []byte     // nil: none
	Identities []Identity // tried in order, those that ask nobody first
	// MaxWorkFactor is the highest cost of a passphrase that is borne: 0 means
	// MaxWorkFactor; SlowWorkFactor is for users who insist.
	MaxWorkFactor int
}

// Decrypt opens an age file, armored or not, and returns its content after it
// has read and authenticated all of it. The limits are checked before anything
// expensive happens. The context ends the wait for scrypt and for plugins.
//
// Its errors: ErrEmpty, ErrNotAge, ErrPassphrase, ErrKeyPassphrase, ErrKeyFile,
// *KeyError, *DamagedError, *CostError, *LimitError, *NewerError, *PluginError,
// and those of the context.
func Decrypt(ctx context.Context, data []byte, k Keys) ([]byte, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	limit, err := k.affordable(h)
	if err != nil {
		return nil, err
	}
	ids, err := k.identities(h, limit)
	if err != nil {
		return nil, err
	}
	decrypt := func() ([]byte, error) {
		r, err := open(data, h.info.Form, ids)
		if err != nil {
			return nil, k.explain(h, err)
		}
		var out bytes.Buffer
		out.Grow(min(len(data), MaxPlaintext) + bytes.MinRead) // so that it never grows
		n, err := out.ReadFrom(io.LimitReader(r, MaxPlaintext+1))
		switch {
		case err != nil:
			clear(out.Bytes())
			return nil, &DamagedError{Part: partOf(err, PartContent), cause: err}
		case n > MaxPlaintext:
			return nil, &LimitError{What: "content", Limit: MaxPlaintext}
		}
		return out.Bytes(), nil
	}
	if h.info.NeedsPassphrase() || slices.ContainsFunc(k.Identities, Identity.mayWait) {
		return within(ctx, decrypt)
	}
	return decrypt() // a tenth of a millisecond: not worth a change of threads
}

// mayWait reports whether the identity may ask somebody, or run a plugin.
func (i Identity) mayWait() bool { return i.kind != KindX25519 && i.kind != KindHybrid }

// affordable returns the limit of the work factor, if the file keeps it.
func (k Keys) affordable(h header) (limit int, err error) {
	limit = MaxWorkFactor
	if k.MaxWorkFactor != 0 {
		limit = min(k.MaxWorkFactor, SlowWorkFactor)
	}
	if h.info.WorkFactor > limit {
		return 0, &CostError{Factor: h.factor, Limit: limit}
	}
	return limit, nil
}

// identities are the library's. A passphrase is left out when the file has no
// use for it, and the other way round, so that no plugin is asked in vain.
func (k Keys) identities(h header, limit int) ([]age.Identity, error) {
	if h.info.NeedsPassphrase() {
		if k.Passphrase == nil {
			return nil, k.noKey(h)
		}
		return scryptIdentities(k.Passphrase, limit)
	}
	ids := make([]age.Identity, len(k.Identities))
	for i, id := range k.Identities {
		ids[i] = id.inner
	}
	if len(ids) == 0 {
		return nil, k.noKey(h)
	}
	return ids, nil
}

// scryptIdentities are the passphrase as we write it and at most one other way to
// read what was typed: ten words of a generated passphrase without its dashes, or
// the text not in NFC, as another program may have used it. Each costs a derivation.
func scryptIdentities(typed []byte, limit int) ([]age.Identity, error) {
	p, err := usable(typed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	ways := []string{string(p)}
	if phrase, ok := GeneratedPassphrase(typed); ok && phrase != string(p) {
		ways = append(ways, phrase)
	} else if !bytes.Equal(p, typed) {
		ways = append(ways, string(typed))
	}
	var ids []age.Identity
	for _, way := range ways {
		id, err := age.NewScryptIdentity(way)
		if err != nil {
			return nil, err
		}
		id.SetMaxWorkFactor(limit)
		ids = append(ids, id)
	}
	return ids, nil
}

func (k Keys) noKey(h header) error {
	return &KeyError{Needs: h.info.Recipients, Unknown: h.info.Unknown, Tried: len(k.Identities)}
}

// open reads the header; the content is authenticated chunk by chunk as it is read.
func open(data []byte, f Form, ids []age.Identity) (io.Reader, error) {
	var src io.Reader = bytes.NewReader(data)
	if f == Armor {
		src = armor.NewReader(src)
	}
	return age.Decrypt(src, ids...)
}

// explain turns the library's error on the header into one of ours.
func (k Keys) explain(h header, err error) error {
	var noMatch *age.NoIdentityMatchError
	var ours *PluginError
	switch {
	case errors.As(err, &ours), errors.Is(err, ErrKeyPassphrase), errors.Is(err, ErrKeyFile):
		return err
	case errors.As(err, &noMatch) && h.info.NeedsPassphrase():
		return ErrPassphrase
	case errors.As(err, &noMatch):
		return k.noKey(h)
	}
	return &DamagedError{Part: partOf(err, PartHeader), cause: err}
}

// partOf finds the part in the library's error. It has a type for armor only;
// the other texts are held fast by the test vectors.
func partOf(err error, otherwise Part) Part {
	var a *armor.Error
	switch {
	case errors.As(err, &a):
		return PartArmor
	case strings.HasSuffix(err.Error(), "bad header MAC"):
		return PartMAC
	}
	return otherwise
}
