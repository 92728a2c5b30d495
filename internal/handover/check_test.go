package handover

import (
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// testMoment is the time of the programs in these tests.
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
	githubLink = "otpauth://totp/GitHub:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=GitHub"
	vpnLink    = "otpauth://totp/VPN?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&period=60&digits=8"
)

// TestCodeOfThePhone: what each code says about the phone.
func TestCodeOfThePhone(t *testing.T) {
	git, vpn := parsed(t, githubLink), parsed(t, vpnLink)
	both := []account.Account{git, vpn}
	for _, c := range []struct {
		code  string
		right bool
		says  string
	}{
		{phoneCode(t, git, 0), true, "for GitHub (ann) the phone computes the same codes"},
		{phoneCode(t, git, 30*time.Second), true, "right"},
		{phoneCode(t, git, -30*time.Second), true, "right"},
		{phoneCode(t, vpn, -60*time.Second), true, "for VPN"},
		{phoneCode(t, git, 60*time.Second), false, "the phone's clock is about 60 seconds ahead of this machine's"},
		{phoneCode(t, git, -3*time.Minute), false, "the secret of GitHub (ann) is right, but the phone's clock is about 3 minutes behind"},
		{phoneCode(t, git, time.Hour), false, "about 60 minutes ahead of"},
		{phoneCode(t, vpn, 10*time.Minute), false, "the secret of VPN is right, but the phone's clock is about 10 minutes ahead"},
		{phoneCode(t, git, 70*time.Minute), false, "not a code of any of these accounts"},
		{"000000", false, "not a code of any of these accounts"},
		{"garbage", false, "not a code of any of these accounts"},
	} {
		v := compare(both, c.code, testMoment())
		if v.right != c.right || !strings.Contains(v.text, c.says) {
			t.Errorf("%s: %v, %q; want %q", c.code, v.right, v.text, c.says)
		}
	}
	if v := compare([]account.Account{git}, "000000", testMoment()); !strings.Contains(v.text, "the phone has another secret") {
		t.Error(v.text)
	}
}

// TestWrongClockIsNotFoundByChance: of many accounts some code is always near.
func TestWrongClockIsNotFoundByChance(t *testing.T) {
	var many []account.Account
	for i := range 1000 {
		a := parsed(t, githubLink)
		a.Secret = account.NewSecret([]byte(strings.Repeat(string(rune('a'+i%26)), i/26+10)))
		many = append(many, a)
	}
	found := 0
	for code := range 100 {
		if v := compare(many, time.Unix(int64(code)*3347, 0).Format("150405"), testMoment()); v.right || strings.Contains(v.text, "clock is") {
			found++
		}
	}
	if found > 6 {
		t.Errorf("%d of 100 wrong codes were explained by a clock", found)
	}
}
