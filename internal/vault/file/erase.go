package file

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Erase implements store.Store. The older generations go first, so that a crash
// leaves the present document rather than an old one. The key stays: copies of
// the vault may exist that need it. It asks for no passphrase.
func (s *Store) Erase(ctx context.Context) error { return s.remove(ctx, isDocument) }

// Remove is Erase, and removes the key as well. The lock file stays.
func (s *Store) Remove(ctx context.Context) error {
	// A store without a passphrase has nothing to forget, and a damaged one
	// must be removable.
	forgotten := s.Forget(ctx)
	if err := s.remove(ctx, isOurs); err != nil {
		return err
	}
	if errors.Is(forgotten, errStillThere) {
		return forgotten
	}
	return nil
}

// remove removes the files that which accepts, in an order in which each step
// leaves less of the past, and looks whether they are gone.
func (s *Store) remove(ctx context.Context, which func(name string) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := s.open()
	if errors.Is(err, store.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	return s.locked(ctx, d, func() error {
		names, err := d.Names()
		if err != nil {
			return err
		}
		last := []string{vaultName, identityName, keyName}
		names = slices.DeleteFunc(names, func(n string) bool { return !which(n) || slices.Contains(last, n) })
		names = append(names, slices.DeleteFunc(last, func(n string) bool { return !which(n) })...)
		if which(keyName) {
			names = append(names, emptyName)
		} else if err := markEmpty(d); err != nil {
			return err
		}
		for _, n := range names {
			if err := d.Remove(n); err != nil {
				return err
			}
		}
		if err := d.Sync(); err != nil {
			return err
		}
		if names, err = d.Names(); err != nil {
			return err
		}
		if i := slices.IndexFunc(names, which); i >= 0 {
			return fmt.Errorf("%s is still there: %w", d.Path(names[i]), store.ErrUnknown)
		}
		return nil
	})
}
