package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/backup"
)

// target is where a backup goes.
type target struct {
	path      string
	stdout    bool
	generated bool // in a folder, with a name that we chose
	force     bool
}

// name is the file's name without its folder, for the vault to remember.
func (t target) name() string { return filepath.Base(t.path) }

// backupTarget decides where to write and finds out what stands in the way,
// before anybody is asked for a passphrase.
func (app *App) backupTarget(o backupOptions, vaultID string) (target, error) {
	if o.target == "-" {
		if o.keep > 0 {
			return target{}, usage("jangle backup --keep N FOLDER", "--keep is for a folder")
		}
		return target{path: "standard output", stdout: true}, nil
	}
	info, err := os.Stat(o.target)
	folder := err == nil && info.IsDir()
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return target{}, err
	case err != nil && strings.HasSuffix(o.target, string(filepath.Separator)):
		return target{}, failed("mkdir "+o.target, "there is no folder %s", o.target)
	case !folder && o.keep > 0:
		return target{}, usage("jangle backup --keep N FOLDER", "--keep is for a folder, and %s is none", o.target)
	case folder:
		path := filepath.Join(o.target, backup.FileName(vaultID, app.Now()))
		return target{path: path, generated: true, force: o.force}, nil
	case err == nil && !o.force:
		return target{}, failed("--force overwrites it", "%s is there already", o.target)
	}
	return target{path: o.target, force: o.force}, nil
}

// deliver writes the file and reads it back. The bytes are those that were
// proven, so when they are on the disk the proof holds for the disk.
func (app *App) deliver(to target, sealed []byte) error {
	if to.stdout {
		_, _ = app.out.Write(sealed)
		return app.outputError()
	}
	if err := writeNew(to.path, sealed, to.force); err != nil {
		return err
	}
	back, err := os.ReadFile(to.path)
	if err != nil {
		return fmt.Errorf("the backup was written, but cannot be read back: %w", err)
	}
	if !bytes.Equal(back, sealed) {
		return fmt.Errorf("%s does not hold what was written: do not rely on it", to.path)
	}
	return nil
}

// rotate removes older backups when the new one is there.
func (app *App) rotate(o backupOptions, r *backupReport) {
	if o.keep == 0 {
		return
	}
	dir, err := atomicfile.OpenDir(filepath.Dir(r.to.path))
	if err != nil {
		r.rotation = err
		return
	}
	defer dir.Close()
	r.removed, r.rotation = backup.Rotate(backupFolder{dir, filepath.Dir(r.to.path)}, r.to.name(), o.keep)
}

// backupFolder is a folder with backups.
type backupFolder struct {
	*atomicfile.Dir
	path string
}

// Head reads the beginning of a regular file; a link to one is not followed.
func (f backupFolder) Head(name string, n int) ([]byte, error) {
	path := filepath.Join(f.path, name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: it was left alone", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, n)
	got, err := io.ReadFull(file, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:got], err
}
