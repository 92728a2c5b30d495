//go:build unix

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// hasJobControl reports whether another process could continue us after a stop: one of
// our ancestors is in our session and outside our process group, as a shell is.
// Otherwise the group is orphaned (POSIX 3.264), as under "xterm -e jangle" or
// in a container, and a stop would be for ever.
func hasJobControl() bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	group := unix.Getpgrp()
	for pid := os.Getppid(); pid > 0; pid = parentOf(pid) {
		if s, err := unix.Getsid(pid); err != nil || s != session {
			return false
		}
		if g, err := unix.Getpgid(pid); err != nil || g != group {
			return err == nil
		}
	}
	return false
}
