//go:build windows

package atomicfile

import (
	"errors"
	"io/fs"
	"syscall"
)

// hasModes: permission bits are made up by Go on Windows; the user's profile
// directory is private by its access list.
const hasModes = false

const openFlags = 0

func ownedByUs(fs.FileInfo) bool { return true }

func ownedByRoot(fs.FileInfo) bool { return true }

func exposed(fs.FileInfo, fs.FileMode) bool { return false }

// sync does nothing: NTFS journals its names, and Windows cannot flush a
// directory.
func (d *Dir) sync() error { return nil }

// errorInvalidFunction is what FAT answers to a request for a hard link.
const errorInvalidFunction = syscall.Errno(1)

func linkUnsupported(err error) bool {
	return errors.Is(err, errorInvalidFunction) || errors.Is(err, errors.ErrUnsupported)
}

func quote(path string) string { return `"` + path + `"` }
