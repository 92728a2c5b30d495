package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// WasClosed reports whether a standard stream was closed when the program
// started. Go's runtime then opens /dev/null in its place, for reading and
// writing, and every write "succeeds" (measured; runtime.checkfds). A shell's
// >/dev/null is open for writing only, so the two can be told apart. A parent
// that hands over /dev/null read-write (Python's subprocess.DEVNULL) looks the
// same, so callers ask only where an unseen answer would be a loss.
func WasClosed(f *os.File) bool {
	var st, null unix.Stat_t
	fd := int(f.Fd())
	if unix.Fstat(fd, &st) != nil || unix.Stat(os.DevNull, &null) != nil {
		return true
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err != nil || st.Rdev == null.Rdev && st.Mode&unix.S_IFMT == unix.S_IFCHR && flags&unix.O_ACCMODE == unix.O_RDWR
}
