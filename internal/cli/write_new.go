package cli

import (
	"errors"
	"io/fs"
	"os"

	"github.com/jangle-otp/jangle/internal/atomicfile"
)

// overwrite says whether an existing file may be replaced.
type overwrite = bool

// writeNew writes a file that only its owner can read, whole or not at all.
func writeNew(path string, data []byte, force overwrite) error {
	if err := mayWrite(path, force); err != nil {
		return err
	}
	o := atomicfile.Options{Mode: 0o600}
	if force {
		return atomicfile.Replace(path, data, o)
	}
	err := atomicfile.Create(path, data, o)
	if errors.Is(err, os.ErrExist) && !errors.Is(err, atomicfile.ErrLeft) {
		return alreadyThere(path)
	}
	return err
}

// mayWrite says early what writeNew would refuse, before a person has typed a
// passphrase twice.
func mayWrite(path string, force overwrite) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil: // nothing there, or writing it will say why not
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return failed("choose another name", "%s: %w", path, atomicfile.ErrSymlink)
	case !info.Mode().IsRegular():
		return failed("choose another name", "%s: %w", path, atomicfile.ErrNotRegular)
	case !force:
		return alreadyThere(path)
	}
	return nil
}

func alreadyThere(path string) error {
	return failed("--force overwrites it", "%s is there already", path)
}
