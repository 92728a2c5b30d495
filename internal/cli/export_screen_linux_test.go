package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/term/termtest"
)

// TestQRPageIsRead: what a person sees of one account is read by two readers to
// the exact link, on dark and light themes, with each way of drawing in cells and
// each quiet zone.
func TestQRPageIsRead(t *testing.T) {
	t.Parallel()
	const link = "otpauth://totp/GitHub:ann?secret=" + rfcSecret + "&issuer=GitHub" // version 4: 33 modules
	p := withAccounts(t, 0, link)
	for _, c := range []struct {
		style         string
		columns, rows int
		quiet         int
	}{
		{"blocks", 80, 24, 4}, {"blocks", 80, 22, 2}, {"blocks", 37, 21, 2}, {"blocks", 200, 100, 4}, {"spaces", 120, 60, 4}, {"spaces", 74, 39, 2},
	} {
		t.Run(fmt.Sprint(c.style, " ", c.columns, "x", c.rows), func(t *testing.T) {
			s := p.onTerminal(t, c.columns, c.rows, "qr", "--yes", "--style", c.style, "git")
			s.WaitFor("any key ends")
			vt := emulate(t, s.Output(), c.columns, c.rows)
			for name, th := range themes() {
				if got := readBoth(t, pixels(t, vt, th)); got != link {
					t.Errorf("%s theme: read %q", name, got)
				}
			}
			lines := strings.Split(vt.String(), "\n")
			if side := (33+2*c.quiet+1)/2 + 1; c.style == "blocks" && !strings.HasPrefix(lines[side], "scan it") {
				t.Errorf("the last line is not below a quiet zone of %d: %q", c.quiet, lines[side])
			}
			if !strings.HasPrefix(lines[0], "GitHub (ann)") {
				t.Errorf("caption %q", lines[0])
			}
			s.Send(" ")
			s.WaitFor("enter skips")
			s.Send("\r")
			s.End()
			checkGone(t, s, c.columns, c.rows)
		})
	}
}

// turnPages captures every page and goes on, until the question for a code.
func turnPages(t *testing.T, s *termtest.Program, columns, rows, pages int) (texts []string, pictures [][]byte) {
	t.Helper()
	for i := range pages {
		s.WaitFor(fmt.Sprintf("page %d of %d", i+1, pages))
		s.WaitFor("scan it, then any key")
		picture := pixels(t, emulate(t, s.Output(), columns, rows), themes()[[]string{"dark", "light"}[i%2]])
		pictures = append(pictures, picture)
		texts = append(texts, readBoth(t, picture))
		s.Send(" ")
	}
	s.WaitFor("enter skips")
	return texts, pictures
}

// TestGooglePages: 37 accounts make as many pages as the terminal needs, each is
// read, the parts know each other, and the pages come back in any order.
func TestGooglePages(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 37)
	for _, c := range []struct{ columns, rows, pages int }{{200, 100, 4}, {110, 50, 5}, {100, 46, 7}} {
		t.Run(fmt.Sprint(c.columns, "x", c.rows), func(t *testing.T) {
			s := p.onTerminal(t, c.columns, c.rows, "export", "--to", "google-authenticator", "--yes")
			texts, pictures := turnPages(t, s, c.columns, c.rows, c.pages)
			s.Send("\r")
			s.WaitFor("handed over 37 of 37")
			s.End()
			checkGone(t, s, c.columns, c.rows)
			checkBatch(t, texts, 37)
			checkImport(t, p, pictures, 37)
		})
	}
}

// checkBatch parses the pages' texts: same batch, each index once.
func checkBatch(t *testing.T, texts []string, accounts int) {
	t.Helper()
	var batch int32
	for i, text := range texts {
		m, err := otpauth.ParseMigration(text)
		if i == 0 {
			batch = m.BatchID
		}
		if err != nil || m.BatchID != batch || batch <= 0 || m.BatchIndex != i || m.BatchSize != len(texts) || m.Version != 1 {
			t.Errorf("page %d: %v, batch %d (%d), %d of %d, version %d", i+1, err, m.BatchID, batch, m.BatchIndex, m.BatchSize, m.Version)
		}
		for _, e := range m.Accounts {
			if e.Err != nil {
				t.Error(e.Err)
			}
			accounts--
		}
	}
	if accounts != 0 {
		t.Errorf("%d accounts are missing", accounts)
	}
}

// checkImport gives the pictures of screens to the program in another order.
func checkImport(t *testing.T, p *program, pictures [][]byte, accounts int) {
	t.Helper()
	args := []string{"import", "--dry-run", "--json"}
	for i, at := range rand.New(rand.NewPCG(1, uint64(len(pictures)))).Perm(len(pictures)) {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i, ".png"))
		if err := os.WriteFile(file, pictures[at], 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out := p.must(t, "", args...); !strings.Contains(out, fmt.Sprintf(`"same": %d`, accounts)) {
		t.Errorf("imported: %s", out)
	}
}

// TestTooSmallForPages: it says what size it needs and what else there is; and
// nothing was shown.
func TestTooSmallForPages(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 3)
	for args, want := range map[string][]string{
		"export --to google-authenticator":              {"needs a terminal of 45 columns and 25 rows; this one has 80 and 24", "--png FOLDER", "not even with one account"},
		"export --to google-authenticator --per-page 3": {"needs a terminal of 65 columns", "--png FOLDER", "the least room is needed with: jangle export --to google-authenticator --per-page 1"},
		"qr site1 --style spaces":                       {"needs a terminal of 82 columns", "jangle qr site1 --style spaces -o FILE.png"},
	} {
		s := p.onTerminal(t, 80, 24, strings.Fields(args)...)
		s.End()
		for _, w := range want {
			if !strings.Contains(strings.Join(strings.Fields(string(s.Output())), " "), w) { // lines end at words
				t.Errorf("%s: %q is not in %s", args, w, s.Output())
			}
		}
		if strings.Contains(string(s.Output()), "▄") || strings.Contains(string(s.Output()), "[y/N]") {
			t.Errorf("%s: asked or shown: %s", args, s.Output())
		}
		checkGone(t, s, 80, 24)
	}
}
