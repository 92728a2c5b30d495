//go:build !linux

package process

import "os"

// WasClosed reports whether a standard stream is not usable. Only on Linux can
// a stream that was closed at the start be told from the null device.
func WasClosed(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}
