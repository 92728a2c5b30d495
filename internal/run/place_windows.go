package run

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// setPlace starts a program that runs apart without a console, deaf to the Ctrl-C of
// ours.
func setPlace(cmd *exec.Cmd, place Place) (handBack func()) {
	if place == Apart {
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW, HideWindow: true}
	}
	return func() {}
}

// killAll ends the program alone: Windows has no groups to kill, and a program
// that it started loses its pipes within a second.
func killAll(p *os.Process) error { return p.Kill() }
