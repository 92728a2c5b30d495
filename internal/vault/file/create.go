package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Create makes a store in a directory that has none, and the directory if
// needed: it makes its key, asks for a new passphrase unless mode is KeyFile,
// and returns the store unlocked. The vault file appears with the first Save.
func Create(ctx context.Context, o Options, mode Mode) (*Store, error) {
	s, err := Open(o)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.MakePrivateDir(o.Dir); err != nil {
		return nil, err
	}
	d, err := s.open()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := vacant(d); err != nil { // before a passphrase is asked for
		return nil, err
	}
	_, text, _, err := crypt.NewKey()
	if err != nil {
		return nil, err
	}
	defer clear(text)
	name, content := mode.keyFile(), keyFileContent(text)
	if mode == Passphrase {
		choose := func(ctx context.Context) (chosen []byte, err error) {
			err = s.ask(ctx, Choose, func(passphrase []byte) error { chosen = bytes.Clone(passphrase); return nil })
			return chosen, err
		}
		if content, err = s.wrap(ctx, content, choose); err != nil {
			return nil, err
		}
	}
	err = s.locked(ctx, d, func() error {
		if err := vacant(d); err != nil {
			return err
		}
		if err := markEmpty(d); err != nil {
			return err
		}
		staged, err := d.Stage(name, content, atomicfile.Options{})
		if err != nil {
			return fmt.Errorf("%w: %w", store.ErrNotSaved, err)
		}
		return staged.Create()
	})
	if err != nil {
		return nil, err
	}
	if mode == Passphrase {
		s.cache(content).store(text)
	}
	s.key, err = parseKey(text, name, content)
	return s, err
}

// vacant refuses a directory with a store in it.
func vacant(d *atomicfile.Dir) error {
	mode, err := modeOf(d)
	switch {
	case err == nil:
		return fmt.Errorf("%s: %w", d.Path(mode.keyFile()), ErrExists)
	case errors.Is(err, store.ErrAbsent):
		return nil
	}
	return err
}

// keyFileContent is an identity file as age-keygen writes it, except for the
// public key, which is a secret too: see the package comment.
func keyFileContent(text []byte) []byte {
	return fmt.Appendf(nil, "# the key of the jangle vault in this folder: age -d -i FILE vault.age | gunzip\n%s\n", text)
}

// wrap asks for a new passphrase, encrypts an identity file with it, and opens
// the result again.
func (s *Store) wrap(ctx context.Context, content []byte, choose func(context.Context) ([]byte, error)) ([]byte, error) {
	defer clear(content)
	passphrase, err := choose(ctx)
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	wrapped, err := crypt.EncryptPassphrase(ctx, content, passphrase,
		crypt.PassphraseOptions{Form: crypt.Armor, WorkFactor: s.opts.WorkFactor})
	if err != nil {
		return nil, err
	}
	opened, err := crypt.Decrypt(ctx, wrapped, crypt.Keys{Passphrase: passphrase})
	defer clear(opened)
	if err != nil || !bytes.Equal(opened, content) {
		return nil, errors.Join(errors.New("what was encrypted does not open as what it was"), err)
	}
	return wrapped, nil
}
