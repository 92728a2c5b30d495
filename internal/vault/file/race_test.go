//go:build unix

package file

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// TestManyProcesses: 32 processes add 20 lines each, four more are killed in
// the middle. Every line that a process acknowledged is there, exactly once.
func TestManyProcesses(t *testing.T) {
	const processes, victims = 32, 4
	dir := newKeyFileStore(t)
	type running struct {
		cmd *exec.Cmd
		out io.Reader
	}
	var all []running
	for i := range processes + victims {
		cmd := deed(t, dir, "append", fmt.Sprint("p", i))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = t.Output()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, running{cmd, out})
	}
	var acknowledged []string
	for i, r := range all {
		victim := i < victims
		lines := bufio.NewScanner(r.out)
		for n := 1; lines.Scan(); n++ {
			acknowledged = append(acknowledged, lines.Text())
			if victim && n == 3+i {
				_ = r.cmd.Process.Kill()
			}
		}
		if err := r.cmd.Wait(); err != nil && !victim {
			t.Errorf("process %d: %v", i, err)
		}
	}
	if len(acknowledged) < processes*appendEach {
		t.Errorf("%d lines acknowledged", len(acknowledged))
	}
	state, err := mustOpen(t, Options{Dir: dir}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, line := range strings.Fields(string(state.Data)) {
		count[line]++
	}
	for _, line := range acknowledged {
		if count[line] != 1 {
			t.Errorf("%s is there %d times", line, count[line])
		}
	}
}
