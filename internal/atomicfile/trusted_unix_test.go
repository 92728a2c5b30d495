//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpenTrusted(t *testing.T) {
	const other = 65534
	for name, c := range map[string]struct {
		spoil func(home, dir, path string) error
		want  error
	}{
		"as it is":            {func(_, _, _ string) error { return nil }, nil},
		"others may read it":  {func(_, _, path string) error { return os.Chmod(path, 0o644) }, nil},
		"all may write it":    {func(_, _, path string) error { return os.Chmod(path, 0o666) }, ErrExposed},
		"a group may":         {func(_, _, path string) error { return os.Chmod(path, 0o620) }, ErrExposed},
		"another's":           {func(_, _, path string) error { return os.Chown(path, other, other) }, ErrForeign},
		"in an open folder":   {func(_, dir, _ string) error { return os.Chmod(dir, 0o777) }, ErrExposed},
		"in one like /tmp":    {func(_, dir, _ string) error { return os.Chmod(dir, 0o777|os.ModeSticky) }, nil},
		"in another's folder": {func(_, dir, _ string) error { return os.Chown(dir, other, other) }, ErrForeign},
		"in an open home":     {func(home, _, _ string) error { return os.Chmod(home, 0o777) }, ErrExposed},
		"above the home": {func(home, _, _ string) error {
			return os.Chmod(filepath.Dir(home), 0o777)
		}, nil},
		"a link to an open folder": {func(home, dir, path string) error {
			open := filepath.Join(home, "open")
			return errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777),
				os.Rename(path, filepath.Join(open, "f")), os.Symlink(filepath.Join(open, "f"), path))
		}, ErrExposed},
		"a link in an open folder": {func(home, dir, path string) error {
			return errors.Join(os.Rename(path, filepath.Join(home, "f")), os.Symlink("../f", path), os.Chmod(dir, 0o777))
		}, ErrExposed},
		"a link": {func(home, dir, path string) error {
			return errors.Join(os.Rename(path, filepath.Join(home, "f")), os.Symlink("../f", path))
		}, nil},
		"not there": {func(_, _, path string) error { return os.Remove(path) }, os.ErrNotExist},
	} {
		if c.want == ErrForeign && os.Geteuid() != 0 {
			continue // only root can give a file away
		}
		home := filepath.Join(t.TempDir(), "home")
		t.Setenv("HOME", home)
		dir := filepath.Join(home, "dir")
		path := filepath.Join(dir, "it's")
		err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(path, []byte("x"), 0o600), c.spoil(home, dir, path))
		if err != nil {
			t.Fatal(name, err)
		}
		f, err := OpenTrusted(path)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err == nil {
			f.Close()
		}
		if errors.Is(c.want, ErrExposed) && !strings.Contains(err.Error(), "chmod go-w '") {
			t.Errorf("%s: it does not say what to do: %v", name, err)
		}
	}
}

// A home folder that is a link is the same home, whichever way the file is named.
func TestOpenTrustedInALinkedHome(t *testing.T) {
	top := t.TempDir()
	home, link := filepath.Join(top, "open", "home"), filepath.Join(top, "open", "link")
	if err := errors.Join(os.MkdirAll(home, 0o700), os.WriteFile(filepath.Join(home, "f"), nil, 0o600), os.Symlink(home, link), os.Chmod(filepath.Dir(home), 0o777)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", link)
	for _, dir := range []string{home, link} {
		f, err := OpenTrusted(filepath.Join(dir, "f"))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// Process substitution and here-documents are files without a folder.
func TestOpenTrustedPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	write.WriteString("secret")
	write.Close()
	f, err := OpenTrusted(fmt.Sprintf("/dev/fd/%d", read.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "secret" {
		t.Errorf("%q, %v", b, err)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Chmod(fifo, 0o622)); err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(fifo, os.O_RDWR, 0) // so that opening it does not wait
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := OpenTrusted(fifo); !errors.Is(err, ErrExposed) {
		t.Errorf("a pipe that all may write to: %v", err)
	}
}
