//go:build !unix

package tooltest

import "time"

// CPU is 0 on a system where it cannot be asked for: the bounds on it are tested on
// the others.
func CPU() time.Duration { return 0 }

// UndoNohup does nothing on a system without hang-ups.
func UndoNohup() {}
