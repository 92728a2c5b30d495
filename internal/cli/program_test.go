package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is jangle as a file to be started, in a home of its own: this test
// binary under that name (see TestMain).
type program struct {
	path string
	home string
	env  []string
}

func newProgram(t testing.TB) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &program{path: filepath.Join(dir, "jangle"), home: memoryHome(t)}
	if err := os.Symlink(self, p.path); err != nil {
		t.Fatal(err)
	}
	p.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "JANGLE_HOME=" + p.home,
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "JANGLE_TEST_NOW=1795341600", "JANGLE_TEST_CLOCK=" + t.TempDir(), "TERM=dumb",
	}
	return p
}

// memoryHome is a folder in memory where there is one: hundreds of saves on a
// busy disk take minutes.
func memoryHome(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "jangle-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// ended is how a run ended.
type ended struct {
	status   int // -1 for a signal
	out, err string
}

// run starts jangle behind a prefix (strace …) with a standard input.
func (p *program) run(t testing.TB, prefix []string, stdin string, args ...string) ended {
	t.Helper()
	argv := append(append(append([]string{}, prefix...), p.path), args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	var out, stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.env, strings.NewReader(stdin), &out, &stderr
	err := cmd.Run()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		t.Fatal(err)
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func (p *program) must(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	e := p.run(t, nil, stdin, args...)
	if e.status != 0 {
		t.Fatalf("jangle %s: status %d: %s", strings.Join(args, " "), e.status, e.err)
	}
	return e.out
}

// accounts lists what the vault has: name, parameters and counter of each.
func (p *program) accounts(t testing.TB) string {
	t.Helper()
	var list []accountJSON
	if err := json.Unmarshal([]byte(p.must(t, "", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s/%s %d %d\n", a.Issuer, a.Account, a.Digits, a.Counter)
	}
	return b.String()
}
