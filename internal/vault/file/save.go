package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Save implements store.Store. Its order is what makes it safe: lock, sweep,
// read and compare the revision, encrypt and decrypt, write and flush under a
// temporary name, give the old file its generation's name, rename, flush the
// directory, read back. Until the rename the old vault is the vault.
func (s *Store) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
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
		return save(ctx, d, k, data, base)
	})
	if err != nil {
		return 0, err
	}
	return base + 1, nil
}

// save is the part of Save that runs under the lock.
func save(ctx context.Context, d *atomicfile.Dir, k *key, data []byte, base store.Revision) error {
	sweep(d)
	now, err := newest(ctx, d, k)
	switch {
	case errors.Is(err, store.ErrAbsent):
		now = store.State{}
	case err != nil:
		return err
	}
	if now.Revision != base {
		return fmt.Errorf("%s: %w (revision %d, not %d)", d.Path(vaultName), store.ErrConflict, now.Revision, base)
	}
	sealed, err := seal(ctx, data, base+1, k)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", d.Path(vaultName), store.ErrNotSaved, err)
	}
	if err := put(d, sealed, now); err != nil {
		return err
	}
	if base == 0 {
		_ = d.Remove(emptyName) // where it stays, the remembered id still tells
	}
	prune(d, base+1)
	return nil
}

// sweep removes the temporary files that killed writers left. It runs under the
// lock, so none of them is in use. Failing to remove one is no reason not to save.
func sweep(d *atomicfile.Dir) {
	mine := func(name string) bool { return isOurs(name) || name == emptyName }
	_ = d.Sweep(mine, time.Now().Add(time.Hour))
}

// put makes sealed the vault file.
func put(d *atomicfile.Dir, sealed []byte, now store.State) error {
	staged, err := d.Stage(vaultName, sealed, atomicfile.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	if err := keepGeneration(d, now); err != nil {
		return errors.Join(fmt.Errorf("%w: the state before cannot be kept: %w", store.ErrNotSaved, err), staged.Discard())
	}
	err = staged.Replace()
	switch {
	case errors.Is(err, atomicfile.ErrUnknown):
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	case err != nil:
		return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	written, err := d.ReadPrivate(vaultName, crypt.MaxFile)
	if err != nil {
		return fmt.Errorf("%w: it was written but cannot be read back: %w", store.ErrUnknown, err)
	}
	if !bytes.Equal(written, sealed) {
		return fmt.Errorf("%s: %w: it does not read back as it was written", d.Path(vaultName), store.ErrUnknown)
	}
	return nil
}

// keepGeneration gives the present vault file a second name, under which it
// survives its replacement. A damaged file, which a warning tells of, is kept
// too, under a name that says so.
func keepGeneration(d *atomicfile.Dir, now store.State) error {
	name := generationName(now.Revision)
	if len(now.Warnings) > 0 {
		damaged, err := d.ReadPrivate(vaultName, crypt.MaxFile)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name = damagedName(damaged)
	}
	err := d.Link(vaultName, name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // the first save
		return nil
	case errors.Is(err, fs.ErrExist):
		return replaceGeneration(d, name)
	case err != nil:
		return copyGeneration(d, name)
	}
	return nil
}

// replaceGeneration deals with a name that is taken: by the same document after
// a crash between link and rename, or by one of another past, if somebody put
// an older vault file back.
func replaceGeneration(d *atomicfile.Dir, name string) error {
	same, err := sameContent(d, name)
	if err != nil || same {
		return err
	}
	return copyGeneration(d, name)
}

func sameContent(d *atomicfile.Dir, name string) (bool, error) {
	present, err := d.ReadPrivate(vaultName, crypt.MaxFile)
	if err != nil {
		return false, err
	}
	kept, err := d.ReadPrivate(name, crypt.MaxFile)
	return err == nil && bytes.Equal(present, kept), nil
}

// copyGeneration serves file systems without hard links.
func copyGeneration(d *atomicfile.Dir, name string) error {
	present, err := d.ReadPrivate(vaultName, crypt.MaxFile)
	if err != nil {
		return err
	}
	staged, err := d.Stage(name, present, atomicfile.Options{})
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
	kept := 0
	for _, rev := range revs {
		if rev >= present {
			continue
		}
		if kept++; kept > generations {
			_ = d.Remove(generationName(rev))
		}
	}
}
