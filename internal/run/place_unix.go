//go:build unix

package run

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// setPlace puts the program into a process group of its own, by which it can be
// killed with all that it starts. At the terminal that group has to be the
// foreground one, or the program would be stopped when it reads (POSIX 11.1.4).
// The returned function takes the terminal back. Ctrl-Z is ignored meanwhile: no
// shell would know of a stopped program that is not of its own job.
func setPlace(cmd *exec.Cmd, place Place) (handBack func()) {
	if place == Apart {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return func() {}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return func() {}
	}
	fd := int(tty.Fd())
	ours := unix.Getpgrp()
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != ours {
		tty.Close()
		return func() {}
	}
	cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, fd
	signal.Ignore(syscall.SIGTSTP)
	return func() {
		signal.Ignore(syscall.SIGTTOU) // sent to a group in the background that does this
		_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, ours)
		signal.Reset(syscall.SIGTTOU, syscall.SIGTSTP)
		tty.Close()
	}
}

func killAll(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
