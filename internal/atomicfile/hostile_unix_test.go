//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// plants are things that somebody may have put under our name.
var plants = map[string]func(path, victim string) error{
	"link":          func(path, victim string) error { return os.Symlink(victim, path) },
	"dangling link": func(path, victim string) error { return os.Symlink(victim+"-not", path) },
	"FIFO":          func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
	"device":        func(path, _ string) error { return os.Symlink("/dev/full", path) },
	"directory":     func(path, _ string) error { return os.Mkdir(path, 0o700) },
}

func TestPlanted(t *testing.T) {
	for what, plant := range plants {
		dir := t.TempDir()
		path, victim := filepath.Join(dir, "f"), filepath.Join(t.TempDir(), "victim")
		if err := errors.Join(os.WriteFile(victim, []byte("precious"), 0o600), plant(path, victim)); err != nil {
			t.Fatal(err)
		}
		if err := Create(path, []byte("x"), Options{}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: Create: %v", what, err)
		}
		if err := Replace(path, []byte("x"), Options{}); !errors.Is(err, ErrSymlink) && !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: Replace: %v", what, err)
		}
		d, err := OpenPrivateDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReadPrivate("f", 100); !errors.Is(err, ErrSymlink) && !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: ReadPrivate: %v", what, err)
		}
		if _, err := d.OpenPrivate("f", os.O_RDWR|os.O_CREATE); err == nil {
			t.Errorf("%s: OpenPrivate opened it", what)
		}
		d.Close()
		expect(t, victim, "precious")
		if _, err := os.Lstat(victim + "-not"); err == nil {
			t.Errorf("%s: a file was made through it", what)
		}
		alone(t, path)
	}
}

// A hard link keeps the old content: it is not written through.
func TestReplaceBreaksHardLinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	other := filepath.Join(t.TempDir(), "g")
	if err := errors.Join(os.WriteFile(path, []byte("old"), 0o600), os.Link(path, other), Replace(path, []byte("new"), Options{})); err != nil {
		t.Fatal(err)
	}
	expect(t, path, "new")
	expect(t, other, "old")
}

func TestModes(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077, 0o777} {
		for mode, want := range map[fs.FileMode]fs.FileMode{0: 0o600, 0o600: 0o600, 0o644: 0o644 &^ fs.FileMode(umask)} {
			top := t.TempDir()
			old := syscall.Umask(umask)
			dir := filepath.Join(top, "a", "b")
			err := errors.Join(MakePrivateDir(dir), Replace(filepath.Join(dir, "f"), nil, Options{Mode: mode}))
			syscall.Umask(old)
			if err != nil {
				t.Fatal(err)
			}
			if umask == 0o777 && mode == 0o644 {
				want = 0o644 // what the umask took from the owner is given back as asked for
			}
			for name, want := range map[string]fs.FileMode{"a": 0o700, "a/b": 0o700, "a/b/f": want} {
				info, err := os.Stat(filepath.Join(top, name))
				if err != nil || info.Mode().Perm() != want {
					t.Errorf("umask %o, mode %o: %s is %v, want %o, %v", umask, mode, name, info.Mode(), want, err)
				}
			}
		}
	}
}

func TestPrivateDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if _, err := OpenPrivateDir(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing one: %v", err)
	}
	if err := MakePrivateDir(dir); err != nil {
		t.Fatal(err)
	}
	link, file := filepath.Join(t.TempDir(), "l"), filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.Symlink(dir, link), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{dir: nil, link: ErrSymlink, file: ErrNotDirectory} {
		if _, err := OpenPrivateDir(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	for mode, want := range map[fs.FileMode]error{0o755: nil, 0o775: ErrExposed, 0o777: ErrExposed} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenPrivateDir(dir); !errors.Is(err, want) {
			t.Errorf("mode %o: %v, want %v", mode, err, want)
		}
	}
}

