package cli

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/format"
)

// mixedLinks are accounts of every type, algorithm, length and period that a
// link can name, so that every target has to leave some.
func mixedLinks(n int) string {
	var b strings.Builder
	algorithms := []string{"SHA1", "SHA256", "SHA512"}
	for i := range n {
		secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(fmt.Appendf(nil, "%0*d", 10+i%23, i))
		switch {
		case i%11 == 0:
			fmt.Fprintf(&b, "otpauth://hotp/Bank%d:u%d?secret=%s&issuer=Bank%d&counter=%d&digits=%d\n", i, i, secret, i, i, 6+i%3)
		case i%13 == 0:
			fmt.Fprintf(&b, "otpauth://steam/Steam:u%d?secret=%s&issuer=Steam\n", i, secret)
		default:
			fmt.Fprintf(&b, "otpauth://totp/Site%d:u%d?secret=%s&issuer=Site%d&algorithm=%s&digits=%d&period=%d\n",
				i, i, secret, i, algorithms[i%3], 5+i%4, []int{30, 30, 60, 45}[i%4])
		}
	}
	return b.String()
}

// vaultOf is a program with those accounts.
func vaultOf(t testing.TB, links string) *program {
	t.Helper()
	p := newProgram(t)
	p.must(t, links, "import", "--no-passphrase", "-")
	return p
}

// exportedJSON is what --json says.
func exportedJSON(t *testing.T, e ended) exportJSON {
	t.Helper()
	var r exportJSON
	if err := json.Unmarshal([]byte(e.out), &r); err != nil {
		t.Fatalf("%v: %s%s", err, e.out, e.err)
	}
	return r
}

// TestEveryTarget: what a target carries comes back as the same accounts; what
// it leaves is listed by account and reason, and the status is 6.
func TestEveryTarget(t *testing.T) {
	t.Parallel()
	const all = 60
	p := vaultOf(t, mixedLinks(all))
	dir := t.TempDir()
	pass := filepath.Join(dir, "pass")
	if err := os.WriteFile(pass, []byte("orbit velvet canyon lumber sketch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range targetNames() {
		target, _ := format.ByID(name)
		for _, way := range exportWays(name, target, dir, pass) {
			t.Run(name+" "+way.name, func(t *testing.T) {
				if testing.Short() && name+way.name == "enteencrypted" {
					t.Skip("Ente's key derivation takes 1 GiB and seconds, three times")
				}
				e := p.run(t, nil, "", append([]string{"export", "--to", name, "--json"}, way.export...)...)
				r := exportedJSON(t, e)
				if r.Carried+len(r.LeftOut) != all || r.Carried == 0 {
					t.Errorf("%d carried and %d left of %d", r.Carried, len(r.LeftOut), all)
				}
				if want := map[bool]int{false: 0, true: 6}[len(r.LeftOut) > 0]; e.status != want {
					t.Errorf("status %d, %d left out", e.status, len(r.LeftOut))
				}
				for _, l := range r.LeftOut {
					if l.Reason == "" || !strings.Contains(e.err, "cannot hold "+l.Issuer) {
						t.Errorf("%s (%s) is not listed: %q", l.Issuer, l.Account, l.Reason)
					}
				}
				back := p.run(t, nil, "", append([]string{"import", "--dry-run", "--json"}, way.read...)...)
				var found struct{ Added, Same, Changed, Rejected int }
				if err := json.Unmarshal([]byte(back.out), &found); err != nil {
					t.Fatal(err, back.err)
				}
				// What was said to come without its issuer differs in its name.
				if found.Same+found.Changed != r.Carried || found.Changed > len(r.Lessened) || found.Added+found.Rejected != 0 {
					t.Errorf("read back of %d (%d with less): %+v", r.Carried, len(r.Lessened), found)
				}
			})
		}
	}
}

// exportWay is how a target's file is written and read.
type exportWay struct {
	name         string
	export, read []string
}

func exportWays(name string, target format.App, dir, pass string) (ways []exportWay) {
	if name == targetGoogle {
		pages := filepath.Join(dir, "pages")
		return []exportWay{{"as pictures", []string{"--png", pages, "--yes"}, []string{pages}}}
	}
	file := filepath.Join(dir, name)
	ways = append(ways, exportWay{"in the open", []string{"--plaintext", "-o", file + ".open"}, []string{file + ".open"}})
	if target.Encrypts != format.No {
		ways = append(ways, exportWay{"encrypted", []string{"--passphrase-file", pass, "-o", file}, []string{"--passphrase-file", pass, file}})
	}
	return ways
}

// TestTargetsAreNamed: every writable format can be asked for, in the order of
// the help.
func TestTargetsAreNamed(t *testing.T) {
	got := strings.Join(targetNames(), " ")
	const want = "google-authenticator aegis 2fas ente bitwarden proton stratum andotp freeotp-plus keepassxc-csv uri html"
	for _, name := range strings.Fields(want) {
		if !strings.Contains(" "+got+" ", " "+name+" ") {
			t.Errorf("%s is not among %s", name, got)
		}
	}
}

// BenchmarkExport is the whole program over 1,000 accounts; the encrypted ones
// hold a key derivation of the target's own cost.
func BenchmarkExport(b *testing.B) {
	p := vaultOf(b, mixedLinks(1000))
	dir := b.TempDir()
	for _, name := range targetNames()[1:] {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				from := time.Now()
				p.run(b, nil, "", "export", "--to", name, "--plaintext", "--force", "-o", filepath.Join(dir, name))
				b.ReportMetric(time.Since(from).Seconds(), "s")
			}
		})
	}
}
