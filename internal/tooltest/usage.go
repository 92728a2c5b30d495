package tooltest

import "time"

// Usage is what some work takes at its peak, as the kernel counts it.
type Usage struct {
	Memory int64 // bytes that the process had in memory, its program among them
	CPU    time.Duration
}
