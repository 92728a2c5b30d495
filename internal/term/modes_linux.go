package term

import "golang.org/x/sys/unix"

const getModes, setModesKeep, setModesDrop = unix.TCGETS, unix.TCSETS, unix.TCSETSF

// What stops or ends a program at once, and what turns such a key off
// (_POSIX_VDISABLE).
var suspendKeys = [...]int{unix.VSUSP, unix.VQUIT}

const noKey = 0
