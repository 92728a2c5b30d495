// Package file keeps the vault document in one age-encrypted file: the store for
// machines that have no keyring.
//
// The directory holds
//
//	vault.age           the document, encrypted for a key of its own
//	vault.identity.age  that key, encrypted with the passphrase; or
//	vault.key           that key in the clear, when the user asked for no passphrase
//	vault.gN.age        the last five generations, N being their revision
//	vault.lock          locked by whoever writes, never removed
//	vault.empty         says that there is no document on purpose: the store was
//	                    just made, or erased
//
// Two stages, because a passphrase costs a second of scrypt on purpose. The key
// between them is an ordinary age identity, so a save needs no passphrase work,
// an unlocked key can wait in the Linux kernel's keyring for the next command, and
// stock age opens it all. A new passphrase comes with a new key, for which all
// documents are encrypted anew.
//
//	age -d -i vault.identity.age vault.age | gunzip
//
// The public half of the key is stored nowhere. Whoever knew it could make a
// vault.age that opens as ours does; without it, only the key's holder can.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Mode is how the store is opened.
type Mode int

// Passphrase asks; KeyFile has its key in the clear next to the vault, so that
// whoever can read the user's files can read the codes.
const (
	Passphrase Mode = iota
	KeyFile
)

// keyFile is the name of the file with the key.
func (m Mode) keyFile() string { return []string{identityName, keyName}[m] }

// Purpose is what a passphrase is asked for.
type Purpose int

// Unlock wants the passphrase that the store has; Choose wants a new one, which
// the asker judges and has typed twice.
const (
	Unlock Purpose = iota
	Choose
)

// Options are the settings of a store.
type Options struct {
	Dir string
	// Passphrase is called when a passphrase is needed. It gives what it has to try,
	// and once more as long as that is store.ErrPassphrase and another one can be
	// had, and returns try's error. nil, or the error store.ErrNoPrompt: no person
	// can be asked.
	Passphrase func(ctx context.Context, p Purpose, try func(passphrase []byte) error) error
	// CacheTTL is how long the kernel keeps the unlocked key after its last
	// use; at most eight hours after the passphrase was typed. 0: not at all.
	CacheTTL time.Duration
	LockWait time.Duration    // how long a save waits for others; 0: as package lock does
	Now      func() time.Time // nil means time.Now
	// WorkFactor is that of a new passphrase: 0 means crypt.DefaultWorkFactor,
	// less is for tests.
	WorkFactor int
}

// Store implements store.Store and store.Locker.
type Store struct {
	opts Options
	mu   sync.Mutex
	key  *key // once unlocked
	held bool // between Lock and its unlock
}

// The errors that are the file store's own.
var (
	// ErrExists: Create found a store.
	ErrExists = errors.New("there is a file store already")
	// ErrKeyFile: what was asked for needs a store with a passphrase.
	ErrKeyFile = errors.New("the file store has a key file, not a passphrase")
	// ErrNoVault: there is a key, and no document, which had been there.
	ErrNoVault = fmt.Errorf("the key of the vault is there, but no vault: %w", store.ErrLost)
	// ErrBadKey: the key's file is there, but no key that can be used is in it.
	ErrBadKey = fmt.Errorf("the key of the vault cannot be used: %w", store.ErrDamaged)
	// ErrNoKey: there is a vault, but its key is gone.
	ErrNoKey = errors.New("the key of the vault is missing")
)

// Open returns the store in a directory without looking at it yet.
func Open(o Options) (*Store, error) {
	if o.Dir == "" {
		return nil, errors.New("the file store has no directory")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{opts: o}, nil
}

// Exists tells whether a store was ever created in dir. When it cannot be seen
// (a directory that may not be searched, say) the answer is yes, so that no
// empty store is put in its place.
func Exists(dir string) bool {
	names, err := os.ReadDir(dir)
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	return slices.ContainsFunc(names, func(e os.DirEntry) bool { return isOurs(e.Name()) })
}

// Kind returns "file".
func (s *Store) Kind() string { return "file" }

// Where returns the path of the vault file.
func (s *Store) Where() string { return filepath.Join(s.opts.Dir, vaultName) }

// Mode tells how the store is opened; ErrNoKey if neither key is there.
func (s *Store) Mode() (Mode, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.open()
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return modeOf(d)
}

// open opens the directory for one operation.
func (s *Store) open() (*atomicfile.Dir, error) {
	d, err := atomicfile.OpenPrivateDir(s.opts.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, store.ErrAbsent
	}
	return d, err
}
