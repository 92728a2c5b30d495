package cli

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestOnceAmongProcesses starts 50 processes at the same moment: no step of time
// is handed out twice. They have one clock that stands still but for their
// waiting, so none waits in earnest.
func TestOnceAmongProcesses(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	const processes = 50
	commands := [][]string{
		{"code", "one", "--once", "--format", "{{.ValidFrom.Unix}}"},
		{"code", "one", "--once", "--min-valid", "10s", "--format", "{{.ValidFrom.Unix}}"},
	}
	steps := parallel(t, processes, func(n int) []string {
		return p.tryAll(t, 1, commands[n%len(commands)])
	})
	if len(steps) != processes {
		t.Errorf("%d different steps for %d processes", len(steps), processes)
	}
}

// TestOnceInEveryCommand: code --once, exec and askpass know of each other.
func TestOnceInEveryCommand(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret="+rfcSecret+"&digits=8\n", "import", "--no-passphrase", "-")
	p.must(t, "", "config", "askpass", "add", "sudo", "code", "one")
	p.env = append(p.env, "JANGLE_TEST_ASKER=sudo")
	commands := [][]string{{"code", "one", "--once"}, {"exec", "one", "--", "cat"}, {"askpass", "code: "}, {"exec", "one", "--fd", "3", "--", "sh", "-c", "cat <&3"}}
	codes := parallel(t, 12, func(n int) []string { return p.tryAll(t, 1, commands[n%len(commands)]) })
	if len(codes) != 12 {
		t.Errorf("%d different codes for 12 calls", len(codes))
	}
}

// TestCountersAmongProcesses has 16 users take 20 codes each at the same time:
// 320 different ones, and the counter stands at 320.
func TestCountersAmongProcesses(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://hotp/Bank?counter=0&digits=8&secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	const users, each = 16, 20
	codes := parallel(t, users, func(int) []string { return p.tryAll(t, each, []string{"code", "bank"}) })
	if len(codes) != users*each {
		t.Errorf("%d different codes of %d", len(codes), users*each)
	}
	if got := p.accounts(t); !strings.HasSuffix(got, fmt.Sprintf(" %d\n", users*each)) {
		t.Errorf("the vault holds %q", got)
	}
}

// tryAll runs a command some times and returns its answers. It may be called
// from any goroutine.
func (p *program) tryAll(t *testing.T, times int, args []string) []string {
	var got []string
	for range times {
		e := p.run(t, nil, "", args...)
		if e.status != 0 {
			t.Errorf("jangle %s: status %d: %s", strings.Join(args, " "), e.status, e.err)
		}
		got = append(got, e.out)
	}
	return got
}

// parallel runs f in n goroutines and counts what they return.
func parallel(t *testing.T, n int, f func(int) []string) map[string]int {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	seen := map[string]int{}
	for i := range n {
		all.Go(func() {
			for _, s := range f(i) {
				mu.Lock()
				seen[s]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return seen
}

// TestExecKeepsTheCodeOutOfSight looks at every program that exec and askpass
// start: the code stands in no argument and no environment. With --env it does,
// which also shows that the test can see it.
func TestExecKeepsTheCodeOutOfSight(t *testing.T) {
	tooltest.Need(t, "strace")
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?digits=8&secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	p.must(t, "", "config", "askpass", "add", "sudo", "code", "one")
	p.env = append(p.env, "JANGLE_TEST_ASKER=sudo")
	for _, tt := range []struct {
		name string
		args []string
		seen bool
	}{
		{"standard input", []string{"exec", "one", "--", "sh", "-c", "env cat"}, false},
		{"descriptor", []string{"exec", "one", "--fd", "3", "--", "sh", "-c", "env cat <&3"}, false},
		{"prompt", []string{"exec", "one", "--prompt", "code", "--", "sh", "-c", "printf code: >/dev/tty; env head -n 1 </dev/tty"}, false},
		{"askpass", []string{"askpass", "code: "}, false},
		{"environment", []string{"exec", "one", "--env", "CODE", "--", "sh", "-c", "env; echo $CODE"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := t.TempDir() + "/execve"
			e := p.run(t, []string{"setsid", "-w", "strace", "-f", "-qq", "-v", "-s", "9999", "-o", log, "-e", "trace=execve,execveat"}, "", tt.args...)
			lines := strings.Split(strings.TrimSpace(e.out), "\n")
			code := strings.TrimSpace(lines[len(lines)-1])
			if e.status != 0 || len(code) != 8 {
				t.Fatalf("status %d: %q %s", e.status, e.out, e.err)
			}
			data, err := os.ReadFile(log)
			must(t, err)
			if strings.Contains(string(data), code) != tt.seen {
				t.Errorf("the code among the arguments and environments is %v, want %v", !tt.seen, tt.seen)
			}
		})
	}
}

// TestClosedPipes: nobody reads, and the status says so.
func TestClosedPipes(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	p.must(t, "", "config", "askpass", "add", "sudo", "code", "one")
	p.env = append(p.env, "JANGLE_TEST_ASKER=sudo")
	for _, args := range []string{"code one", "code one --once", "code one --json", "askpass code:"} {
		for _, to := range []string{"| true", ">&-", ">/dev/full"} {
			script := `{ sleep 0.2; ` + p.path + " " + args + `; echo $? >status; } ` + to
			if to != "| true" {
				script = p.path + " " + args + " " + to + "; echo $? >status"
			}
			cmd := exec.Command("sh", "-c", script)
			cmd.Env, cmd.Dir = p.env, t.TempDir()
			out, _ := cmd.CombinedOutput()
			status, _ := os.ReadFile(cmd.Dir + "/status")
			if got := strings.TrimSpace(string(status)); got != "1" && got != "141" {
				t.Errorf("jangle %s %s: status %q: %s", args, to, got, out)
			}
		}
	}
}
