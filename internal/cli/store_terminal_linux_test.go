package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
)

// TestStoreOnATerminal: without a keyring a person is asked where the accounts shall
// be kept, and for a passphrase until it is good and typed twice alike; changes it;
// and unlocks the store for the next commands, which a passphrase file does not.
func TestStoreOnATerminal(t *testing.T) {
	const first, second = "orbit velvet canyon lumber sketch", "gallop violin ember thirty copper"
	p := newProgram(t)
	links := filepath.Join(t.TempDir(), "links")
	phrase := filepath.Join(t.TempDir(), "phrase")
	for name, text := range map[string]string{links: "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\n", phrase: second} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func(args ...string) *termtest.Program { return termtest.Start(t, p.env, p.path, args...) }
	list := func(args ...string) int { return p.run(t, nil, "", append([]string{"list"}, args...)...).status }
	locked := int(ExitLocked)

	s := start("import", links)
	s.WaitFor("where shall the accounts be kept?")
	s.Send("1\r")
	for _, typed := range []string{"password", first, "another one"} {
		if typed == "another one" {
			s.WaitFor("once more: ")
		} else {
			s.WaitFor("new passphrase for the jangle store: ")
		}
		s.Send(typed + "\r")
	}
	s.WaitFor("these two differ")
	s.WaitFor("new passphrase for the jangle store: ")
	s.Send(first + "\r")
	s.WaitFor("once more: ")
	s.Send(first + "\r")
	s.WaitFor("added  One (o)")
	s.End()
	s.CheckModes()
	if !strings.Contains(string(s.Output()), "too easy to guess") || strings.Contains(string(s.Output()), first) {
		t.Errorf("the screen says %q", s.Output())
	}

	s = start("store", "passphrase")
	s.WaitFor("passphrase of the jangle store: ")
	s.Send(first + "\r")
	s.WaitFor("new passphrase for the jangle store: ")
	s.Send(second + "\r")
	s.WaitFor("once more: ")
	s.Send(second + "\r")
	s.WaitFor("the passphrase is changed")
	s.End()
	if got := list(); got != locked {
		t.Errorf("after the change: status %d, want locked", got)
	}
	if got := list("--store-passphrase-file", phrase); got != 0 {
		t.Errorf("with the file: status %d", got)
	}
	if got := list(); got != locked {
		t.Errorf("after a passphrase file: status %d, want locked", got)
	}

	s = start("list")
	s.WaitFor("passphrase of the jangle store: ")
	s.Send(second + "\r")
	s.WaitFor("One (o)")
	s.End()
	if got := list(); file.CacheWorks() && got != 0 {
		t.Errorf("after a person's unlock: status %d", got)
	}
	p.must(t, "", "store", "lock")
	if got := list(); got != locked {
		t.Errorf("after store lock: status %d, want locked", got)
	}
}

// TestAddWhileAPersonIsAsked: while store use waits for an answer another command
// adds an account and uses up a code: both are in the new store, and the old one is
// erased at the state that was moved.
func TestAddWhileAPersonIsAsked(t *testing.T) {
	tooltest.Path(t, "gnome-keyring-daemon")
	k := keyringtest.Start(t)
	p := newProgram(t)
	for i, kv := range p.env {
		if strings.HasPrefix(kv, "DBUS_SESSION_BUS_ADDRESS=") {
			p.env[i] = "DBUS_SESSION_BUS_ADDRESS=" + k.Address
		}
	}
	p.must(t, "otpauth://hotp/Count:c?secret="+rfcSecret+"&counter=0\n", "import", "-")
	s := termtest.Start(t, p.env, p.path, "store", "use", "file", "--erase-old", "--no-passphrase")
	s.WaitFor("erase the old copy in")
	p.must(t, "otpauth://totp/Late:l?secret=JBSWY3DPEHPK3PXP\n", "--store", "keyring", "import", "-")
	p.must(t, "", "--store", "keyring", "code", "count")
	s.Send("y\r")
	s.WaitFor("erased ")
	s.End()
	if out := p.must(t, "", "store"); !strings.HasPrefix(out, "file: ") {
		t.Errorf("the store is %q", out)
	}
	if got := p.accounts(t); got != "Count/c 6 1\nLate/l 6 0\n" {
		t.Errorf("the store holds %q", got)
	}
	if out := p.must(t, "", "store", "inspect", "keyring"); !strings.Contains(out, "nothing is stored there") {
		t.Errorf("the keyring holds %q", out)
	}
}

// TestTooLateForAMove: a command that opened its store before a move, and gets the
// lock after it, changes nothing: its account would be where nobody looks.
func TestTooLateForAMove(t *testing.T) {
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\n", "import", "--no-passphrase", "-")
	vaults, err := filepath.Glob(filepath.Join(p.home, "*", "vault.age"))
	if err != nil || len(vaults) != 1 {
		t.Fatalf("the vault is in %v, %v", vaults, err)
	}
	s, err := file.Open(file.Options{Dir: filepath.Dir(vaults[0])})
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late := exec.Command(p.path, "import", "-")
	var said bytes.Buffer
	late.Env, late.Stdin, late.Stderr = p.env, strings.NewReader("otpauth://totp/Late:l?secret="+rfcSecret+"\n"), &said
	if err := late.Start(); err != nil {
		t.Fatal(err)
	}
	for waits := false; !waits; { // it has the lock file open
		fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", late.Process.Pid))
		if err != nil || len(fds) == 0 {
			t.Fatalf("it ended before it waited: %v, %s", err, said.String())
		}
		for _, fd := range fds {
			name, _ := os.Readlink(fd)
			waits = waits || strings.HasSuffix(name, "vault.lock")
		}
	}
	if err := config.Set(filepath.Join(p.home, "config.toml"), "store", `"keyring"`); err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := late.Wait(); late.ProcessState.ExitCode() != int(ExitFailed) || !strings.Contains(said.String(), "the accounts were moved to the keyring meanwhile; nothing was changed") {
		t.Errorf("%v: %s", err, said.String())
	}
	if out := p.must(t, "", "--store", "file", "list"); strings.Contains(out, "Late") {
		t.Errorf("it was added: %s", out)
	}
}
