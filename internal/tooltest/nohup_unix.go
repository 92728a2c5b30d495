//go:build unix

package tooltest

import (
	"os"
	"os/signal"
	"syscall"
)

// UndoNohup lets the programs that a test starts be ended by a hang-up, also where
// the tests themselves run under nohup: a program inherits what is ignored, and not
// what is handled (execve(2)). For TestMain.
func UndoNohup() { signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) }
