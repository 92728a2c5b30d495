package asker

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// parent reads the process that started us from /proc. A program with the rights
// of another user (sudo) shows its name and not its file; nobody but root can
// make a process of root's with that name.
func parent(context.Context) (process, error) {
	dir := fmt.Sprintf("/proc/%d/", os.Getppid())
	if exe, err := os.Readlink(dir + "exe"); err == nil {
		args, err := os.ReadFile(dir + "cmdline")
		if err != nil || len(args) == 0 {
			return process{}, fmt.Errorf("%scmdline cannot be read", dir)
		}
		return process{
			name: programName(strings.TrimSuffix(exe, " (deleted)")), path: dir + "exe",
			args: strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00"),
		}, nil
	}
	comm, err := os.ReadFile(dir + "comm")
	if err != nil {
		return process{}, err
	}
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return process{}, err
	}
	name := strings.TrimSpace(string(comm))
	var real, effective int
	for l := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(l, "Uid: %d %d", &real, &effective); n == 2 && effective == 0 && name != "ssh" {
			return process{name: programName(name)}, nil
		}
	}
	return process{}, fmt.Errorf("%sexe cannot be read", dir)
}
