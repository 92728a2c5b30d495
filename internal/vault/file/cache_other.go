//go:build !linux

package file

import "time"

// Only Linux has a kernel keyring: elsewhere the passphrase is asked for each
// time.

func kernelWrite(string, []byte, time.Duration) {}

func kernelRead(string) (int, []byte, bool) { return 0, nil, false }

func kernelKeep(int, time.Duration) {}

func kernelForget(string) {}
