//go:build unix

package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Where there is no store, each operation says so, or has nothing to do.
func TestNoStore(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	s := mustOpen(t, Options{Dir: nowhere})
	for name, do := range map[string]func() error{
		"Load":     func() error { _, err := s.Load(t.Context()); return err },
		"Previous": func() error { _, err := s.Previous(t.Context()); return err },
		"Save":     func() error { _, err := s.Save(t.Context(), nil, 0); return err },
		"Lock":     func() error { _, err := s.Lock(t.Context()); return err },
		"Mode":     func() error { _, err := s.Mode(); return err },
		"Renew":    func() error { return s.Renew(t.Context()) },
		"Forget":   func() error { return s.Forget(t.Context()) },
		"Change":   func() error { return s.ChangePassphrase(t.Context(), nil) },
	} {
		if err := do(); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("%s: %v, want ErrAbsent", name, err)
		}
	}
	if copies, err := s.Copies(t.Context()); err != nil || len(copies) > 0 {
		t.Errorf("Copies: %v, %v", copies, err)
	}
	if err := errors.Join(s.Erase(t.Context()), s.Remove(t.Context())); err != nil || s.Unlocked() {
		t.Errorf("Erase, Remove: %v, unlocked %v", err, s.Unlocked())
	}
	if _, err := os.Stat(nowhere); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

// Two keys in one folder: none is taken, and no store is made over them.
func TestTwoKeys(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	writeFile(t, filepath.Join(dir, keyName), []byte("x"), 0o600)
	if _, err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask}).Load(t.Context()); !errors.Is(err, errTwoKeys) || a.asked > 0 {
		t.Errorf("Load: %v, asked %d times", err, a.asked)
	}
	if _, err := Create(t.Context(), Options{Dir: dir}, KeyFile); !errors.Is(err, errTwoKeys) {
		t.Errorf("Create: %v", err)
	}
}

// Remove leaves the lock file and nothing else, and the unlocked key goes too.
func TestRemoveLeavesNothing(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{CacheTTL: time.Minute})
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, CacheTTL: time.Minute})
	mustSave(t, s, "two", 1)
	writeFile(t, filepath.Join(dir, emptyName), nil, 0o600)
	_, wrapped, err := s.openWrapped()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.cache(wrapped).load(); ok {
		t.Error("the kernel has the key still")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != lockName {
		t.Errorf("left %v, %v", left, err)
	}
}

// Create makes nothing where no store can be.
func TestCreateRefusesThePlace(t *testing.T) {
	file, open := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "open")
	writeFile(t, file, []byte("precious"), 0o600)
	if err := errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "data"), open} {
		if s, err := Create(t.Context(), Options{Dir: dir}, KeyFile); err == nil || s != nil {
			t.Errorf("Create in %q: %v", dir, err)
		}
	}
	if names, err := os.ReadDir(open); err != nil || len(names) > 0 {
		t.Errorf("left %v, %v", names, err)
	}
	a := &asker{} // answers nothing
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Create(t.Context(), Options{Dir: dir, Passphrase: a.ask}, Passphrase); !errors.Is(err, store.ErrNoPrompt) || Exists(dir) {
		t.Errorf("without a passphrase: %v, exists %v", err, Exists(dir))
	}
}

func TestMode(t *testing.T) {
	wrapped, _ := newPassphraseStore(t, Options{})
	for dir, want := range map[string]Mode{wrapped: Passphrase, newKeyFileStore(t): KeyFile} {
		if mode, err := mustOpen(t, Options{Dir: dir}).Mode(); err != nil || mode != want {
			t.Errorf("Mode = %d, %v; want %d", mode, err, want)
		}
	}
}

// A key file that holds no key, two, or the wrong kind of file, is ErrBadKey, names
// itself, and nobody is asked for a passphrase.
func TestBadKeys(t *testing.T) {
	_, one, _, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	_, two, _, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	both := string(one) + "\n" + string(two) + "\n"
	wrapped, a := newPassphraseStore(t, Options{})
	for _, c := range []struct{ dir, name, content string }{
		{newKeyFileStore(t), keyName, both},
		{newKeyFileStore(t), keyName, "no key\n"},
		{wrapped, identityName, string(one) + "\n"},
	} {
		writeFile(t, filepath.Join(c.dir, c.name), []byte(c.content), 0o600)
		_, err := mustOpen(t, Options{Dir: c.dir, Passphrase: a.ask}).Load(t.Context())
		if !errors.Is(err, ErrBadKey) || !strings.Contains(err.Error(), c.name) || a.asked > 0 {
			t.Errorf("%s with %d bytes: %v, asked %d times", c.name, len(c.content), err, a.asked)
		}
	}
}

// An interruption while the passphrase is worked on is one, not a wrong passphrase.
func TestInterruptedWhileUnlocking(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s := mustOpen(t, Options{Dir: dir, Passphrase: func(ctx context.Context, p Purpose, try func([]byte) error) error {
		cancel()
		return a.ask(ctx, p, try)
	}})
	if _, err := s.Load(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: %v, want Canceled", err)
	}
	for name, do := range map[string]func(*Store) error{
		"Erase":  func(s *Store) error { return s.Erase(ctx) },
		"Copies": func(s *Store) error { _, err := s.Copies(ctx); return err },
	} {
		if err := do(mustOpen(t, Options{Dir: dir, Passphrase: a.ask})); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want Canceled", name, err)
		}
	}
}

