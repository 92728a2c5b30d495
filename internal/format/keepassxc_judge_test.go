package format

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// keepassxc-cli is the judge of KeePass: it reads the database that the fixtures
// are made of, and what it exports from it is read here.
func TestKeePassXCAsJudge(t *testing.T) {
	cli := tooltest.Path(t, "keepassxc-cli")
	path := filepath.Join(t.TempDir(), "a.kdbx")
	if err := os.WriteFile(path, fixtureOf(t, "keepass", "KDBX 4").in.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	export := func(format string) Input {
		cmd := exec.Command(cli, "export", "-q", "-f", format, path)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "QT_QPA_PLATFORM=offscreen")
		cmd.Stdin = strings.NewReader("test\n")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("keepassxc-cli export: %v", err)
		}
		return Input{Data: out}
	}
	all := keePassStyles()
	checkAccounts(t, mustRead(t, export("xml"), "keepass-xml", Options{}), all)

	// The table holds what KeePassXC itself understands, and its title for issuer.
	table := mustRead(t, export("csv"), "keepassxc-csv", Options{})
	known := map[string]account.Account{}
	for _, e := range table.Entries {
		if e.Err != nil {
			t.Errorf("%s: %v", e.Label, e.Err)
		}
		known[e.Account.Issuer] = e.Account
	}
	first, second := all[0], all[1]
	first.Issuer, second.Issuer = "one", "two"
	for _, want := range []account.Account{first, second, all[2], all[3], all[5]} {
		if got, ok := known[want.Issuer]; !ok || line(got) != line(want) {
			t.Errorf("got %s\nwant %s", line(got), line(want))
		}
	}
}
