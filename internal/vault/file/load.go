package file

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Load implements store.Store. It takes no lock, because the vault file is
// replaced as a whole. Where the file is damaged or gone, the newest sound
// generation is returned with a warning; an error of the system is an error.
func (s *Store) Load(ctx context.Context) (store.State, error) { return s.read(ctx, newest) }

// Previous implements store.Store.
func (s *Store) Previous(ctx context.Context) (store.State, error) {
	return s.read(ctx, func(ctx context.Context, d *atomicfile.Dir, k *key) (store.State, error) {
		now, err := newest(ctx, d, k)
		if err != nil {
			return store.State{}, err
		}
		return newestBelow(ctx, d, k, now.Revision)
	})
}

// read runs f with the unlocked key, again when the passphrase, and with it the
// key, was changed meanwhile: what f could not open is no damage then.
func (s *Store) read(ctx context.Context, f func(context.Context, *atomicfile.Dir, *key) (store.State, error)) (store.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		d, k, err := s.enter(ctx)
		if err != nil {
			return store.State{}, err
		}
		state, err := f(ctx, d, k)
		done := err == nil && len(state.Warnings) == 0 || k.isCurrent(d)
		d.Close()
		if done {
			return state, err
		}
	}
}

// enter opens the directory and unlocks the key.
func (s *Store) enter(ctx context.Context) (*atomicfile.Dir, *key, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	d, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	k, err := s.unlock(ctx, d)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, k, nil
}

// newest returns the newest sound document.
func newest(ctx context.Context, d *atomicfile.Dir, k *key) (store.State, error) {
	state, err := readDocument(ctx, d, k, vaultName)
	missing := errors.Is(err, fs.ErrNotExist)
	if err == nil || !missing && !errors.Is(err, store.ErrDamaged) {
		return state, err
	}
	older, olderErr := newestBelow(ctx, d, k, 0)
	switch {
	case errors.Is(olderErr, store.ErrAbsent) && missing:
		names, err := d.Names()
		switch {
		case err != nil:
			return store.State{}, err
		case slices.Contains(names, vaultName): // saved in the meantime, for the first time
			return newest(ctx, d, k)
		case slices.Contains(names, emptyName):
			return store.State{}, store.ErrAbsent
		}
		// A key without its vault never looks like an empty vault.
		return store.State{}, fmt.Errorf("%s: %w", d.Path(vaultName), ErrNoVault)
	case errors.Is(olderErr, store.ErrAbsent):
		return store.State{}, err
	case errors.Is(olderErr, store.ErrDamaged) && !missing:
		return store.State{}, fmt.Errorf("%w; no older copy can be read either", err)
	case errors.Is(olderErr, store.ErrDamaged):
		return store.State{}, fmt.Errorf("%s is missing, and no older copy can be read: %w", d.Path(vaultName), olderErr)
	case olderErr != nil:
		return store.State{}, olderErr
	case missing:
		err = fmt.Errorf("%s is missing", d.Path(vaultName))
	}
	older.Doubt = store.Older
	older.Warnings = append(older.Warnings, fmt.Sprintf("%v; the state before its last change was taken (revision %d)", err, older.Revision))
	return older, nil
}

