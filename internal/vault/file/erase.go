package file

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Erase implements store.Store. The older generations go first, so that a crash
// leaves the present document rather than an old one. The key stays: copies of
// the vault may exist that need it. Nobody is asked for a passphrase.
func (s *Store) Erase(ctx context.Context) error {
	return s.remove(ctx, isDocument)
}

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
	return s.locked(ctx, d, func() error { return removeFiles(d, which) })
}

// removeFiles removes in an order in which each step leaves less of the past:
// generations, the vault, then the key.
func removeFiles(d *atomicfile.Dir, which func(name string) bool) error {
	names, err := d.Names()
	if err != nil {
		return err
	}
	if which(vaultName) && !which(keyName) {
		if err := markEmpty(d); err != nil {
			return err
		}
	}
	isLast := map[string]bool{vaultName: true, identityName: true, keyName: true}
	for _, n := range names {
		if which(n) && !isLast[n] {
			err = errors.Join(err, d.Remove(n))
		}
	}
	for _, n := range []string{vaultName, identityName, keyName} {
		if which(n) && err == nil {
			err = d.Remove(n)
		}
	}
	if which(keyName) && err == nil {
		err = d.Remove(emptyName)
	}
	if err := errors.Join(err, d.Sync()); err != nil {
		return err
	}
	return nothingLeft(d, which)
}

func nothingLeft(d *atomicfile.Dir, which func(name string) bool) error {
	names, err := d.Names()
	for _, n := range names {
		if which(n) {
			return fmt.Errorf("%s is still there: %w", d.Path(n), store.ErrUnknown)
		}
	}
	return err
}
