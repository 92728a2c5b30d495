package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
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

// watch --json is one object a line, as code --json shows it.
func TestWatchJSON(t *testing.T) {
	o := &outside{home: t.TempDir()}
	o.run(t, "otpauth://totp/A:a%1B%5B2J?issuer=A&secret="+rfcSecret+"\notpauth://totp/B:b?issuer=B&secret=JBSWY3DPEHPK3PXP", "import", "--store=file", "--no-passphrase", "-")
	_, said := o.run(t, "", "watch", "--json")
	lines := strings.Split(said, "\n")
	for i, name := range []string{"a\x1b[2J", "b"} {
		var got struct{ Code, Account, ID string }
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil || len(got.Code) != 6 || got.Account != name || len(got.ID) != 8 {
			t.Errorf("%s: %v", lines[i], err)
		}
	}
}

// One ranking: what list shows first is what code takes, what the view has on top and
// what TAB offers; where several fit equally well, code takes none of them.
func TestOneRanking(t *testing.T) {
	o := &outside{home: t.TempDir()}
	o.run(t, "otpauth://totp/Homework:x?issuer=Homework&secret="+rfcSecret+"A\notpauth://totp/Bank:work?issuer=Bank&secret="+rfcSecret+
		"B\notpauth://totp/Works:y?issuer=Works&secret="+rfcSecret+"C\notpauth://totp/Shop:z?issuer=Shop&secret="+rfcSecret+
		"D\notpauth://totp/%E6%A5%BD%E5%A4%A9:k?issuer=%E6%A5%BD%E5%A4%A9&secret="+rfcSecret+"E", "import", "--store=file", "--no-passphrase", "-")
	for _, line := range []string{"edit shop --tag deals --group Fun --note bargains", "edit 楽天 --alias rakuten", "edit homework --favourite"} {
		if status, said := o.run(t, "", strings.Fields(line)...); status != ExitDone {
			t.Fatal(said)
		}
	}
	_, listed := o.run(t, "", "list", "--json")
	var all []account.Account
	var known []struct {
		ID, Issuer, Account, Note string
		Aliases, Groups, Tags     []string
		Favourite                 bool
	}
	if err := json.Unmarshal([]byte(listed), &known); err != nil {
		t.Fatal(err)
	}
	for _, k := range known {
		all = append(all, account.Account{ID: k.ID, Issuer: k.Issuer, Name: k.Account, Note: k.Note, Aliases: k.Aliases, Groups: k.Groups, Tags: k.Tags, Favourite: k.Favourite})
	}
	for query, want := range map[string]string{
		"work": "Bank", "wor": "", "orks": "Works", "rakuten": "楽天", "raku": "楽天", "ＢＡＮＫ": "Bank", "#deals": "Shop", "tag:deals": "Shop",
		"group:fun": "Shop", "deals": "Shop", "bargains": "Shop", "note:bargains": "Shop", "home": "Homework",
	} {
		_, first := o.run(t, "", "list", query, "--format", "{{.Issuer}}")
		first, _, _ = strings.Cut(first, "\n")
		view := all[account.Ranked(all, query)[0]].Issuer
		status, code := o.run(t, "", "code", query, "--format", "{{.Issuer}}")
		if want == "" {
			if status != ExitAmbiguous || first != view {
				t.Errorf("%s: list %s, view %s, code %d", query, first, view, status)
			}
			continue
		}
		if code = strings.TrimSpace(code); first != want || view != want || code != want {
			t.Errorf("%s: list %s, view %s, code %s, want %s", query, first, view, code, want)
		}
		for _, word := range offered(all, nil, query) {
			word, _, _ = strings.Cut(word, "\t")
			if _, said := o.run(t, "", "list", word, "--format", "{{.Issuer}}"); !strings.Contains(said, want) && !strings.HasPrefix(said, "Works") {
				t.Errorf("%s: TAB offers %s, which finds %s", query, word, said)
			}
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
