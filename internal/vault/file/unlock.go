package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// maxKeyFile is far more than a key with a comment takes.
const maxKeyFile = 64 << 10

// key is the unlocked key of a vault.
type key struct {
	identity  crypt.Identity
	recipient crypt.Recipient // never stored or shown, see the package comment

	name string            // of the file that it came from
	sum  [sha256.Size]byte // of that file's content
}

// parseKey reads an identity file, which has to hold one key. It came from the
// named file, where it may be wrapped.
func parseKey(text []byte, name string, content []byte) (*key, error) {
	ids, err := crypt.ParseIdentities(text, crypt.IdentityOptions{})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBadKey, err)
	case len(ids) != 1:
		return nil, fmt.Errorf("%w: it holds %d keys instead of one", ErrBadKey, len(ids))
	}
	r, err := ids[0].Recipient()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadKey, err)
	}
	return &key{ids[0], r, name, sha256.Sum256(content)}, nil
}

// isCurrent tells whether the key's file is as it was: a change of passphrase puts
// another key in its place.
func (k *key) isCurrent(d *atomicfile.Dir) bool {
	content, err := d.ReadPrivate(k.name, maxKeyFile)
	return err == nil && sha256.Sum256(content) == k.sum
}

// unlock gets the key: from before, from the key file, from the kernel, or from
// the person who knows the passphrase.
func (s *Store) unlock(ctx context.Context, d *atomicfile.Dir) (*key, error) {
	if s.key != nil && s.key.isCurrent(d) {
		return s.key, nil
	}
	s.key = nil
	mode, err := modeOf(d)
	if err != nil {
		return nil, err
	}
	name := mode.keyFile()
	content, err := d.ReadPrivate(name, maxKeyFile)
	if err != nil {
		return nil, err
	}
	text, cache := content, s.cache(content)
	if mode == Passphrase {
		if text, ok := cache.load(); ok {
			defer clear(text)
			if s.key, err = parseKey(text, name, content); err == nil {
				return s.key, nil
			}
			_ = cache.forget() // not what we put there
		}
		if text, err = s.unwrap(ctx, d, content); err != nil {
			return nil, err
		}
	}
	defer clear(text)
	if s.key, err = parseKey(text, name, content); err != nil {
		return nil, fmt.Errorf("%s: %w", d.Path(name), err)
	}
	if mode == Passphrase {
		cache.store(text)
	}
	return s.key, nil
}

// unwrap asks for the passphrase and returns the text of the key.
func (s *Store) unwrap(ctx context.Context, d *atomicfile.Dir, wrapped []byte) ([]byte, error) {
	if info, err := crypt.Inspect(wrapped); err != nil || !info.NeedsPassphrase() {
		return nil, identityError(d, errors.Join(err, errors.New("it is not encrypted with a passphrase")))
	}
	var text []byte
	err := s.ask(ctx, Unlock, func(passphrase []byte) (err error) {
		if text, err = crypt.Decrypt(ctx, wrapped, crypt.Keys{Passphrase: passphrase}); err != nil {
			err = identityError(d, err)
		}
		return err
	})
	return text, err
}

// identityError says in the words of package store what is wrong with the
// wrapped key.
func identityError(d *atomicfile.Dir, err error) error {
	kind := ErrBadKey
	var newer *crypt.NewerError
	var cost *crypt.CostError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, crypt.ErrPassphrase):
		return fmt.Errorf("%s: %w", d.Path(vaultName), store.ErrPassphrase)
	case errors.As(err, &newer), errors.As(err, &cost):
		kind = store.ErrNewer
	}
	return fmt.Errorf("%s: %w: %w", d.Path(identityName), kind, err)
}

func (s *Store) ask(ctx context.Context, p Purpose, try func(passphrase []byte) error) error {
	if s.opts.Passphrase == nil {
		return store.ErrNoPrompt
	}
	return s.opts.Passphrase(ctx, p, func(typed []byte) error {
		passphrase := crypt.NormalisePassphrase(typed)
		defer clear(passphrase)
		return try(passphrase)
	})
}

// cache is the place of this wrapped key in the kernel's keyring. Its name
// depends on the wrapped key's bytes: after a change of passphrase, and for
// another vault, it is another place.
func (s *Store) cache(wrapped []byte) keyCache {
	sum := sha256.Sum256(wrapped)
	return keyCache{name: "jangle:" + hex.EncodeToString(sum[:16]), ttl: s.opts.CacheTTL, now: s.opts.Now}
}

// Forget ends the unlocked state: the key leaves this process and the kernel's
// keyring. It returns nil only when it has looked and found nothing there.
// ErrKeyFile: such a store cannot be locked.
func (s *Store) Forget(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = nil
	d, wrapped, err := s.openWrapped()
	if err != nil {
		return err
	}
	defer d.Close()
	return s.cache(wrapped).forget()
}

// openWrapped opens a store that has a passphrase and reads its wrapped key.
func (s *Store) openWrapped() (*atomicfile.Dir, []byte, error) {
	d, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	mode, err := modeOf(d)
	if err == nil && mode == KeyFile {
		err = ErrKeyFile
	}
	var wrapped []byte
	if err == nil {
		wrapped, err = d.ReadPrivate(identityName, maxKeyFile)
	}
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, wrapped, nil
}

// Unlocked tells whether Load would ask for nothing.
func (s *Store) Unlocked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return true
	}
	d, wrapped, err := s.openWrapped()
	if err != nil {
		return errors.Is(err, ErrKeyFile)
	}
	defer d.Close()
	text, ok := s.cache(wrapped).load()
	clear(text)
	return ok
}
