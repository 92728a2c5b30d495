//go:build unix

package file

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// What somebody may have put where a file of ours should be.
var plants = map[string]func(path, victim string) error{
	"symbolic link":          func(path, victim string) error { return os.Symlink(victim, path) },
	"dangling symbolic link": func(path, victim string) error { return os.Symlink(victim+"-not", path) },
	"FIFO":                   func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
	"link to a device":       func(path, _ string) error { return os.Symlink("/dev/full", path) },
	"directory":              func(path, _ string) error { return os.Mkdir(path, 0o700) },
}

// Each of our files in turn is something else. Load and Save refuse or do
// without it, never hang, and touch nothing outside.
func TestPlantedFiles(t *testing.T) {
	for what, plant := range plants {
		for _, name := range []string{vaultName, keyName, lockName, identityName} {
			t.Run(what+" as "+name, func(t *testing.T) {
				dir := newKeyFileStore(t)
				mustSave(t, mustOpen(t, Options{Dir: dir}), "old", 0)
				victim := filepath.Join(t.TempDir(), "victim")
				writeFile(t, victim, []byte("precious"), 0o600)
				path := filepath.Join(dir, name)
				_ = os.Remove(path)
				if err := plant(path, victim); err != nil {
					t.Fatal(err)
				}
				err := useWithin(t, mustOpen(t, Options{Dir: dir, LockWait: time.Millisecond}))
				if err == nil {
					t.Error("used it")
				}
				expectVictim(t, victim)
			})
		}
	}
}

// useWithin loads and saves, and fails the test if that takes 5 seconds.
func useWithin(t *testing.T, s *Store) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := s.Load(context.Background())
		_, saveErr := s.Save(context.Background(), []byte("new"), 1)
		done <- errors.Join(err, saveErr)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("hangs")
		return nil
	}
}

func expectVictim(t *testing.T, victim string) {
	t.Helper()
	got, err := os.ReadFile(victim)
	if err != nil || string(got) != "precious" {
		t.Errorf("the victim holds %q, %v", got, err)
	}
	if _, err := os.Lstat(victim + "-not"); err == nil {
		t.Error("a file was made through a dangling link")
	}
}

// A hard link shares its content with a file somewhere else, which must not be
// written through it.
func TestHardLinks(t *testing.T) {
	for _, name := range []string{vaultName, lockName} {
		dir := newKeyFileStore(t)
		s := mustOpen(t, Options{Dir: dir})
		mustSave(t, s, "old", 0)
		path, victim := filepath.Join(dir, name), filepath.Join(t.TempDir(), "victim")
		before, _ := os.ReadFile(path)
		if err := os.Link(path, victim); err != nil {
			t.Fatal(err)
		}
		mustSave(t, s, "new", 1)
		if after, _ := os.ReadFile(victim); !bytes.Equal(before, after) {
			t.Errorf("%s: written through a hard link", name)
		}
	}
}

// The directory is a link, another user's, or writable by others.
func TestDirectory(t *testing.T) {
	dir := newKeyFileStore(t)
	mustSave(t, mustOpen(t, Options{Dir: dir}), "old", 0)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := mustOpen(t, Options{Dir: link}).Load(t.Context()); !errors.Is(err, atomicfile.ErrSymlink) {
		t.Errorf("a link: %v", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := mustOpen(t, Options{Dir: dir}).Load(t.Context()); !errors.Is(err, atomicfile.ErrExposed) {
		t.Errorf("writable by others: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	if err := errors.Join(os.Chmod(dir, 0o700), os.Chown(dir, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if _, err := mustOpen(t, Options{Dir: dir}).Load(t.Context()); !errors.Is(err, atomicfile.ErrForeign) {
		t.Errorf("of another user: %v", err)
	}
}

// A vault or key that others may read is refused, and the message holds the
// command that mends it.
func TestExposedFiles(t *testing.T) {
	for _, name := range []string{vaultName, keyName} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666} {
			dir := newKeyFileStore(t)
			mustSave(t, mustOpen(t, Options{Dir: dir}), "old", 0)
			path := filepath.Join(dir, name)
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, Options{Dir: dir})
			_, err := s.Load(t.Context())
			if !errors.Is(err, atomicfile.ErrExposed) || !bytes.Contains([]byte(err.Error()), []byte("chmod 600 '"+path+"'")) {
				t.Errorf("%s %o: %v", name, mode, err)
			}
			if _, err := s.Save(t.Context(), []byte("new"), 1); !errors.Is(err, atomicfile.ErrExposed) {
				t.Errorf("%s %o: Save: %v", name, mode, err)
			}
		}
	}
}

func TestForeignFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for _, name := range []string{vaultName, keyName, lockName} {
		dir := newKeyFileStore(t)
		mustSave(t, mustOpen(t, Options{Dir: dir}), "old", 0)
		if err := os.Chown(filepath.Join(dir, name), 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if _, err := mustOpen(t, Options{Dir: dir}).Save(t.Context(), []byte("new"), 1); !errors.Is(err, atomicfile.ErrForeign) {
			t.Errorf("%s of another user: %v", name, err)
		}
	}
}

// Whatever the umask, files are 0600 and the directory is 0700.
func TestModes(t *testing.T) {
	for _, umask := range []string{"000", "022", "077", "777"} {
		for mode := range modes {
			dir := filepath.Join(t.TempDir(), "above", "data")
			shell := []string{"sh", "-c", "umask " + umask + `; exec "$@"`, "sh"}
			if o := run(t, deed(t, dir, "create", mode, shell...)); o.status != 0 {
				t.Fatalf("umask %s: %+v", umask, o)
			}
			if mode == "key" {
				for range 2 {
					if o := run(t, deed(t, dir, "save", "x", shell...)); o.status != 0 {
						t.Fatalf("umask %s: %+v", umask, o)
					}
				}
			}
			wantModes(t, filepath.Dir(dir), umask)
		}
	}
}

func wantModes(t *testing.T, top, umask string) {
	t.Helper()
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("umask %s: %s has mode %o", umask, path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Every byte changed, every length cut, and anything behind the end: noticed.
func TestEveryByteCounts(t *testing.T) {
	_, k := sealedWith(t)
	document := make([]byte, 2000)
	rand.Read(document)
	sealed, err := seal(t.Context(), document, 7, k)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, spoilt []byte) {
		if _, err := unseal(t.Context(), k, spoilt); !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range sealed {
		spoilt := bytes.Clone(sealed)
		spoilt[i] ^= 1 << (i % 8)
		check(fmt.Sprint("byte ", i), spoilt)
		check(fmt.Sprint("length ", i), sealed[:i])
	}
	check("one byte more", append(bytes.Clone(sealed), 0))
	check("twice", append(bytes.Clone(sealed), sealed...))
}

func sealedWith(t *testing.T) (string, *key) {
	t.Helper()
	dir := newKeyFileStore(t)
	text, err := os.ReadFile(filepath.Join(dir, keyName))
	if err != nil {
		t.Fatal(err)
	}
	k, err := parseKey(text, keyName, text)
	if err != nil {
		t.Fatal(err)
	}
	return dir, k
}

// A spoilt key never opens anything else, and never makes a new vault.
func TestSpoiltKey(t *testing.T) {
	dir, a := newPassphraseStore(t, Options{})
	path := filepath.Join(dir, identityName)
	wrapped, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(wrapped)-1; i += 3 { // the last line end does not matter
		spoilt := bytes.Clone(wrapped)
		spoilt[i] ^= 4
		writeFile(t, path, spoilt, 0o600)
		state, err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask}).Load(t.Context())
		if err == nil && string(state.Data) != "one" || errors.Is(err, store.ErrAbsent) {
			t.Errorf("byte %d: %q, %v", i, state.Data, err)
		}
		writeFile(t, path, wrapped[:i], 0o600)
		if _, err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask}).Load(t.Context()); !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrPassphrase) {
			t.Errorf("length %d: %v", i, err)
		}
	}
}
