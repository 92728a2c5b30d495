package file

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// sealAs encrypts an envelope that a test made for the key of a store.
func sealAs(t *testing.T, dir, comment string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Comment = comment
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Dir: dir})
	d, k, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	sealed, err := crypt.EncryptTo(t.Context(), b.Bytes(), []crypt.Recipient{k.recipient}, crypt.Binary)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// A file that the key opens, with an envelope in it that cannot be used, is not an
// empty vault: a later form is ErrNewer, also when an older copy could be read.
func TestEnvelopeOfAnotherForm(t *testing.T) {
	data := []byte("of a later jangle")
	for name, c := range map[string]struct {
		comment string
		want    error
	}{
		"later form":     {fmt.Sprintf("jangle 2 7 %x", sha256.Sum256(data)), store.ErrNewer},
		"wrong checksum": {fmt.Sprintf("jangle 1 7 %x", sha256.Sum256(nil)), store.ErrDamaged},
		"none":           {"", store.ErrDamaged},
	} {
		dir := newKeyFileStore(t)
		sealed := sealAs(t, dir, c.comment, data)
		writeFile(t, filepath.Join(dir, vaultName), sealed, 0o600)
		s := mustOpen(t, Options{Dir: dir})
		if state, err := s.Load(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: Load = %q, revision %d, %v; want %v", name, state.Data, state.Revision, err, c.want)
		}
		for _, base := range []store.Revision{0, 7} {
			if _, err := s.Save(t.Context(), []byte("over it"), base); !errors.Is(err, c.want) {
				t.Errorf("%s: Save on %d: %v, want %v", name, base, err, c.want)
			}
		}

		dir = newKeyFileStore(t)
		s = mustOpen(t, Options{Dir: dir})
		mustSave(t, s, "one", 0)
		mustSave(t, s, "two", 1)
		sealed = sealAs(t, dir, c.comment, data)
		if err := os.Remove(filepath.Join(dir, vaultName)); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, vaultName), sealed, 0o600)
		state, err := s.Load(t.Context())
		if c.want == store.ErrNewer {
			if !errors.Is(err, store.ErrNewer) {
				t.Errorf("%s over an older copy: %v, want ErrNewer", name, err)
			}
		} else if err != nil || string(state.Data) != "one" || state.Doubt != store.Older {
			t.Errorf("%s over an older copy: %q, doubt %d, %v; want one, Older", name, state.Data, state.Doubt, err)
		}
	}
}

// A key without its vault is an error, however the key is kept, unless the store
// says that it is empty on purpose.
func TestKeyWithoutVault(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	plain := Options{Dir: newKeyFileStore(t)}
	if _, err := mustOpen(t, plain).Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("just created: %v, want ErrAbsent", err)
	}
	mustSave(t, mustOpen(t, plain), "one", 0)
	for name, o := range map[string]Options{"key file": plain, "passphrase": {Dir: dir, Passphrase: a.ask}} {
		for _, n := range documents(t, o.Dir) {
			if err := os.Remove(n); err != nil {
				t.Fatal(err)
			}
		}
		s := mustOpen(t, o)
		if _, err := s.Load(t.Context()); !errors.Is(err, ErrNoVault) || !errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrAbsent) {
			t.Errorf("%s: Load: %v, want ErrNoVault", name, err)
		}
		if _, err := s.Save(t.Context(), []byte("over it"), 0); !errors.Is(err, ErrNoVault) {
			t.Errorf("%s: Save: %v, want ErrNoVault", name, err)
		}
		if copies, err := s.Copies(t.Context()); err != nil || len(copies) != 0 {
			t.Errorf("%s: Copies: %v, %v", name, copies, err)
		}
		if err := s.Renew(t.Context()); err != nil {
			t.Errorf("%s: Renew: %v", name, err)
		}
		if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("%s, renewed: Load: %v, want ErrAbsent", name, err)
		}
		mustSave(t, s, "begun anew", 0)
		if err := s.Renew(t.Context()); !errors.Is(err, ErrExists) {
			t.Errorf("%s: Renew of a sound store: %v, want ErrExists", name, err)
		}
	}
}

func documents(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "vault*.age"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(n string) bool { return filepath.Base(n) == identityName })
}

// Renew keeps what cannot be read: somebody may still repair it.
func TestRenewPutsAside(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "one", 0)
	mustSave(t, s, "two", 1)
	want := map[string]bool{}
	for _, n := range documents(t, dir) {
		damage(t, n)
		content, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		want[string(content)] = true
	}
	if err := s.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrAbsent", err)
	}
	for _, n := range documents(t, dir) {
		content, err := os.ReadFile(n)
		if err != nil || filepath.Base(n)[:len(damagedPrefix)] != damagedPrefix {
			t.Errorf("%s is left: %v", n, err)
		}
		delete(want, string(content))
	}
	if len(want) != 0 {
		t.Errorf("%d of the damaged files are gone", len(want))
	}
}

func TestCopies(t *testing.T) {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	if copies, err := s.Copies(t.Context()); err != nil || len(copies) != 0 {
		t.Errorf("a new store: %v, %v", copies, err)
	}
	for i, data := range []string{"one", "two", "three"} {
		mustSave(t, s, data, store.Revision(i))
	}
	damage(t, filepath.Join(dir, generationName(1)))
	copies, err := s.Copies(t.Context())
	if err != nil || len(copies) != 3 {
		t.Fatalf("Copies = %v, %v", copies, err)
	}
	for i, want := range []store.Copy{
		{Name: vaultName, Data: []byte("three"), Revision: 3},
		{Name: generationName(2), Data: []byte("two"), Revision: 2},
		{Name: generationName(1), Err: store.ErrDamaged},
	} {
		c := copies[i]
		if c.Name != want.Name || string(c.Data) != string(want.Data) || c.Revision != want.Revision || !errors.Is(c.Err, want.Err) || c.Changed.IsZero() {
			t.Errorf("copy %d = %+v, want %+v", i, c, want)
		}
	}
}
