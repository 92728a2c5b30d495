package tooltest

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Measure runs f and returns what it took. Before it takes several times as much
// as most, which would take the machine's memory, the process ends itself with a
// message that has the name: so it is for a process that a test started.
func Measure(name string, most Usage, f func()) Usage {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) // the peak begins anew, proc(5)
	start := CPU()
	taken := func() Usage { return Usage{peak(), CPU() - start} }
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			if u := taken(); u.Memory > 4*most.Memory || u.CPU > 3*most.CPU {
				fmt.Printf("stopped: %s has taken %d MB and %v of CPU\n", name, u.Memory>>20, u.CPU)
				os.Exit(1)
			}
		}
	}()
	f()
	close(done)
	return taken()
}

// peak is in bytes, 0 if it is not known.
func peak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(after, "kB")
	kilobytes, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kilobytes << 10
}
