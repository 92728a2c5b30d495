package process

import "golang.org/x/sys/unix"

// A non-dumpable process has no core file, no readable /proc/PID/environ or
// /proc/PID/mem, and cannot be attached to (prctl(2), PR_SET_DUMPABLE).
func harden() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
