package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// ChangePassphrase asks for the present passphrase, then calls choose for a new
// one, makes a new key, wraps it with that, and encrypts the document and its
// generations for the new key. So whoever has a copy of the old vault.identity.age
// and its passphrase opens copies from before and nothing that is written later.
// The store is locked afterwards.
//
// The vault opens at every moment with one of the two passphrases: first every
// document is encrypted for both keys, then vault.identity.age is replaced, then
// the documents are encrypted for the new key alone. A vault file that is damaged
// is store.ErrDamaged, and the key stays: it may be needed to repair the file.
func (s *Store) ChangePassphrase(ctx context.Context, choose func(context.Context) ([]byte, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, wrapped, err := s.openWrapped()
	if err != nil {
		return err
	}
	defer d.Close()
	text, err := s.unwrap(ctx, d, wrapped)
	if err != nil {
		return err
	}
	defer clear(text)
	old, err := parseKey(text, identityName, wrapped)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Path(identityName), err)
	}
	_, newText, _, err := crypt.NewKey()
	if err != nil {
		return err
	}
	defer clear(newText)
	newWrapped, err := s.wrap(ctx, keyFileContent(newText), choose)
	if err != nil {
		return err
	}
	next, err := parseKey(newText, identityName, newWrapped)
	if err != nil {
		return err
	}
	err = s.locked(ctx, d, func() error { return changeKey(ctx, d, old, next, newWrapped) })
	return errors.Join(err, s.cache(wrapped).forget())
}

// changeKey runs under the lock.
func changeKey(ctx context.Context, d *atomicfile.Dir, old, next *key, wrapped []byte) error {
	sweep(d)
	if !old.isCurrent(d) {
		return fmt.Errorf("%s: %w", d.Path(identityName), store.ErrConflict)
	}
	state, err := newest(ctx, d, old)
	if len(state.Warnings) > 0 {
		err = fmt.Errorf("%w: %s", store.ErrDamaged, state.Warnings[0])
	}
	if err != nil && !errors.Is(err, store.ErrAbsent) {
		return fmt.Errorf("the passphrase was not changed: %w", err)
	}
	if err := reseal(ctx, d, old, next); err != nil {
		return fmt.Errorf("%w, the passphrase is the old one: %w", store.ErrNotSaved, err)
	}
	switch err := put(d, identityName, wrapped, nothing); {
	case errors.Is(err, store.ErrUnknown):
		return err
	case err != nil:
		return fmt.Errorf("the passphrase is the old one: %w", err)
	}
	if err := reseal(ctx, d, next); err != nil {
		return fmt.Errorf("the passphrase is changed, but files in %s still open with the old one too; change it once more: %w", d.Path(""), err)
	}
	return nil
}

// reseal encrypts every document that the first key opens for all the keys. What
// it does not open is damaged, and stays.
func reseal(ctx context.Context, d *atomicfile.Dir, keys ...*key) error {
	names, err := livingDocuments(d)
	if err != nil {
		return err
	}
	for _, name := range names {
		state, err := readDocument(ctx, d, keys[0], name)
		if errors.Is(err, store.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		sealed, err := seal(ctx, state.Data, state.Revision, keys...)
		if err != nil {
			return fmt.Errorf("%s: %w", d.Path(name), err)
		}
		if err := put(d, name, sealed, nothing); err != nil {
			return err
		}
	}
	return nil
}
