package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// A changed passphrase is a new key: a copy of the old key file opens neither what
// is there nor what is written later, and the past is kept.
func TestChangePassphrase(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	a.answers[Choose] = "second"
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick})
	for i := range generations {
		mustSave(t, s, fmt.Sprint("save ", i+2), store.Revision(i+1))
	}
	stolen, err := os.ReadFile(filepath.Join(dir, identityName))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangePassphrase(t.Context(), a.choose); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, Options{Dir: dir, Passphrase: a.ask})
	if _, err := again.Load(t.Context()); !errors.Is(err, store.ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	a.answers[Unlock] = "second"
	wantLoad(t, again, "save 6", 6)
	documents, _ := filepath.Glob(filepath.Join(dir, "vault*.age"))
	if len(documents) != generations+2 { // the vault and its key
		t.Errorf("there are %v", documents)
	}
	wantPast(t, dir, "second", nil)
	mustSave(t, again, "later", 6)
	writeFile(t, filepath.Join(dir, identityName), stolen, 0o600)
	wantPast(t, dir, "first", store.ErrDamaged)
}

// wantPast opens every document of a store, and wants that error of each.
func wantPast(t *testing.T, dir, passphrase string, want error) {
	t.Helper()
	a := &asker{answers: map[Purpose]string{Unlock: passphrase}}
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask})
	d, k, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	names, _ := d.Names()
	for _, name := range names {
		if name == identityName || !isDocument(name) {
			continue
		}
		if _, err := readDocument(t.Context(), d, k, name); !errors.Is(err, want) {
			t.Errorf("%s with the passphrase %q: %v, want %v", name, passphrase, err, want)
		}
	}
}

// What cannot be changed stays as it is, and says why.
func TestChangeRefuses(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	mustSave(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask}), "two", 1)
	nothing := errors.New("nothing was typed")
	damaged, b := newPassphraseStore(t, Options{})
	mustSave(t, mustOpen(t, Options{Dir: damaged, Passphrase: b.ask}), "two", 1)
	damage(t, filepath.Join(damaged, vaultName))
	for name, c := range map[string]struct {
		dir    string
		unlock string
		choose func(context.Context) ([]byte, error)
		want   error
	}{
		"wrong passphrase": {dir, "wrong", a.choose, store.ErrPassphrase},
		"no new one":       {dir, "first", func(context.Context) ([]byte, error) { return nil, nothing }, nothing},
		"damaged":          {damaged, "first", a.choose, store.ErrDamaged},
		"key file":         {newKeyFileStore(t), "first", a.choose, ErrKeyFile},
		"no store":         {t.TempDir(), "first", a.choose, store.ErrAbsent},
	} {
		before := contentOf(t, c.dir)
		asker := &asker{answers: map[Purpose]string{Unlock: c.unlock}}
		s := mustOpen(t, Options{Dir: c.dir, Passphrase: asker.ask, WorkFactor: quick})
		if err := s.ChangePassphrase(t.Context(), c.choose); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if after := contentOf(t, c.dir); after != before {
			t.Errorf("%s: the files are %q, were %q", name, after, before)
		}
	}
}

// contentOf is all that the documents and keys of a folder hold.
func contentOf(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "vault*"))
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, n := range names {
		if filepath.Base(n) == lockName {
			continue
		}
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all += n + string(data)
	}
	return all
}

// Two change the passphrase at once: the second one finds another key than the one
// that it unlocked, and changes nothing.
func TestTwoChanges(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	a.answers[Choose] = "second"
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick})
	err := s.ChangePassphrase(t.Context(), func(ctx context.Context) ([]byte, error) {
		other := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick})
		if err := other.ChangePassphrase(ctx, a.choose); err != nil {
			t.Errorf("the first: %v", err)
		}
		return []byte("third"), nil
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("the second: %v, want ErrConflict", err)
	}
	wantPast(t, dir, "second", nil)
}

// Whoever unlocked the store before the change never writes for the old key, and
// takes what the old key does not open for no damage: Save is a conflict, Load asks
// for the new passphrase.
func TestChangedMeanwhile(t *testing.T) {
	for name, use := range map[string]func(*Store) error{
		"Load": func(s *Store) error {
			state, err := s.Load(t.Context())
			if len(state.Warnings) > 0 {
				return errors.New(state.Warnings[0])
			}
			return err
		},
		"Save": func(s *Store) error {
			if _, err := s.Save(t.Context(), []byte("three"), 2); !errors.Is(err, store.ErrConflict) {
				return fmt.Errorf("Save: %w, want ErrConflict", err)
			}
			_, err := s.Save(t.Context(), []byte("three"), 2)
			return err
		},
		"Lock": func(s *Store) error {
			unlock, err := s.Lock(t.Context())
			if err != nil {
				return err
			}
			defer unlock()
			_, err = s.Save(t.Context(), []byte("three"), 2)
			return err
		},
	} {
		dir, a := newPassphraseStore(t, Options{})
		mustSave(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask}), "two", 1)
		answers := []string{"first", "second"} // while the first is typed, it is changed
		s := mustOpen(t, Options{Dir: dir, WorkFactor: quick, Passphrase: func(ctx context.Context, _ Purpose, try func([]byte) error) error {
			if len(answers) == 2 {
				a.answers[Choose] = "second"
				if err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick}).ChangePassphrase(ctx, a.choose); err != nil {
					t.Error(err)
				}
			}
			answer := answers[0]
			answers = answers[1:]
			return try([]byte(answer))
		}})
		if err := use(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wantPast(t, dir, "second", nil)
	}
}

// A store is unlocked before its lock is taken: whoever is asked keeps nobody out.
func TestAskedBeforeTheLock(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	s := mustOpen(t, Options{Dir: dir, Passphrase: func(ctx context.Context, p Purpose, try func([]byte) error) error {
		mustSave(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask, LockWait: 1}), "meanwhile", 1)
		return a.ask(ctx, p, try)
	}})
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	wantLoad(t, s, "meanwhile", 2)
}

// A vault file of an older past was put back: what is above it is no generation
// before it, is not counted, and stays for people to judge.
func TestAnotherPastIsNotCounted(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	var old []byte
	for i := range 12 {
		mustSave(t, s, fmt.Sprint("save ", i+1), store.Revision(i))
		if i == 5 {
			old, _ = os.ReadFile(filepath.Join(dir, vaultName))
			for rev := range store.Revision(6) { // as if they had been put back too
				_ = os.Link(filepath.Join(dir, generationName(rev)), filepath.Join(dir, fmt.Sprint("keep", rev)))
			}
		}
	}
	for rev := range store.Revision(6) {
		_ = os.Rename(filepath.Join(dir, fmt.Sprint("keep", rev)), filepath.Join(dir, generationName(rev)))
	}
	writeFile(t, filepath.Join(dir, vaultName), old, 0o600)
	mustSave(t, s, "another", 6)
	for _, rev := range []store.Revision{2, 3, 4, 5, 6, 7, 8, 9, 10, 11} {
		if _, err := os.Stat(filepath.Join(dir, generationName(rev))); err != nil {
			t.Errorf("generation %d: %v", rev, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, generationName(1))); err == nil {
		t.Error("generation 1 was kept")
	}
}
