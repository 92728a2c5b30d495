//go:build unix

package tooltest

import (
	"syscall"
	"time"
)

// CPU is how much processor time this process has used. Unlike the time on the wall
// it does not grow with what else the machine does, so a test may have a bound on it.
func CPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
