package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

// movedCalls are the system calls at which a move is killed: those that change
// files, and those that send something to the keyring. strace counts calls for each
// thread, so those of the configuration are named by its folder too.
var movedCalls = []struct{ call, folder string }{
	{"write", ""}, {"writev", ""}, {"sendmsg", ""}, {"fsync", ""}, {"renameat", ""}, {"linkat", ""}, {"unlinkat", ""},
	{"openat", "."}, {"renameat", "."}, {"fsync", "."},
}

// TestStoreUseKilledAtEveryCall kills a move at each such call, in both directions,
// with a real GNOME Keyring. Whatever the moment: the accounts and counters are all
// there, in the chosen store or in the one that an error names, and the move can be
// done once more.
func TestStoreUseKilledAtEveryCall(t *testing.T) {
	tooltest.Need(t, "strace")
	tool := tooltest.Path(t, "secret-tool")
	k := keyringtest.Start(t)
	p := newProgram(t)
	for i, kv := range p.env {
		if strings.HasPrefix(kv, "DBUS_SESSION_BUS_ADDRESS=") {
			p.env[i] = "DBUS_SESSION_BUS_ADDRESS=" + k.Address
		}
	}
	secretTool := func(stdin string, args ...string) string {
		cmd := exec.Command(tool, args...)
		cmd.Env, cmd.Stdin = p.env, strings.NewReader(stdin)
		out, _ := cmd.Output() // an item that is not there is status 1
		return strings.TrimSpace(string(out))
	}
	slots := []string{"slot-a", "slot-b"}
	const links = "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\notpauth://hotp/Count:c?secret=" + rfcSecret + "&counter=3\n"
	p.must(t, links, "import", "--no-passphrase", "--store", "file", "-")
	for _, to := range []string{kindKeyring, kindFile} {
		template, kept := p.home, map[string]string{}
		for _, slot := range slots {
			kept[slot] = secretTool("", "lookup", "service", "jangle", "username", slot)
		}
		reset := func() {
			for _, slot := range slots {
				secretTool("", "clear", "service", "jangle", "username", slot)
				if kept[slot] != "" {
					secretTool(kept[slot], "store", "--label=jangle", "service", "jangle", "username", slot)
				}
			}
			p.home = copyHome(t, p, template)
		}
		move := []string{"store", "use", to, "--erase-old", "--yes", "--no-passphrase"}
		want, points, named := p.accounts(t), 0, 0
		for _, c := range movedCalls {
			for n := 1; ; n++ {
				reset()
				inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", c.call, n)
				strace := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + c.call, "-e", inject}
				if c.folder != "" {
					strace = append(strace, "-P", filepath.Join(p.home, c.folder))
				}
				e := p.run(t, strace, "", move...)
				what := fmt.Sprintf("to the %s, killed at %s %d %s", to, c.call, n, c.folder)
				l := p.run(t, nil, "", "list", "--json")
				switch {
				case l.status == int(ExitLocked) && strings.Contains(l.err, "were moved to"):
					named++
				case l.status != 0:
					t.Errorf("%s: list: status %d: %s", what, l.status, l.err)
				case p.accounts(t) != want:
					t.Errorf("%s: it holds\n%s", what, p.accounts(t))
				}
				if again := p.run(t, nil, "", move...); again.status != 0 {
					t.Errorf("%s: once more: status %d: %s", what, again.status, again.err)
				} else if got := p.accounts(t); got != want {
					t.Errorf("%s: once more, it holds\n%s", what, got)
				}
				if e.status == 0 {
					break
				}
				points++
				if err := os.RemoveAll(p.home); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Logf("to the %s: %d points, %d of them between the mark and the choice", to, points, named)
		if points < 30 || named == 0 {
			t.Errorf("to the %s: only %d points, %d named: the sweep does not reach both stores", to, points, named)
		}
		reset()
		p.must(t, "", move...) // the other direction begins where this one ends
	}
}
