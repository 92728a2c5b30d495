//go:build !unix

package answer

import (
	"fmt"
	"os"
)

// RunWithFile needs descriptors that have numbers.
func (p Program) RunWithFile(int, string) (status int, err error) {
	return 0, fmt.Errorf("a code on a descriptor is %w", ErrNotAvailable)
}

// Signals are none: the console tells every program on it of Ctrl-C.
func Signals() []os.Signal { return nil }
