package cli

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// onTerminal starts jangle on a terminal of its own.
func (h safetyHome) onTerminal(t *testing.T, args ...string) *termtest.Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "jangle")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return termtest.Start(t, []string{"HOME=" + h.dir, "DBUS_SESSION_BUS_ADDRESS=disabled:", "XDG_RUNTIME_DIR=" + h.dir,
		"JANGLE_HOME=", "TERM=xterm"}, path, args...)
}

// TestBackupMadePassphrase is what a person does: Enter makes a passphrase, it
// is typed back, with one mistake, and it opens the backup. The words are on the
// terminal and nowhere else, and are taken off it.
func TestBackupMadePassphrase(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	target := h.path("made.age")
	p := h.onTerminal(t, "backup", target)
	p.WaitFor("Enter makes one for you")
	p.Send("\r")
	p.WaitFor("type them back: ")
	words := regexp.MustCompile(`  ((?:[a-z]+-){9}[a-z]+)\r`).FindSubmatch(p.Output())
	if words == nil {
		t.Fatalf("no ten words in %q", p.Output())
	}
	if p.Echoes() {
		t.Error("what is typed is shown")
	}
	p.Send("some other words\r")
	p.WaitFor("that is not the same")
	p.WaitFor("type them back: ")
	p.Send(strings.ToUpper(strings.ReplaceAll(string(words[1]), "-", " ")) + "\r")
	p.WaitFor("3 accounts written, reopened, and every code recomputed: all match")
	p.End()
	p.CheckModes()
	_, after, _ := strings.Cut(string(p.Output()), "type them back")
	if strings.Contains(after, string(words[1])) || !strings.Contains(after, "\x1b[6A\r\x1b[J") {
		t.Errorf("the words were not taken off the screen: %q", after)
	}
	sealed, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Open(context.Background(), sealed, crypt.Keys{Passphrase: words[1]}); err != nil {
		t.Error(err)
	}
	// What was typed back opens it everywhere.
	h.write(t, "typed", []byte(strings.ToUpper(strings.ReplaceAll(string(words[1]), "-", "  "))+"\r\n"))
	for _, args := range [][]string{
		{"backup", "verify", "--passphrase-file", "typed", "made.age"},
		{"restore", "--dry-run", "--passphrase-file", "typed", "made.age"},
		{"restore", "--salvage", "--dry-run", "--passphrase-file", "typed", "made.age"},
		{"code", "--from", "made.age", "--passphrase-file", "typed", "gitlab"},
	} {
		h.must(t, append([]string{"jangle"}, args...)...)
	}
}

// TestBackupOwnPassphrase: a weak one is refused with the reason, two that differ
// are asked for again, Ctrl-C leaves nothing.
func TestBackupOwnPassphrase(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	const phrase = "orbit velvet canyön lumber sketch"
	p := h.onTerminal(t, "backup", h.path("own.age"))
	p.WaitFor("Enter makes one for you")
	p.Send("password123\r")
	p.WaitFor("too easy to guess")
	p.WaitFor("Enter makes one for you")
	p.Send(phrase + "\r")
	p.WaitFor("once more: ")
	p.Send(phrase + "!\r")
	p.WaitFor("these two differ")
	p.WaitFor("Enter makes one for you")
	p.Send(phrase + "\r")
	p.WaitFor("once more: ")
	p.Send(phrase + "\r")
	p.WaitFor("all match")
	p.End()
	p.CheckModes()
	if strings.Contains(string(p.Output()), "velvet") {
		t.Error("the passphrase was shown")
	}

	p = h.onTerminal(t, "backup", h.path("stopped.age"))
	p.WaitFor("Enter makes one for you")
	p.Send("\x03")
	p.WaitFor("interrupted")
	p.End()
	p.CheckModes()
	if state := h.backupState("stopped.age"); state != "absent" {
		t.Errorf("after Ctrl-C the backup is %s", state)
	}
}

// TestUndoAsks: what goes is shown first, and only yes lets it go; redo, which
// brings it back, has nothing to ask.
func TestUndoAsks(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	h.must(t, "sh", "-c", "echo 'otpauth://totp/Tiny:ken?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK' | jangle import -")
	for _, answer := range []string{"n", "y"} {
		p := h.onTerminal(t, "undo")
		p.WaitFor("goes        Tiny (ken)")
		p.WaitFor("undo import Tiny (ken)?")
		p.Send(answer + "\r")
		p.End()
		if got := strings.Contains(h.labels(t, answer), "Tiny"); got != (answer == "n") {
			t.Errorf("answer %s: Tiny is there: %t", answer, got)
		}
	}
	p := h.onTerminal(t, "redo")
	p.WaitFor("done again  import Tiny (ken)")
	p.End()
}

// TestRestoreAsks: a wrong passphrase may be typed again, the plan is shown, and
// only yes changes something.
func TestRestoreAsks(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	h.write(t, "phrase", []byte("orbit velvet canyon lumber sketch\n"))
	h.must(t, "jangle", "backup", "--passphrase-file", "phrase", "p.age")
	h.must(t, "jangle", "remove", "--yes", "gitlab")
	for answer, want := range map[string]string{"n": "GitHub (ann), Bank", "y": "GitHub (ann), Bank, GitLab (ann)"} {
		p := h.onTerminal(t, "restore", h.path("p.age"))
		p.WaitFor("passphrase of ")
		p.Send("something else\r")
		p.WaitFor("wrong passphrase; once again")
		p.WaitFor("passphrase of ")
		p.Send("orbit velvet canyon lumber sketch\r")
		p.WaitFor("new        GitLab (ann)")
		p.WaitFor("2 same, 1 new")
		p.WaitFor("do that?")
		p.Send(answer + "\r")
		p.End()
		p.CheckModes()
		if got := h.labels(t, answer); got != want {
			t.Errorf("answer %s: the vault has %s, want %s", answer, got, want)
		}
		if answer == "y" {
			h.must(t, "jangle", "undo", "--yes")
		}
	}
}
