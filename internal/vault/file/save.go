package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Save implements store.Store. Its order is what makes it safe: lock, sweep,
// read and compare the revision, encrypt and decrypt, write and flush under a
// temporary name, give the old file its generation's name, rename, flush the
// directory, read back. Until the rename the old vault is the vault.
func (s *Store) Save(ctx context.Context, data []byte, base store.Revision) (rev store.Revision, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The passphrase is asked for before the lock is taken: people are slow.
	d, k, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	err = s.locked(ctx, d, func() error {
		if !k.isCurrent(d) {
			return fmt.Errorf("%s: %w: its passphrase is another one", d.Path(vaultName), store.ErrConflict)
		}
		sweep(d)
		now, err := newest(ctx, d, k)
		if err != nil && !errors.Is(err, store.ErrAbsent) {
			return err
		}
		if now.Revision != base {
			return fmt.Errorf("%s: %w (revision %d, not %d)", d.Path(vaultName), store.ErrConflict, now.Revision, base)
		}
		rev = base + 1
		if now.Doubt != store.Newest {
			// The number of what was lost is not used again: whoever still holds
			// the lost document must not save over this one.
			revs, err := generationsIn(d)
			if err != nil {
				return err
			}
			rev = slices.Max(append(revs, base)) + 2
		}
		sealed, err := seal(ctx, data, rev, k)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", d.Path(vaultName), store.ErrNotSaved, err)
		}
		if err := put(d, vaultName, sealed, func() error { return keepGeneration(d, now) }); err != nil {
			return err
		}
		if base == 0 {
			_ = d.Remove(emptyName) // where it stays, the remembered id still tells
		}
		if now.Doubt != store.Newest {
			_ = d.Link(vaultName, generationName(rev)) // its number is known even if it is lost too
		}
		prune(d, rev)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return rev, nil
}

// sweep removes the temporary files that killed writers left. It runs under the
// lock, so none of them is in use. Failing to remove one is no reason not to save.
func sweep(d *atomicfile.Dir) {
	mine := func(name string) bool { return isOurs(name) || name == emptyName }
	_ = d.Sweep(mine, time.Now().Add(time.Hour))
}

// put makes content the file of a name, and reads it back: store.ErrUnknown where
// that is not clear, store.ErrNotSaved where the file is as it was. before runs
// when the content is on the disk and the file is still the old one.
func put(d *atomicfile.Dir, name string, content []byte, before func() error) error {
	staged, err := d.Stage(name, content, atomicfile.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	if err := before(); err != nil {
		return errors.Join(fmt.Errorf("%w: the state before cannot be kept: %w", store.ErrNotSaved, err), staged.Discard())
	}
	err = staged.Replace()
	switch {
	case errors.Is(err, atomicfile.ErrUnknown):
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	case err != nil:
		return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	written, err := d.ReadPrivate(name, crypt.MaxFile)
	if err != nil {
		return fmt.Errorf("%w: it was written but cannot be read back: %w", store.ErrUnknown, err)
	}
	if !bytes.Equal(written, content) {
		return fmt.Errorf("%s: %w: it does not read back as it was written", d.Path(name), store.ErrUnknown)
	}
	return nil
}

// nothing is what put does before where the old file need not be kept.
func nothing() error { return nil }

// keepGeneration gives the present vault file a second name, under which it
// survives its replacement. A damaged file, which a warning tells of, is kept
// too, under a name that says so.
func keepGeneration(d *atomicfile.Dir, now store.State) error {
	if len(now.Warnings) == 0 && d.Link(vaultName, generationName(now.Revision)) == nil {
		return nil
	}
	present, err := d.ReadPrivate(vaultName, crypt.MaxFile)
	if errors.Is(err, fs.ErrNotExist) { // it is the first save
		return nil
	}
	if err != nil {
		return err
	}
	name := generationName(now.Revision)
	if len(now.Warnings) > 0 {
		name = damagedName(present)
	}
	// The name is taken by the same document after a crash between link and rename,
	// or by one of another past, if a person put an older vault file back. Or the
	// file system has no hard links.
	if kept, err := d.ReadPrivate(name, crypt.MaxFile); err == nil && bytes.Equal(kept, present) {
		return nil
	}
	return write(d, name, present)
}

// write makes content the file of a name.
func write(d *atomicfile.Dir, name string, content []byte) error {
	staged, err := d.Stage(name, content, atomicfile.Options{})
	if err != nil {
		return err
	}
	return staged.Replace()
}

// prune removes the generations beyond the newest five below the present
// revision. Others, from another past, are left for people to judge. What
// cannot be removed now will be next time.
func prune(d *atomicfile.Dir, present store.Revision) {
	revs, err := generationsIn(d)
	if err != nil {
		return
	}
	revs = slices.DeleteFunc(revs, func(rev store.Revision) bool { return rev >= present })
	for _, rev := range revs[min(generations, len(revs)):] {
		_ = d.Remove(generationName(rev))
	}
}