// The directory is exchanged for a link to another one between opening and
// writing: the file lands in the one that was opened.
func TestDirectoryExchanged(t *testing.T) {
	top := t.TempDir()
	mine, moved, theirs := filepath.Join(top, "mine"), filepath.Join(top, "moved"), filepath.Join(top, "theirs")
	if err := errors.Join(os.Mkdir(mine, 0o700), os.Mkdir(theirs, 0o700)); err != nil {
		t.Fatal(err)
	}
	d, err := OpenPrivateDir(mine)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := errors.Join(os.Rename(mine, moved), os.Symlink(theirs, mine)); err != nil {
		t.Fatal(err)
	}
	s, err := d.Stage("f", []byte("x"), Options{})
	if err == nil {
		err = s.Replace()
	}
	if err != nil {
		t.Fatal(err)
	}
	expect(t, filepath.Join(moved, "f"), "x")
	if left, _ := os.ReadDir(theirs); len(left) > 0 {
		t.Errorf("written elsewhere: %v", left)
	}
}

func TestReadPrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	d, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ReadPrivate("f", 5); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := d.ReadPrivate("f", 5); err != nil || string(got) != "12345" {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	if _, err := d.ReadPrivate("f", 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("above the limit: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadPrivate("f", 5); !errors.Is(err, ErrExposed) {
		t.Errorf("open to the group: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	if err := errors.Join(os.Chmod(path, 0o600), os.Chown(path, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadPrivate("f", 5); !errors.Is(err, ErrForeign) {
		t.Errorf("of another user: %v", err)
	}
}

// On file systems without hard links Create copies, and still refuses what is
// there.
func TestCreateByCopy(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i, want := range []error{nil, fs.ErrExist} {
		s, err := d.Stage("f", []byte("one"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.createByCopy(); !errors.Is(err, want) {
			t.Errorf("try %d: %v, want %v", i, err, want)
		}
		s.Discard()
	}
	expect(t, filepath.Join(dir, "f"), "one")
	alone(t, filepath.Join(dir, "f"))
}

// A temporary file that cannot be removed may hold secrets: its path is said. (A
// folder with something in it took its place here, which works on each system.)
func TestLeftTemporaryFileIsNamed(t *testing.T) {
	for name, end := range map[string]func(*Staged) error{
		"replace": (*Staged).Replace, "create": (*Staged).Create, "discard": (*Staged).Discard,
	} {
		dir := t.TempDir()
		d, err := OpenDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		s, err := d.Stage("f", []byte("one"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		temp := filepath.Join(dir, s.temp)
		if err := errors.Join(os.Remove(temp), os.MkdirAll(filepath.Join(temp, "x"), 0o700), os.Mkdir(filepath.Join(dir, "f"), 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := end(s); !errors.Is(err, ErrLeft) || !strings.Contains(err.Error(), "remove "+temp+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	stale := tempName("f")
	keep := []string{"f", ".f.tmp", ".f.0123456789abcdeg.tmp", ".f.0123456789abcdef.tmpx", ".f.0123.tmp", tempName("g"), ".f.fresh"}
	for _, n := range append(keep, stale) {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, tempName("f")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Sweep(func(n string) bool { return n == "f" }, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, stale)); err != nil {
		t.Error("a fresh one was swept")
	}
	// Replace sweeps by itself what is old.
	old := time.Now().Add(-2 * staleAfter)
	if err := errors.Join(os.Chtimes(filepath.Join(dir, stale), old, old), Replace(filepath.Join(dir, "f"), nil, Options{})); err != nil {
		t.Fatal(err)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != len(keep)+1 {
		t.Errorf("left %v", left)
	}
}

// Errors name the path that the caller knows, and the system's cause.
func TestErrorsNamePathAndCause(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere", "f")
	for _, err := range []error{Replace(missing, nil, Options{}), Create(missing, nil, Options{})} {
		if !errors.Is(err, fs.ErrNotExist) || err.Error() != "open "+filepath.Dir(missing)+": no such file or directory" {
			t.Errorf("%v", err)
		}
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := Create(path, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, nil, Options{}); err == nil || err.Error() != "create "+path+": file exists" {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"/", ".", "a\x00b"} {
		if err := Replace(name, nil, Options{}); err == nil {
			t.Errorf("replaced %q", name)
		}
	}
}

// A FIFO where a directory should be does not make anybody wait.
func TestFIFOAsDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(filepath.Join(path, "f"), nil, Options{}); !errors.Is(err, ErrNotDirectory) {
		t.Errorf("%v", err)
	}
}
