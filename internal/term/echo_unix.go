//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// Echoes reports whether a terminal shows what is typed. f may be the other end
// of a pseudo-terminal.
func Echoes(f *os.File) bool {
	echoes := false
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Control(func(fd uintptr) { // Fd() would end the poller's part in it
		modes, err := unix.IoctlGetTermios(int(fd), getModes)
		echoes = err == nil && modes.Lflag&unix.ECHO != 0
	})
	return echoes
}
