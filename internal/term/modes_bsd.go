//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package term

import "golang.org/x/sys/unix"

const getModes, setModesKeep, setModesDrop = unix.TIOCGETA, unix.TIOCSETA, unix.TIOCSETAF

// What stops or ends a program at once, and what turns such a key off
// (_POSIX_VDISABLE).
var suspendKeys = [...]int{unix.VSUSP, unix.VDSUSP, unix.VQUIT}

const noKey = 0xff
