package asker

import (
	"errors"
	"testing"
)

func TestParseGoal(t *testing.T) {
	for out, want := range map[string]Asker{
		"host b\nuser ann\nhostname Bastion.Example\nport 22\n":                       {"ssh", "ann", "bastion.example"},
		"user ann\nhostname 192.0.2.1\nhostkeyalias Bastion\nsendenv user x\n":        {"ssh", "ann", "Bastion"},
		"user ann@work\r\nhostname bastion\r\nlocalcommand echo\nsetenv hostname=x\n": {"ssh", "ann@work", "bastion"},
	} {
		if got, err := parseGoal(out); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", out, got, err, want)
		}
	}
	if got, err := parseGoal("user ann\n"); !errors.Is(err, ErrUnknown) {
		t.Errorf("without a host: %q, %v", got, err)
	}
}

// TestByPrefix: where the process cannot be seen, only an ssh that writes its goal
// at the beginning can be believed, and only what it wrote.
func TestByPrefix(t *testing.T) {
	const nine = "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22\n"
	for _, tt := range []struct{ version, prompt, want, words string }{
		{nine, "(ann@bastion) Verification code: ", "ssh ann@bastion", "Verification code: "},
		{"OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2\n", "(ann@bastion) code", "ssh ann@bastion", "code"},
		{"OpenSSH_10.0p2\n", "(ann@bastion) code", "ssh ann@bastion", "code"},
		{"OpenSSH_8.2p1 Ubuntu\n", "(ann@bastion) code", "", ""}, // the server wrote that
		{"OpenSSH_for_Windows_8.1p1\n", "(ann@bastion) code", "", ""},
		{"Dropbear v2022.83\n", "(ann@bastion) code", "", ""},
		{nine, "Verification code: ", "", ""},
		{nine, " (ann@bastion) code", "", ""},
		{nine, "\r(ann@bastion) code", "", ""},
		{nine, "x\n(ann@bastion) code", "", ""},
		{nine, "(ann@elsewhere) (ann@bastion) code", "", ""},
		{nine, "(ann@elsewhere) x\r(ann@bastion) code", "", ""},
		{nine, "(ann@bastion) code @elsewhere) code", "", ""}, // as a user's or a host's name
		{nine, "(ann@bastion\n) code", "", ""},
		// a host's name has no capital letters
		{nine, "(ann@bastion) One-time password (OATH) for `ann': ", "ssh ann@bastion", "One-time password (OATH) for `ann': "},
	} {
		a, err := byPrefix(tt.version, tt.prompt)
		if got := a.String(); got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%.16q, %q: %q, %v, want %q", tt.version, tt.prompt, got, err, tt.want)
		}
		if err == nil && a.Words(tt.prompt) != tt.words {
			t.Errorf("%q: the words are %q", tt.prompt, a.Words(tt.prompt))
		}
	}
}

func TestProgramName(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/bin/ssh": "ssh", "/usr/lib/git-core/git-remote-https": "git", "/usr/bin/git": "git", "ssh.exe": "ssh",
		"sudoedit": "sudo", "/usr/bin/ssh-agent": "ssh-agent", "/usr/bin/bash": "bash",
	} {
		if got := programName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
