package cli

import (
	"encoding/base64"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
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
	cmds["slottext"] = scriptSlotText
	return cmds
}

// scriptSlotText writes what a keyring item holds that has a document of a
// revision: slottext FILE REVISION DOCUMENT.
func scriptSlotText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: slottext FILE REVISION DOCUMENT")
	}
	rev, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	envelope, err := store.Encode([]byte(ts.ReadFile(args[2])), store.Revision(rev))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(base64.StdEncoding.EncodeToString(envelope)), 0o600))
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
