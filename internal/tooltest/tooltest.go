// Package tooltest finds the programs of others that tests hold ours against: age,
// oathtool, zbarimg, KeePassXC. On a developer's machine a test without its judge is
// skipped, and says which one is missing; in CI that is a failure, so that no check
// is ever left out there unseen.
package tooltest

import (
	"os"
	"os/exec"
	"testing"
)

// Path returns where a program is.
func Path(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Missing(t, program+" is not installed")
	}
	return path
}

// Need wants all of some programs.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		Path(t, p)
	}
}

// Missing ends the test for want of something: a program, a right, a device.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
