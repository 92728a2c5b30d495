package cli

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

// TestKeyringScripts runs the scripts of testdata/keyring, each with a real
// GNOME Keyring of its own on a private bus.
func TestKeyringScripts(t *testing.T) {
	tooltest.Path(t, "gnome-keyring-daemon")
	tooltest.Path(t, "secret-tool")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/keyring",
		Setup: func(e *testscript.Env) error {
			if err := setUpHome(e); err != nil {
				return err
			}
			t := e.T().(testing.TB) // testscript's T embeds the real one
			k := keyringtest.Start(t)
			e.Setenv("DBUS_SESSION_BUS_ADDRESS", k.Address)
			e.Values[keyringKey{}] = keyringValue{t, k}
			return nil
		},
		Cmds:      withKeyring(scriptCommands()),
		Condition: scriptCondition,
	})
}

// keyringKey finds the keyring of a script among its values.
type keyringKey struct{}

type keyringValue struct {
	testing.TB
	*keyringtest.Gnome
}

type scriptCommand = func(*testscript.TestScript, bool, []string)

func withKeyring(cmds map[string]scriptCommand) map[string]scriptCommand {
	cmds["keyring"] = scriptKeyring
	return cmds
}

// scriptKeyring does something to the keyring: keyring lock|unlock|kill|restart.
func scriptKeyring(ts *testscript.TestScript, neg bool, args []string) {
	k, ok := ts.Value(keyringKey{}).(keyringValue)
	if neg || len(args) != 1 || !ok {
		ts.Fatalf("usage: keyring lock|unlock|kill|restart, in a keyring script")
	}
	do, known := map[string]func(testing.TB){
		"lock": k.Lock, "unlock": k.Unlock, "kill": k.Kill, "restart": k.Restart,
	}[args[0]]
	if !known {
		ts.Fatalf("keyring %s is not known", args[0])
	}
	do(k.TB)
}

// TestKeyringWithoutLogin: a server where the keyring program can be started but
// has no keyring inside. To a new user that is no keyring: the file store is
// taken when it was asked for, and nothing without that.
func TestKeyringWithoutLogin(t *testing.T) {
	k := keyringtest.StartWithoutLogin(t)
	p := newProgram(t)
	for i, kv := range p.env {
		if strings.HasPrefix(kv, "DBUS_SESSION_BUS_ADDRESS=") {
			p.env[i] = "DBUS_SESSION_BUS_ADDRESS=" + k.Address
		}
	}
	const link = "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\n"
	if e := p.run(t, nil, link, "import", "-"); e.status != int(ExitLocked) {
		t.Errorf("without a flag: status %d: %s", e.status, e.err)
	}
	p.must(t, link, "import", "--no-passphrase", "-")
	if out := p.must(t, "", "store"); !strings.HasPrefix(out, "file: ") {
		t.Errorf("the store is %q", out)
	}
}
