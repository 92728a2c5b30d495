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

// deed is a command that writes, with the words by which it claims success.
type deed struct {
	name  string
	stdin string
	args  []string
	claim string
}

func deeds() []deed {
	return []deed{
		{"add", rfcSecret + "\n", []string{"add", "New", "n"}, "added"},
		{"import", "otpauth://totp/A:a?secret=" + rfcSecret + "\notpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK\n", []string{"import", "-"}, "added"},
		{"edit", "", []string{"edit", "one", "--digits", "8"}, "changed"},
		{"remove", "", []string{"remove", "one", "--yes"}, "removed"},
		{"undo", "", []string{"undo"}, "undone"},
		{"redo", "", []string{"redo", "--yes"}, "done again"},
		{"counter", "", []string{"code", "count"}, "755224"},
	}
}

// killedCalls are the system calls at which a command is killed; package file
// sweeps all of them for the save alone.
var killedCalls = []string{"openat", "write", "fsync", "renameat", "linkat", "unlinkat", "flock"}

// TestCommandsKilledAtEveryCall kills each writing command at each such call.
// Whatever the moment, the vault opens, holds what it held before or what it
// should hold after, with the histories of that, and the latter if the command had
// claimed so.
func TestCommandsKilledAtEveryCall(t *testing.T) {
	tooltest.Need(t, "strace")
	var total sync.WaitGroup
	for _, d := range deeds() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			total.Add(1)
			defer total.Done()
			points := killEverywhere(t, d)
			if points < 15 {
				t.Errorf("only %d points: the sweep does not reach the store", points)
			}
		})
	}
}

func killEverywhere(t *testing.T, d deed) int {
	p := newProgram(t)
	prepare(t, p)
	template := p.home
	before := vaultState(t, p)
	p.home = copyHome(t, p, template)
	if e := p.run(t, nil, d.stdin, d.args...); e.status != 0 {
		t.Fatalf("without a kill: status %d: %s", e.status, e.err)
	}
	after := vaultState(t, p)
	points := 0
	for _, call := range killedCalls {
		for n := 1; ; n++ {
			p.home = copyHome(t, p, template)
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
			e := p.run(t, []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject}, d.stdin, d.args...)
			checkDeed(t, p, d, e, before, after, fmt.Sprintf("%s killed at %s %d", d.name, call, n))
			os.RemoveAll(p.home)
			if e.status == 0 {
				break
			}
			points++
		}
	}
	return points
}

// vaultState is what the vault holds, and what can be taken back and done again.
func vaultState(t *testing.T, p *program) string {
	t.Helper()
	return p.accounts(t) + "undo\n" + p.must(t, "", "undo", "--list") + "redo\n" + p.must(t, "", "redo", "--list")
}

func checkDeed(t *testing.T, p *program, d deed, e ended, before, after, what string) {
	t.Helper()
	got := vaultState(t, p)
	switch {
	case got != before && got != after:
		t.Errorf("%s: the vault holds\n%s", what, got)
	case got != after && (e.status == 0 || strings.Contains(e.out, d.claim)):
		t.Errorf("%s: it claimed success (%q), and the vault holds\n%s", what, e.out, got)
	}
}

// prepare makes a vault with some history.
func prepare(t *testing.T, p *program) {
	p.must(t, "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\notpauth://totp/Two:t?secret=KRSXG5CTMVRXEZLUKRSXG5CT\notpauth://hotp/Count:c?secret="+rfcSecret+"&counter=0\n", "import", "--no-passphrase", "-")
	p.must(t, "", "edit", "one", "--note", "x")
	p.must(t, "", "remove", "two", "--yes")
	p.must(t, "", "undo") // what redo does again
}

// copyHome copies the template and points the program at the copy.
func copyHome(t *testing.T, p *program, template string) string {
	t.Helper()
	home := memoryHome(t)
	if out, err := exec.Command("cp", "-a", template+"/.", home).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
	for i, kv := range p.env {
		if strings.HasPrefix(kv, "JANGLE_HOME=") {
			p.env[i] = "JANGLE_HOME=" + home
		}
	}
	return home
}

// TestNoSecretInArguments looks at every program that is started by any command:
// no secret and no code stands in its arguments or environment.
func TestNoSecretInArguments(t *testing.T) {
	tooltest.Need(t, "strace")
	p := newProgram(t)
	prepare(t, p)
	log := t.TempDir() + "/execve"
	commands := [][]string{
		{"add", "New", "n"}, {"import", "-"}, {"code", "one"}, {"code", "--all"}, {"list", "--json"}, {"edit", "one", "--digits", "8"},
		{"qr", "one", "-o", t.TempDir() + "/x.png", "--yes"}, {"export", "--to", "uri", "-o", "-", "--plaintext"}, {"remove", "one", "--yes"}, {"undo", "--yes"}, {"redo", "--yes"}, {"store"}, {"doctor"},
		{"code", "one", "--copy"},
	}
	var secrets []string
	for _, c := range commands {
		e := p.run(t, []string{"strace", "-f", "-qq", "-v", "-s", "9999", "-A", "-o", log, "-e", "trace=execve,execveat"}, rfcSecret+"\n", c...)
		if c[0] == "code" && e.status == 0 && len(c) == 2 && c[1] == "one" {
			secrets = append(secrets, strings.TrimSpace(e.out))
		}
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(data), "execve(") < len(commands) {
		t.Fatal("strace saw too few programs")
	}
	for _, s := range append(secrets, rfcSecret, strings.ToLower(rfcSecret), "JBSWY3DPEHPK3PXP", "12345678901234567890") {
		if strings.Contains(string(data), s) {
			t.Errorf("a secret or a code was in the arguments or environment of a program")
		}
	}
}
