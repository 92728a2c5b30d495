package cli

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// pamCase is a verifier and the account that it is asked with.
type pamCase struct {
	name    string
	account account.Account // Issuer is the name
	service func(h *pamHost, secret []byte) string
}

// pamCases are what the modules of Debian can verify: libpam-google-authenticator
// has 6 digits and SHA-1, libpam-oath 6 to 8 digits and SHA-1. For SHA-256 the
// verifier is oathtool behind pam_exec.
func pamCases() []pamCase {
	totp := account.Account{Type: account.TOTP, Algorithm: account.SHA1, Digits: 6, Period: 30}
	minute, eight, sha256 := totp, totp, totp
	minute.Period, eight.Digits, sha256.Digits, sha256.Algorithm = 60, 8, 8, account.SHA256
	hotp := account.Account{Type: account.HOTP, Algorithm: account.SHA1, Digits: 6}
	first, long := hotp, hotp
	first.Counter, long.Digits = 1, 8
	return []pamCase{
		{"google-totp", totp, func(h *pamHost, s []byte) string {
			return h.google("google-totp", s, "TOTP_AUTH", "DISALLOW_REUSE", "WINDOW_SIZE 3")
		}},
		{"google-minute", minute, func(h *pamHost, s []byte) string {
			return h.google("google-minute", s, "TOTP_AUTH", "DISALLOW_REUSE", "STEP_SIZE 60", "WINDOW_SIZE 3")
		}},
		{"google-hotp", first, func(h *pamHost, s []byte) string { return h.google("google-hotp", s, "HOTP_COUNTER 1") }},
		{"oath-totp", totp, func(h *pamHost, s []byte) string { return h.oath("oath-totp", s, "HOTP/T30", "") }},
		{"oath-eight", eight, func(h *pamHost, s []byte) string { return h.oath("oath-eight", s, "HOTP/T30/8", "digits=8") }},
		{"oath-hotp", hotp, func(h *pamHost, s []byte) string { return h.oath("oath-hotp", s, "HOTP", "") }},
		{"oath-hotp-eight", long, func(h *pamHost, s []byte) string { return h.oath("oath-hotp-eight", s, "HOTP/E/8", "digits=8") }},
		{"oathtool-sha256", sha256, oathtoolService},
	}
}

// oathtoolService verifies with oathtool: the present step and one on each side.
func oathtoolService(h *pamHost, secret []byte) string {
	script := h.private("verify", fmt.Sprintf(`read -r code
case $code in ????????) ;; *) exit 1 ;; esac
oathtool --totp=sha256 --digits=8 --base32 --window=2 --now="30 seconds ago" %s | grep -qx "$code"
`, base32.StdEncoding.EncodeToString(secret)))
	return h.service("oathtool-sha256", "pam_exec.so expose_authtok quiet /bin/sh "+script)
}

func pamSecret(name string) []byte { return []byte((name + "-secret-of-the-test")[:20]) }

// link is the otpauth link of a case.
func (c pamCase) link() string {
	q := url.Values{"secret": {base32.StdEncoding.EncodeToString(pamSecret(c.name))}, "issuer": {c.name}}
	q.Set("algorithm", string(c.account.Algorithm))
	q.Set("digits", fmt.Sprint(c.account.Digits))
	if c.account.Type == account.HOTP {
		q.Set("counter", fmt.Sprint(c.account.Counter))
	} else {
		q.Set("period", fmt.Sprint(c.account.Period))
	}
	return "otpauth://" + string(c.account.Type) + "/" + c.name + ":user?" + q.Encode()
}

func newPAMAccounts(t *testing.T) (*pamHost, map[string]string) {
	h := newPAMHost(t)
	var links strings.Builder
	services := map[string]string{}
	for _, c := range pamCases() {
		links.WriteString(c.link() + "\n")
		services[c.name] = c.service(h, pamSecret(c.name))
	}
	links.WriteString("otpauth://totp/wrong:user?issuer=wrong&secret=" + rfcSecret + "\n")
	for _, run := range []func(string, ...string) ended{h.asUser, h.asRoot} {
		if e := run(links.String(), "jangle", "import", "--no-passphrase", "-"); e.status != 0 {
			t.Fatalf("import: status %d: %s%s", e.status, e.out, e.err)
		}
	}
	return h, services
}

// TestPAMAcceptsOurCodes gives every module a code. The code of another secret,
// and a code of time for the second time, are refused: the modules do look.
func TestPAMAcceptsOurCodes(t *testing.T) {
	h, services := newPAMAccounts(t)
	for _, c := range pamCases() {
		t.Run(c.name, func(t *testing.T) {
			try := func(account string) ended {
				return h.asRoot("", "jangle", "exec", account, "--reuse", "--", "pamtester", services[c.name], h.name, "authenticate")
			}
			if e := try("wrong"); e.status == 0 {
				t.Errorf("the code of another secret was accepted: %s%s", e.out, e.err)
			}
			before := h.asRoot("", "jangle", "code", c.name, "--next").out // nothing for a counter
			if e := try(c.name); e.status != 0 {
				t.Errorf("status %d: %s%s", e.status, e.out, e.err)
			}
			again := try(c.name).status == 0
			if h.asRoot("", "jangle", "code", c.name, "--next").out != before || c.name == "oathtool-sha256" {
				return // it was the next code already; oathtool keeps no record
			}
			if counts := c.account.Type == account.HOTP; again != counts {
				t.Errorf("the second try: accepted is %v, want %v", again, counts)
			}
		})
	}
}

// TestSSHAndSudo logs in to a real OpenSSH server and runs sudo, both with both
// modules, by a prompt on a terminal and by askpass.
func TestSSHAndSudo(t *testing.T) {
	h, services := newPAMAccounts(t)
	ssh := func(service string) []string {
		return []string{"ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
			"-o", "PubkeyAuthentication=no", "-p", h.sshd(services[service]), h.name + "@127.0.0.1", "id -un; cat"}
	}
	sudo := []string{"sudo", "sh", "-c", "id -un; cat"}
	for _, rule := range [][]string{
		{"ssh", h.name + "@127.0.0.1", "One-time password (OATH) for `" + h.name + "'", "oath-hotp"},
		{"sudo", "Verification code", "google-hotp"},
	} {
		if e := h.asUser("", append([]string{"jangle", "config", "askpass", "add"}, rule...)...); e.status != 0 {
			t.Fatal(e.err)
		}
	}
	prompt := func(account, text string, command []string) []string {
		return append([]string{"jangle", "exec", account, "--prompt", text, "--"}, command...)
	}
	for _, tt := range []struct {
		name, sudo string
		want       string
		command    []string
	}{
		{"ssh, google, prompt", "", h.name, prompt("google-totp", "verification code:", ssh("google-totp"))},
		{"ssh, oath, askpass", "", h.name, append([]string{"env", "SSH_ASKPASS_REQUIRE=force"}, ssh("oath-hotp")...)},
		{"sudo, oath, prompt", "oath-totp", "root", prompt("oath-totp", "one-time password", sudo)},
		{"sudo, google, askpass", "google-hotp", "root", append([]string{"sudo", "-A"}, sudo[1:]...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.sudo != "" {
				h.sudo(services[tt.sudo])
			}
			e := h.asUser("our standard input\n", tt.command...)
			if e.status != 0 || e.out != tt.want+"\nour standard input\n" {
				t.Errorf("status %d: %q %s", e.status, e.out, e.err)
			}
		})
	}
}
