package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/term"
)

// outside is a program's surroundings in memory, with a vault in a new folder.
// Sleeping ends when the process is asked to end, which is at once.
type outside struct {
	home     string
	listened int
	asked    func()
}

func (o *outside) run(t *testing.T, in string, args ...string) (Exit, string) {
	t.Helper()
	var out, err bytes.Buffer
	clock := &fakeClock{time.Unix(1795341610, 0)}
	status := Main(System{
		Args: args, In: strings.NewReader(in), Out: &out, Err: &err,
		Env: config.Env{Home: o.home, Lookup: func(name string) string {
			return map[string]string{"JANGLE_HOME": o.home, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}[name]
		}},
		Now: clock.Now, Rand: rand.Reader, Version: func() string { return "test" }, WorkFactor: 6,
		Signals:  func(f func()) { o.listened++; o.asked = f },
		Terminal: func() (*term.Terminal, error) { return nil, errors.New("there is none") },
		Sleep: func(ctx context.Context, _ time.Duration) error {
			o.asked()
			<-ctx.Done()
			return ctx.Err()
		},
	})
	return status, out.String() + err.String()
}

// A command that answers at once does not listen for signals, for that takes as
// long as the answer; every command that waits or changes something does.
func TestWhoListensForSignals(t *testing.T) {
	o := &outside{home: t.TempDir()}
	const accounts = "otpauth://totp/A:a?secret=" + rfcSecret + "\notpauth://hotp/B:b?counter=1&secret=" + rfcSecret + "\n"
	for _, c := range []struct {
		line string
		want int
	}{
		{"import --store=file --no-passphrase -", 1},
		{"--version", 0}, {"--help", 0}, {"code --help", 0},
		{"code a", 0}, {"code --all a", 0}, {"list", 0}, {"list --json", 0},
		{"code b", 1}, {"code --once a", 1}, {"edit a --issuer C", 1}, {"undo", 1}, {"config", 1},
	} {
		o.listened = 0
		if status, said := o.run(t, accounts, strings.Fields(c.line)...); o.listened != c.want || status != ExitDone {
			t.Errorf("%s: listened %d times, want %d; status %d: %s", c.line, o.listened, c.want, status, said)
		}
	}
}

// Before a prompt, too: a terminal without echo must not be left behind.
func TestListensBeforeAPrompt(t *testing.T) {
	o := &outside{home: t.TempDir()}
	o.run(t, "otpauth://totp/A:a?secret="+rfcSecret, "import", "--store=file", "--no-passphrase", "-")
	phrase, file := filepath.Join(o.home, "phrase"), filepath.Join(o.home, "b.age")
	if err := os.WriteFile(phrase, []byte("orbit velvet canyon lumber sketch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := o.run(t, "", "backup", file, "--passphrase-file", phrase); status != ExitDone {
		t.Fatal(said)
	}
	for _, c := range []struct {
		line string
		want int
	}{{"code a --from " + file + " --passphrase-file " + phrase, 0}, {"code a --from " + file, 1}} {
		o.listened = 0
		if _, said := o.run(t, "", strings.Fields(c.line)...); o.listened != c.want {
			t.Errorf("%s: listened %d times, want %d: %s", c.line, o.listened, c.want, said)
		}
	}
}

// The live view, here as lines, begins with no favourite that is in the bin; one
// that is named exactly is shown.
func TestWatchShowsLiveAccounts(t *testing.T) {
	o := &outside{home: t.TempDir()}
	o.run(t, "otpauth://totp/Old:a?codeDisplay=%7B%22pinned%22%3Atrue%2C%22trashed%22%3Atrue%7D&issuer=Old&secret="+rfcSecret+
		"\notpauth://totp/New:b?issuer=New&secret=JBSWY3DPEHPK3PXP", "import", "--store=file", "--no-passphrase", "-")
	for query, want := range map[string][2]bool{"": {false, true}, "old": {true, false}} {
		_, said := o.run(t, "", strings.Fields("watch "+query)...)
		if got := [2]bool{strings.Contains(said, "Old (a)"), strings.Contains(said, "New (b)")}; got != want {
			t.Errorf("watch %s: %s", query, said)
		}
	}
}

// Whoever waits is interrupted, and says so.
func TestWaitingIsInterrupted(t *testing.T) {
	o := &outside{home: t.TempDir()}
	o.run(t, "otpauth://totp/A:a?secret="+rfcSecret, "import", "--store=file", "--no-passphrase", "-")
	o.listened = 0
	status, said := o.run(t, "", "code", "a", "--min-valid", "25s")
	if status != ExitInterrupted || o.listened != 1 || !strings.Contains(said, "interrupted") {
		t.Errorf("status %d after listening %d times: %s", status, o.listened, said)
	}
}
