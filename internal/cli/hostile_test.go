package cli

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// TestHostileNamesAnywhere gives a vault more than 200 names that attack a
// terminal, as issuer, account, note, group and tag, and looks at all that any
// command prints to stdout and stderr.
func TestHostileNamesAnywhere(t *testing.T) {
	p := newProgram(t)
	links := hostileLinks()
	e := p.run(t, nil, links, "import", "--no-passphrase", "-")
	checkPrinted(t, e, "import")
	var list []accountJSON
	if err := json.Unmarshal([]byte(p.must(t, "", "list", "--json")), &list); err != nil || len(list) < 180 {
		t.Fatalf("only %d names got into the vault (%v): the test tests nothing", len(list), err)
	}
	for i, name := range termtest.Hostile()[:20] {
		checkPrinted(t, p.run(t, nil, "", "edit", list[i].ID, "--note", noNUL(name), "--group", noNUL(name), "--tag", noNUL(name)), "edit")
	}
	for _, args := range [][]string{
		{"list"}, {"list", "--long"}, {"list", "--json"}, {"code", "--all"}, {"code", "--all", "--json"}, {"code", "e"}, {"code", "--json", "e"},
		{"code", list[0].ID, "--json"}, {"code", list[1].ID, "--format", "{{.Issuer}} {{.Account}}"}, {"doctor"}, {"store"}, {"config"},
		{"qr", list[2].ID, "-o", t.TempDir() + "/x.png", "--yes"}, {"export", "--to", "aegis", "-o", t.TempDir() + "/a.json", "--plaintext"},
		{"export", "--to", "google-authenticator", "--png", t.TempDir() + "/png", "--yes"}, {"export", "--to", "2fas", "-o", t.TempDir() + "/2", "--plaintext", "--json"},
		{"remove", list[3].ID, "--yes"}, {"remove", list[4].ID}, {"undo", "--list"}, {"undo", "--list", "--json"}, {"undo"}, {"redo", "--yes"}, {"__complete", "code", ""},
	} {
		checkPrinted(t, p.run(t, nil, "", args...), strings.Join(args, " "))
	}
	for _, name := range termtest.Hostile() {
		checkPrinted(t, p.run(t, nil, "", "code", noNUL(name)), "code NAME")
	}
	checkPrinted(t, p.run(t, nil, links, "import", "--json", "--on-conflict=both", "-"), "import --json")
}

// hostileLinks makes an account of each name, and one that is rejected.
func hostileLinks() string {
	var b strings.Builder
	for i, name := range termtest.Hostile() {
		q := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
		secret := strings.Repeat("A", 16) + string(rune('A'+i%26)) + string(rune('A'+i/26)) + "AAAAAA"
		b.WriteString("otpauth://totp/" + q + ":" + q + "?secret=" + secret + "&issuer=" + q + "\n")
		b.WriteString("otpauth://totp/" + q + "?secret=A&issuer=" + q + "&digits=99\n")
	}
	return b.String()
}

// noNUL: no argument can hold a NUL.
func noNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

func checkPrinted(t *testing.T, e ended, what string) {
	t.Helper()
	for stream, printed := range map[string]string{"stdout": e.out, "stderr": e.err} {
		for line := range strings.Lines(strings.ReplaceAll(printed, "\t", " ")) { // --all parts its columns with tabs
			if err := termtest.Check(strings.TrimRight(line, "\n")); err != nil {
				t.Errorf("%s of %s: %v", stream, what, err)
				return
			}
		}
	}
}
