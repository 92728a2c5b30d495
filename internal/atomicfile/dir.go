package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is an open directory. All its methods take names inside it, and act on
// the directory that was opened even if its path is given to another one.
type Dir struct {
	root *os.Root
	path string
}

// OpenDir opens a directory of any owner and mode: the place where a user wants
// a backup, for example. Symbolic links on the way are followed.
func OpenDir(path string) (*Dir, error) {
	// os.OpenRoot would wait for a writer if path were a FIFO.
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil, pathError("open", path, ErrNotDirectory)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, pathError("open", path, err)
	}
	return &Dir{root: root, path: path}, nil
}

// OpenPrivateDir opens a directory that holds private files. It refuses a
// symbolic link, a directory of another user, and one in which others may write.
func OpenPrivateDir(path string) (*Dir, error) {
	named, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, pathError("open", path, err)
	case named.Mode()&fs.ModeSymlink != 0:
		return nil, pathError("open", path, ErrSymlink)
	case !named.IsDir():
		return nil, pathError("open", path, ErrNotDirectory)
	}
	d, err := OpenDir(path)
	if err != nil {
		return nil, err
	}
	// The directory that was opened has to be the one that was seen under the name.
	opened, err := d.root.Stat(".")
	switch {
	case err != nil:
	case !os.SameFile(named, opened):
		err = ErrSymlink
	case !ownedByUs(opened):
		err = ErrForeign
	case exposed(opened, 0o022):
		err = fmt.Errorf("%w: chmod 700 %s", ErrExposed, quote(path))
	default:
		return d, nil
	}
	d.Close()
	return nil, pathError("open", path, err)
}

// MakePrivateDir makes a directory with mode 0700, and those above it that are
// missing, whatever the umask says. One that exists is left as it is.
func MakePrivateDir(path string) error {
	path = filepath.Clean(path)
	err := os.Mkdir(path, 0o700)
	switch {
	case err == nil:
		return widen(path)
	case errors.Is(err, fs.ErrExist):
		return nil
	case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path:
		return pathError("mkdir", path, err)
	}
	if err := MakePrivateDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return pathError("mkdir", path, err)
	}
	return widen(path)
}

// widen gives the owner back what a umask such as 0777 took away from a
// directory that was just made. It never adds a right for others.
func widen(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return pathError("mkdir", path, err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o700 == 0o700 {
		return nil
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return pathError("chmod", path, err)
	}
	return nil
}

// Path is the path of name inside the directory, for messages.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Close releases the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Names lists the names in the directory, sorted.
func (d *Dir) Names() ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, pathError("open", d.path, err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, pathError("read", d.path, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Remove removes a file; one that is not there is no error.
func (d *Dir) Remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return pathError("remove", d.Path(name), err)
	}
	return nil
}

// Link gives the file old a second name. A file that has that name already is
// left alone and gives fs.ErrExist.
func (d *Dir) Link(old, name string) error {
	if err := d.root.Link(old, name); err != nil {
		var le *os.LinkError
		if errors.As(err, &le) {
			err = le.Err
		}
		return pathError("link", d.Path(name), err)
	}
	return nil
}

// Sync makes the names in the directory durable.
func (d *Dir) Sync() error {
	if err := d.sync(); err != nil {
		return pathError("sync", d.path, err)
	}
	return nil
}

// ReadPrivate reads a regular file of our own that no other user may read or
// write, of at most limit bytes. A missing file gives fs.ErrNotExist. It never
// hangs on a FIFO.
func (d *Dir) ReadPrivate(name string, limit int64) ([]byte, error) {
	f, err := d.OpenPrivate(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, pathError("read", d.Path(name), err)
	case int64(len(data)) > limit:
		return nil, pathError("read", d.Path(name), ErrTooLarge)
	}
	return data, nil
}

// errSwapped: the file that was opened is not the one that was looked at.
var errSwapped = errors.New("was replaced again and again while it was opened")

// OpenPrivate opens a regular file of our own that no other user may read or
// write. With os.O_CREATE a missing one is made with mode 0600.
func (d *Dir) OpenPrivate(name string, flag int) (*os.File, error) {
	// How often a file may be replaced by its new version between our two looks at
	// it. Each time another process has saved meanwhile, which takes far longer than
	// to look.
	const tries = 100
	err := errSwapped
	for range tries {
		var f *os.File
		if f, err = d.openOnce(name, flag); err == nil {
			return f, nil
		}
		if !errors.Is(err, errSwapped) {
			break
		}
	}
	return nil, pathError("open", d.Path(name), err)
}

// openOnce looks at the name and at what was opened by it: were a link followed,
// these two would differ. They also do after a save by another process (16
// processes that count up at the same time meet that within seconds), so the
// caller looks once more.
func (d *Dir) openOnce(name string, flag int) (f *os.File, err error) {
	before, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0 {
		f, err = d.root.OpenFile(name, flag|os.O_EXCL|openFlags, 0o600)
		if errors.Is(err, fs.ErrExist) { // another process was faster; its file is judged like any other
			return d.OpenPrivate(name, flag&^os.O_CREATE)
		}
		if err == nil {
			err = fixMode(f, 0o600)
		}
	} else {
		if err == nil {
			err = regular(before)
		}
		if err != nil {
			return nil, err
		}
		if f, err = d.root.OpenFile(name, flag&^os.O_CREATE|openFlags, 0); err != nil {
			return nil, err
		}
		var after fs.FileInfo
		after, err = f.Stat()
		switch {
		case err != nil:
		case !os.SameFile(before, after):
			err = errSwapped
		case !ownedByUs(after):
			err = ErrForeign
		case exposed(after, 0o077):
			err = fmt.Errorf("%w (mode %04o): chmod 600 %s", ErrExposed, after.Mode().Perm(), quote(d.Path(name)))
		default:
			err = regular(after)
		}
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	return f, nil
}

// regular says why something is no regular file, or nil.
func regular(info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return ErrSymlink
	case !info.Mode().IsRegular():
		return ErrNotRegular
	}
	return nil
}
