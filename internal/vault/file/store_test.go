package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

// quick is the cheapest work factor for new passphrases.
const quick = 1

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		dir := newKeyFileStore(t)
		return storetest.Place{
			Open:         func(t testing.TB) store.Store { return mustOpen(t, Options{Dir: dir}) },
			DamageNewest: func(t testing.TB) { damage(t, filepath.Join(dir, vaultName)) },
			DamageAll: func(t testing.TB) {
				names, _ := filepath.Glob(filepath.Join(dir, "vault*.age"))
				for _, n := range names {
					damage(t, n)
				}
			},
		}
	})
}

// newKeyFileStore makes a store with a key file and returns its directory.
func newKeyFileStore(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := Create(t.Context(), Options{Dir: dir}, KeyFile); err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustOpen(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// damage flips one bit in the middle, in a file of its own: the kept
// generations are names of the same file.
func damage(t testing.TB, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, data, 0o600)
}

func writeFile(t testing.TB, path string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
}

func mustSave(t testing.TB, s *Store, data string, base store.Revision) {
	t.Helper()
	if rev, err := s.Save(t.Context(), []byte(data), base); err != nil || rev != base+1 {
		t.Fatalf("Save(%q) on base %d: revision %d, %v", data, base, rev, err)
	}
}

func wantLoad(t testing.TB, s *Store, data string, rev store.Revision) {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil || string(state.Data) != data || state.Revision != rev {
		t.Fatalf("Load = %q, revision %d, %v; want %q, %d", state.Data, state.Revision, err, data, rev)
	}
}

// asker answers prompts, and counts them.
type asker struct {
	answers map[Purpose]string
	asked   int
}

func (a *asker) ask(_ context.Context, p Purpose, try func([]byte) error) error {
	a.asked++
	answer, ok := a.answers[p]
	if !ok {
		return store.ErrNoPrompt
	}
	return try([]byte(answer))
}

// choose is what the asker answers to a change of passphrase.
func (a *asker) choose(ctx context.Context) (chosen []byte, err error) {
	err = a.ask(ctx, Choose, func(p []byte) error { chosen = p; return nil })
	return chosen, err
}

// newPassphraseStore makes a store with the passphrase "first".
func newPassphraseStore(t testing.TB, o Options) (string, *asker) {
	t.Helper()
	a := &asker{answers: map[Purpose]string{Unlock: "first", Choose: "first"}}
	o.Dir, o.Passphrase, o.WorkFactor = filepath.Join(t.TempDir(), "data"), a.ask, quick
	s, err := Create(t.Context(), o, Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Forget(context.Background()) })
	mustSave(t, s, "one", 0)
	a.asked = 0
	return o.Dir, a
}

func TestPassphraseIsAskedOnce(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask})
	if s.Unlocked() {
		t.Error("unlocked before it was asked")
	}
	wantLoad(t, s, "one", 1)
	mustSave(t, s, "two", 1)
	if a.asked != 1 || !s.Unlocked() {
		t.Errorf("asked %d times, unlocked %v", a.asked, s.Unlocked())
	}
	if err := s.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, s, "two", 2)
	if a.asked != 2 {
		t.Errorf("asked %d times after Forget", a.asked)
	}
}

func TestPassphraseErrors(t *testing.T) {
	dir, _ := newPassphraseStore(t, Options{})
	wrong := &asker{answers: map[Purpose]string{Unlock: "First"}}
	for name, c := range map[string]struct {
		ask  func(context.Context, Purpose, func([]byte) error) error
		want error
	}{
		"wrong":  {wrong.ask, store.ErrPassphrase},
		"nobody": {nil, store.ErrNoPrompt},
	} {
		s := mustOpen(t, Options{Dir: dir, Passphrase: c.ask})
		if _, err := s.Load(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: Load: %v", name, err)
		}
		if _, err := s.Save(t.Context(), []byte("x"), 1); !errors.Is(err, c.want) {
			t.Errorf("%s: Save: %v", name, err)
		}
	}
}

func TestCreateRefusesAStore(t *testing.T) {
	dir := newKeyFileStore(t)
	before, _ := os.ReadFile(filepath.Join(dir, keyName))
	if _, err := Create(t.Context(), Options{Dir: dir}, KeyFile); !errors.Is(err, ErrExists) {
		t.Errorf("Create over a store: %v", err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, keyName))
	if string(before) != string(after) {
		t.Error("the key was replaced")
	}
}

func TestExists(t *testing.T) {
	if Exists(filepath.Join(t.TempDir(), "nowhere")) || Exists(t.TempDir()) {
		t.Error("exists where nothing is")
	}
	dir := newKeyFileStore(t)
	if !Exists(dir) {
		t.Error("not seen after Create")
	}
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "one", 0)
	if err := os.Remove(filepath.Join(dir, keyName)); err != nil {
		t.Fatal(err)
	}
	if !Exists(dir) {
		t.Error("a vault without key is not seen")
	}
	if _, err := mustOpen(t, Options{Dir: dir}).Load(t.Context()); !errors.Is(err, ErrNoKey) || !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("a vault without key: %v", err)
	}
	if err := s.Remove(t.Context()); err != nil || Exists(dir) {
		t.Errorf("Remove: %v, exists %v", err, Exists(dir))
	}
}

func TestGenerations(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	for i := range 9 {
		mustSave(t, s, string(rune('a'+i)), store.Revision(i))
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "vault.g*.age"))
	if len(kept) != generations {
		t.Errorf("kept %v", kept)
	}
	state, err := s.Previous(t.Context())
	if err != nil || string(state.Data) != "h" || state.Revision != 8 {
		t.Errorf("Previous = %q, %d, %v", state.Data, state.Revision, err)
	}
	// The vault file is gone: its predecessor is taken, with a warning.
	if err := os.Remove(filepath.Join(dir, vaultName)); err != nil {
		t.Fatal(err)
	}
	state, err = s.Load(t.Context())
	if err != nil || string(state.Data) != "h" || len(state.Warnings) != 1 {
		t.Errorf("Load = %q, %q, %v", state.Data, state.Warnings, err)
	}
}

// An older vault file was put back by hand: what it would push out is kept.
func TestVaultFilePutBack(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "a", 0)
	old, _ := os.ReadFile(filepath.Join(dir, vaultName))
	for i := range 5 {
		mustSave(t, s, string(rune('b'+i)), store.Revision(i+1))
	}
	writeFile(t, filepath.Join(dir, vaultName), old, 0o600)
	wantLoad(t, s, "a", 1)
	mustSave(t, s, "B", 1)
	mustSave(t, s, "C", 2)
	wantLoad(t, s, "C", 3)
	state, err := s.Previous(t.Context())
	if err != nil || string(state.Data) != "B" {
		t.Errorf("Previous = %q, %v", state.Data, err)
	}
}

// A document of another vault under the same name is damage, not a document.
func TestForeignVault(t *testing.T) {
	dir, other := newKeyFileStore(t), newKeyFileStore(t)
	mustSave(t, mustOpen(t, Options{Dir: dir}), "mine", 0)
	mustSave(t, mustOpen(t, Options{Dir: other}), "theirs", 0)
	theirs, _ := os.ReadFile(filepath.Join(other, vaultName))
	writeFile(t, filepath.Join(dir, vaultName), theirs, 0o600)
	s := mustOpen(t, Options{Dir: dir})
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: %v", err)
	}
	if _, err := s.Save(t.Context(), []byte("x"), 0); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Save: %v", err)
	}
}
