package file

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// joinNewSession gives the process a session keyring of its own, as a new login
// without PAM's help has: the user's keyring is not linked into it.
func joinNewSession() {
	_, err := unix.KeyctlJoinSessionKeyring(fmt.Sprint("jangle-test-", os.Getpid()))
	if err != nil {
		panic(err)
	}
}

// timeLeft reads from /proc/keys how long the kernel will keep a key: "9m", or
// "perm" for ever. Times are rounded down to the unit.
func timeLeft(id int) (string, bool) {
	text, err := os.ReadFile("/proc/keys")
	if err != nil {
		return "", false
	}
	serial := fmt.Sprintf("%08x ", id)
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); strings.HasPrefix(line, serial) && len(fields) > 4 {
			return fields[3], true
		}
	}
	return "", false
}

// cacheLeft adds the time that is left to what a login says, if that is hours.
func cacheLeft(s *Store) string {
	d, wrapped, err := s.openWrapped()
	if err != nil {
		return ""
	}
	defer d.Close()
	id, _, _ := kernelRead(s.cache(wrapped).name)
	if left, ok := timeLeft(id); ok && strings.HasSuffix(left, "h") {
		return " and " + left + " left"
	}
	return ""
}
