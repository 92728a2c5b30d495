//go:build unix

package clipboard

import "syscall"

// ownSession starts a program in a session without a terminal.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// windowsBackend is not asked for here.
func windowsBackend(System) backend { return nil }
