//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// hasModes: permission bits mean what they say.
const hasModes = true

// openFlags keep an open from hanging on a FIFO that took a file's place.
const openFlags = syscall.O_NONBLOCK | syscall.O_NOFOLLOW

func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

func ownedByRoot(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == 0
}

func exposed(info fs.FileInfo, bits fs.FileMode) bool { return info.Mode().Perm()&bits != 0 }

func (d *Dir) sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// linkUnsupported: the file system has no hard links, or the kernel's policy
// forbids them (Android).
func linkUnsupported(err error) bool {
	for _, e := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EMLINK, syscall.EACCES} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// quote makes a path safe to paste into a shell.
func quote(path string) string {
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