// One Store holds its lock once, and can take it again.
func TestLockTwice(t *testing.T) {
	s := mustOpen(t, Options{Dir: newKeyFileStore(t), LockWait: 1})
	for range 2 {
		unlock, err := s.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lock(t.Context()); !errors.Is(err, store.ErrBusy) {
			t.Errorf("a second Lock: %v, want ErrBusy", err)
		}
		unlock()
	}
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mustOpen(t, Options{Dir: s.opts.Dir, LockWait: 1}).Save(t.Context(), nil, 0); !errors.Is(err, store.ErrBusy) {
		t.Errorf("Save while another holds the lock: %v, want ErrBusy", err)
	}
	unlock()
	mustSave(t, mustOpen(t, Options{Dir: s.opts.Dir, LockWait: 1}), "one", 0)
}

// What should be kept and cannot be is not replaced.
func TestNotKeptNotSaved(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "one", 0)
	if err := os.Mkdir(filepath.Join(dir, generationName(1)), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), []byte("two"), 1); !errors.Is(err, store.ErrNotSaved) || !strings.Contains(err.Error(), "cannot be kept") {
		t.Errorf("Save: %v, want ErrNotSaved", err)
	}
	wantLoad(t, s, "one", 1)
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left over %v", left)
	}

	dir = newKeyFileStore(t)
	s = mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "one", 0)
	path := filepath.Join(dir, vaultName)
	damage(t, path)
	spoilt, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, damagedName(spoilt)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Renew(t.Context()); !errors.Is(err, store.ErrNotSaved) || !strings.Contains(err.Error(), path) {
		t.Errorf("Renew: %v, want ErrNotSaved with the path", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(spoilt) {
		t.Errorf("the damaged file is gone: %v", err)
	}
}

// Renew touches nothing that may be sound and is merely exposed.
func TestRenewRefuses(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "one", 0)
	path := filepath.Join(dir, vaultName)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Renew(t.Context()); !errors.Is(err, atomicfile.ErrExposed) {
		t.Errorf("Renew: %v, want ErrExposed", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, s, "one", 1)
}

// Damage names its file, and says which part is spoilt or that the key is another.
func TestDamageNamesTheFile(t *testing.T) {
	dir, other := newKeyFileStore(t), newKeyFileStore(t)
	mustSave(t, mustOpen(t, Options{Dir: dir}), "one", 0)
	mustSave(t, mustOpen(t, Options{Dir: other}), "theirs", 0)
	path := filepath.Join(dir, vaultName)
	theirs, err := os.ReadFile(filepath.Join(other, vaultName))
	if err != nil {
		t.Fatal(err)
	}
	damage(t, path)
	if _, err := mustOpen(t, Options{Dir: dir}).Load(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("damaged: %v", err)
	}
	writeFile(t, path, theirs, 0o600)
	if _, err := mustOpen(t, Options{Dir: dir}).Load(t.Context()); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "another key") {
		t.Errorf("of another vault: %v", err)
	}
	s := mustOpen(t, Options{Dir: newKeyFileStore(t)})
	mustSave(t, s, "one", 0)
	mustSave(t, s, "two", 1)
	damage(t, s.Where())
	damage(t, filepath.Join(s.opts.Dir, generationName(1)))
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "no older copy") {
		t.Errorf("all damaged: %v", err)
	}
	if err := os.Remove(s.Where()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("gone, and the older one damaged: %v", err)
	}
}

// A vault in a later form of age is newer, not damaged, and no older copy is taken.
func TestLaterFormOfAge(t *testing.T) {
	s := mustOpen(t, Options{Dir: newKeyFileStore(t)})
	mustSave(t, s, "one", 0)
	mustSave(t, s, "two", 1)
	sealed, err := os.ReadFile(s.Where())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Where()); err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.Where(), []byte(strings.Replace(string(sealed), "age-encryption.org/v1", "age-encryption.org/v2", 1)), 0o600)
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: %v, want ErrNewer", err)
	}
}

func TestNamesOfGenerations(t *testing.T) {
	for name, want := range map[string]bool{
		"vault.g1.age": true, "vault.g18446744073709551615.age": true,
		"1.age": false, "vault.g1": false, "vault.g.age": false, "vault.g01.age": false,
		"vault.g-1.age": false, "vault.gx.age": false, "vault.g18446744073709551616.age": false, "vault.age": false,
	} {
		if rev, ok := generationOf(name); ok != want || ok && generationName(rev) != name {
			t.Errorf("%s: revision %d, %v", name, rev, ok)
		}
	}
}

// No operation keeps the folder or the lock open.
func TestNothingStaysOpen(t *testing.T) {
	if _, err := os.ReadDir("/proc/self/fd"); err != nil {
		t.Skip("only Linux tells what is open")
	}
	dir, a := newPassphraseStore(t, Options{})
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick})
	ours := func() (n int) {
		entries, _ := os.ReadDir("/proc/self/fd")
		for _, e := range entries {
			if target, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && strings.HasPrefix(target, dir) {
				n++
			}
		}
		return n
	}
	for name, do := range map[string]func(){
		"Load":     func() { _, _ = s.Load(t.Context()) },
		"Previous": func() { _, _ = s.Previous(t.Context()) },
		"Copies":   func() { _, _ = s.Copies(t.Context()) },
		"Conflict": func() { _, _ = s.Save(t.Context(), nil, 99) },
		"Mode":     func() { _, _ = s.Mode() },
		"Unlocked": func() { s.key = nil; s.Unlocked() },
		"Forget":   func() { _ = s.Forget(t.Context()) },
		"wrong":    func() { _, _ = mustOpen(t, Options{Dir: dir}).Load(t.Context()) },
		"Lock": func() {
			if unlock, err := s.Lock(t.Context()); err == nil {
				unlock()
			}
		},
	} {
		if do(); ours() != 0 {
			t.Fatalf("%s leaves %d files open", name, ours())
		}
	}
}
