package clipboard

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// ownSession starts a program without a console, deaf to the Ctrl-C of ours.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW, HideWindow: true}
}
