//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package term

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// modes are how a terminal treats what is typed.
type modes unix.Termios

func modesOf(f *os.File) (m modes, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return m, err
	}
	var now *unix.Termios
	cerr := raw.Control(func(fd uintptr) { now, err = unix.IoctlGetTermios(int(fd), getModes) }) // Fd() would end the poller's part in it
	if cerr != nil || err != nil {
		return m, errors.Join(cerr, err)
	}
	return modes(*now), nil
}

func setModes(f *os.File, m modes, t typed) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	request := uint(setModesKeep)
	if t == dropTyped {
		request = setModesDrop
	}
	cerr := raw.Control(func(fd uintptr) { err = unix.IoctlSetTermios(int(fd), request, (*unix.Termios)(&m)) })
	return errors.Join(cerr, err)
}

func (m modes) quiet() modes {
	m.Lflag &^= unix.ECHO | unix.ECHONL
	for _, key := range suspendKeys {
		m.Cc[key] = noKey
	}
	return m
}

// Echoes reports whether a terminal shows what is typed. f may be the other end
// of a pseudo-terminal.
func Echoes(f *os.File) bool {
	m, err := modesOf(f)
	return err == nil && m.Lflag&unix.ECHO != 0
}
