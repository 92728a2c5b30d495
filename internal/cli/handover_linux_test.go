package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// testMoment is the time of the programs in these tests (see newProgram).
func testMoment() time.Time { return time.Unix(1795341600, 0) }

func parsed(t *testing.T, link string) account.Account {
	t.Helper()
	a, _, err := otpauth.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// phoneCode is what a phone shows whose clock is that much ahead.
func phoneCode(t *testing.T, a account.Account, ahead time.Duration) string {
	t.Helper()
	c, err := otp.At(a, testMoment().Add(ahead))
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

const (
	githubLink = "otpauth://totp/GitHub:ann?secret=" + rfcSecret + "&issuer=GitHub"
	vpnLink    = "otpauth://totp/VPN?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&period=60&digits=8"
	bankLink   = "otpauth://hotp/Bank?secret=KRSXG5CTMVRXEZLUKRSXG5CT&counter=7"
	steamLink  = "otpauth://steam/Steam:ken?secret=JBSWY3DPEHPK3PXPJBSWY3DP&issuer=Steam"
)

// TestCheckByCode is the dialogue after the pages, and the status of each end.
func TestCheckByCode(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 0, githubLink, vpnLink, bankLink)
	git, vpn := parsed(t, githubLink), parsed(t, vpnLink)
	for name, c := range map[string]struct {
		typed  []string // answers and what is said to each
		status int
		end    string
	}{
		"right":              {[]string{phoneCode(t, git, 0), "right: for GitHub (ann)"}, 0, "handed over 3 of 3"},
		"of another account": {[]string{phoneCode(t, vpn, 0), "right: for VPN"}, 0, "handed over 3 of 3"},
		"with a blank":       {[]string{otp.Grouped(phoneCode(t, git, 30*time.Second)), "right"}, 0, "handed over 3 of 3"},
		"skipped":            {[]string{"", "handed over 3 of 3"}, 0, ""},
		"clock, then right":  {[]string{phoneCode(t, git, 5*time.Minute), "about 5 minutes ahead", phoneCode(t, git, 0), "right"}, 0, "handed over"},
		"wrong, then given up": {[]string{"123456", "scan the pages again", "", "handed over 3 of 3"}, 6,
			"keep the old phone until it is"},
		"interrupted": {[]string{"\x03", "handed over 3 of 3"}, 130, "interrupted"},
		"end of file": {[]string{"\x04", "handed over 3 of 3"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.onTerminal(t, 120, 60, "export", "--to", "google-authenticator", "--yes", "--per-page", "2")
			for range 2 {
				s.WaitFor("scan it, then any key")
				s.Send("\r")
			}
			for i := 0; i < len(c.typed); i += 2 {
				s.WaitFor("for GitHub (ann), or for another (enter skips): ")
				s.Send(c.typed[i] + map[bool]string{true: "\r"}[len(c.typed[i]) != 1])
				s.WaitFor(c.typed[i+1])
			}
			s.WaitFor(c.end)
			s.End()
			if s.Status() != c.status {
				t.Errorf("status %d, want %d", s.Status(), c.status)
			}
			checkGone(t, s, 120, 60)
		})
	}
}

// TestQRIsChecked: one account's page ends with the same question.
func TestQRIsChecked(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 0, githubLink, bankLink)
	s := p.onTerminal(t, 80, 24, "qr", "github")
	s.WaitFor("show the secret of GitHub (ann) as a QR code?")
	s.Send("y\r")
	s.WaitFor("any key ends")
	s.Send(" ")
	s.WaitFor("for GitHub (ann), to check it")
	s.Send("111111\r")
	s.WaitFor("the phone has another secret")
	s.Send("\r")
	s.End()
	if s.Status() != 6 {
		t.Errorf("status %d", s.Status())
	}
	// There is nothing to compare for a counter.
	s = p.onTerminal(t, 80, 24, "qr", "--yes", "bank")
	s.WaitFor("any key ends")
	s.Send(" ")
	s.End()
	if s.Status() != 0 || strings.Contains(string(s.Output()), "enter skips") {
		t.Errorf("status %d, asked for a counter's code", s.Status())
	}
}
