package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenTrusted opens for reading a file that is believed: settings, which name
// programs to run, passphrases, keys. The file and the folders above it, up to
// the home folder, have to belong to us or to root, and others must not be able
// to change them (the rules of OpenSSH's StrictModes). Who may read it is the
// person's business: a container's secrets are 0444. Links are followed, as
// settings are often kept elsewhere, and both ways are looked at. Errors:
// ErrForeign, ErrExposed with the command that helps, those of os.Open. Of a pipe
// only the owner and mode count, of a device the owner; opening a pipe may wait.
//
// On Windows nothing is checked yet: that takes reading access lists.
func OpenTrusted(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil || !hasModes {
		return f, err
	}
	if err := trusted(f, path); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

const othersWrite fs.FileMode = 0o022

func trusted(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return pathError("open", path, err)
	}
	kind, writers := info.Mode().Type(), othersWrite
	if kind != 0 && kind != fs.ModeNamedPipe {
		writers = 0
	}
	if err := unchangeable(path, info, writers); err != nil || kind != 0 {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return pathError("open", path, err)
	}
	if err := trustedFolders(filepath.Dir(abs)); err != nil {
		return err
	}
	// A file without a name any more (/dev/stdin, from a here-document) is in no folder.
	if real, err := filepath.EvalSymlinks(abs); err == nil && real != abs {
		return trustedFolders(filepath.Dir(real))
	}
	return nil
}

// trustedFolders looks at a folder and those above it. Above the home folder are
// the system's, which on some systems are of users of its own. A shared folder
// in which a user cannot touch the files of others (/tmp) is no danger.
func trustedFolders(dir string) error {
	home, _ := os.UserHomeDir()
	real, _ := filepath.EvalSymlinks(home)
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return pathError("open", dir, err)
		}
		writers := othersWrite
		if info.Mode()&fs.ModeSticky != 0 {
			writers = 0
		}
		if err := unchangeable(dir, info, writers); err != nil {
			return err
		}
		if above := filepath.Dir(dir); dir != home && dir != real && above != dir {
			dir = above
			continue
		}
		return nil
	}
}

// unchangeable says what lets another user change a file or folder. writers are
// the mode bits that must not be set.
func unchangeable(path string, info fs.FileInfo, writers fs.FileMode) error {
	switch {
	case !ownedByUs(info) && !ownedByRoot(info):
		return pathError("open", path, fmt.Errorf("%w; if it is yours: chown %d %s", ErrForeign, os.Geteuid(), quote(path)))
	case exposed(info, writers):
		return pathError("open", path, fmt.Errorf("%w (mode %04o): chmod go-w %s", ErrExposed, info.Mode().Perm(), quote(path)))
	}
	return nil
}
