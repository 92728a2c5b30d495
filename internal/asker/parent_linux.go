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
	exe, err := os.Readlink(dir + "exe")
	if err != nil {
		comm, err := os.ReadFile(dir + "comm")
		if err != nil {
			return process{}, err
		}
		return rootsOnly(dir, strings.TrimSpace(string(comm)))
	}
	args, err := os.ReadFile(dir + "cmdline")
	if err != nil || len(args) == 0 {
		return process{}, fmt.Errorf("%scmdline cannot be read", dir)
	}
	return process{
		name: programName(strings.TrimSuffix(exe, " (deleted)")), path: dir + "exe",
		args: strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00"),
	}, nil
}

func rootsOnly(dir, name string) (process, error) {
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return process{}, err
	}
	var real, effective int
	for l := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(l, "Uid: %d %d", &real, &effective); n == 2 && effective == 0 && name != "ssh" {
			return process{name: programName(name)}, nil
		}
	}
	return process{}, fmt.Errorf("%sexe cannot be read", dir)
}