// markEmpty notes that there is no document on purpose. It runs under the lock.
func markEmpty(d *atomicfile.Dir) error {
	sweep(d)
	text := []byte("there is no vault here on purpose: nothing was saved yet, or it was erased\n")
	if err := write(d, emptyName, text); err != nil {
		return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	return nil
}

// Copies implements store.Store.
func (s *Store) Copies(ctx context.Context) ([]store.Copy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, k, err := s.enter(ctx)
	if errors.Is(err, store.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	var out []store.Copy
	for _, name := range slices.DeleteFunc(names, func(n string) bool { return !isDocument(n) }) {
		c := store.Copy{Name: name}
		state, err := readDocument(ctx, d, k, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // pruned in the meantime
		}
		c.Data, c.Revision, c.Err = state.Data, state.Revision, err
		if info, err := os.Stat(d.Path(name)); err == nil {
			c.Changed = info.ModTime()
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b store.Copy) int {
		switch vaultName {
		case a.Name:
			return -1
		case b.Name:
			return 1
		}
		return cmp.Compare(b.Revision, a.Revision)
	})
	return out, ctx.Err()
}

// Renew begins with an empty vault where the documents are gone or none can be
// read: what is there is put aside as vault.damaged-*.age, and the key stays. A
// store with a sound document is left as it is, and that is ErrExists.
func (s *Store) Renew(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, k, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	return s.locked(ctx, d, func() error {
		switch _, err := newest(ctx, d, k); {
		case err == nil:
			return ErrExists
		case errors.Is(err, store.ErrLost):
			return markEmpty(d)
		case !errors.Is(err, store.ErrDamaged):
			return err
		}
		names, err := livingDocuments(d)
		if err != nil {
			return err
		}
		for _, name := range names {
			content, err := d.ReadPrivate(name, crypt.MaxFile)
			if err != nil {
				return err
			}
			if err := write(d, damagedName(content), content); err != nil {
				return fmt.Errorf("%s cannot be put aside: %w: %w", d.Path(name), store.ErrNotSaved, err)
			}
			if err := d.Remove(name); err != nil {
				return err
			}
		}
		return markEmpty(d)
	})
}

// damagedName is where a file that cannot be read is put aside.
func damagedName(content []byte) string {
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%s%x%s", damagedPrefix, sum[:4], suffix)
}

// newestBelow returns the newest sound generation with a revision below limit;
// 0 is no limit.
func newestBelow(ctx context.Context, d *atomicfile.Dir, k *key, limit store.Revision) (store.State, error) {
	revs, err := generationsIn(d)
	if err != nil {
		return store.State{}, err
	}
	failed := store.ErrAbsent
	for _, rev := range revs {
		if limit != 0 && rev >= limit {
			continue
		}
		state, err := readDocument(ctx, d, k, generationName(rev))
		switch {
		case err == nil:
			return state, nil
		case errors.Is(err, store.ErrDamaged):
			failed = err
		case !errors.Is(err, fs.ErrNotExist): // pruned in the meantime
			return store.State{}, err
		}
	}
	return store.State{}, failed
}

// readDocument opens one file. store.ErrDamaged means that the bytes were read
// and are no sound document of this vault.
func readDocument(ctx context.Context, d *atomicfile.Dir, k *key, name string) (store.State, error) {
	sealed, err := d.ReadPrivate(name, crypt.MaxFile)
	if err != nil {
		return store.State{}, err
	}
	state, err := unseal(ctx, k, sealed)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s: %w", d.Path(name), err)
	}
	return state, err
}

// seal encrypts a document for keys, and opens it again with each: a vault that
// no key opens must never replace a good one.
func seal(ctx context.Context, data []byte, rev store.Revision, keys ...*key) ([]byte, error) {
	envelope, err := store.Encode(data, rev)
	if err != nil {
		return nil, err
	}
	var recipients []crypt.Recipient
	for _, k := range keys {
		recipients = append(recipients, k.recipient)
	}
	sealed, err := crypt.EncryptTo(ctx, envelope, recipients, crypt.Binary)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		state, err := unseal(ctx, k, sealed)
		if err != nil || string(state.Data) != string(data) || state.Revision != rev {
			return nil, errors.Join(errors.New("what was encrypted does not open as what it was"), err)
		}
	}
	return sealed, nil
}

func unseal(ctx context.Context, k *key, sealed []byte) (store.State, error) {
	envelope, err := crypt.Decrypt(ctx, sealed, crypt.Keys{Identities: []crypt.Identity{k.identity}})
	var (
		newer   *crypt.NewerError
		other   *crypt.KeyError
		damaged *crypt.DamagedError
	)
	switch {
	case err == nil:
		data, rev, err := store.Decode(envelope)
		return store.State{Data: data, Revision: rev}, err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.As(err, &newer):
		err = fmt.Errorf("%w: %w", store.ErrNewer, err)
	case errors.As(err, &other):
		err = fmt.Errorf("%w: it was encrypted for another key than the one beside it", store.ErrDamaged)
	case errors.As(err, &damaged):
		err = fmt.Errorf("%w in its %s", store.ErrDamaged, damaged.Part)
	default:
		err = fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return store.State{}, err
}
