package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// evilServer is an SSH server that asks what it likes and remembers what it got.
type evilServer struct {
	port string
	mu   sync.Mutex
	ask  evilQuestion
	got  []string
}

// evilQuestion is a request of keyboard-interactive (RFC 4256 section 3.2).
type evilQuestion struct{ name, instruction, prompt string }

func newEvilServer(t *testing.T) *evilServer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signer, err := ssh.NewSignerFromKey(key)
	must(t, err)
	s := &evilServer{}
	config := &ssh.ServerConfig{KeyboardInteractiveCallback: s.asks}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _, _, _ = ssh.NewServerConn(c, config)
			}()
		}
	}()
	return s
}

// asks takes the answer and lets nobody in.
func (s *evilServer) asks(_ ssh.ConnMetadata, challenge ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answers, err := challenge(s.ask.name, s.ask.instruction, []string{s.ask.prompt}, []bool{false})
	if err == nil {
		s.got = append(s.got, answers...)
		err = os.ErrPermission
	}
	return nil, err
}

// login lets the real ssh, with jangle as its askpass program, log in there.
func (s *evilServer) login(t *testing.T, p *program, ask evilQuestion, args ...string) (got string) {
	t.Helper()
	s.mu.Lock()
	s.ask, s.got = ask, nil
	s.mu.Unlock()
	cmd := exec.Command("ssh", append([]string{"-F", "none", "-p", s.port, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "PreferredAuthentications=keyboard-interactive", "-o", "NumberOfPasswordPrompts=1"}, args...)...)
	cmd.Env = append(p.env, "SSH_ASKPASS="+filepath.Dir(p.path)+"/"+askpassName, "SSH_ASKPASS_REQUIRE=force")
	out, _ := cmd.CombinedOutput()
	s.mu.Lock()
	defer s.mu.Unlock()
	refused := strings.Contains(string(out), "Permission denied") || strings.Contains(string(out), "remote username contains invalid characters")
	if len(s.got) == 0 && !refused {
		t.Fatalf("ssh %q did not get to its question: %s", args, out)
	}
	return strings.Join(s.got, "")
}

// TestAskpassGivesAServerNothing: a server that is none of a rule's writes the
// rule's text, alone and with every user and host around it that it can think of,
// and gets no answer. The rule's own server gets one, by each way to name it.
func TestAskpassGivesAServerNothing(t *testing.T) {
	tooltest.Need(t, "ssh")
	p := newProgram(t)
	must(t, os.Symlink("jangle", filepath.Dir(p.path)+"/"+askpassName))
	p.must(t, "otpauth://totp/One:o?digits=8&secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	const text = "Verification code"
	for _, rule := range [][]string{{"ssh", "ann@bastion"}, {"ssh", "ann@localhost"}, {"sudo"}, {"git"}} {
		p.must(t, "", append(append([]string{"config", "askpass", "add"}, rule...), text, "one")...)
	}
	p.must(t, "", "config", "askpass", "add", "git", "Password for 'https://ann@git.example'", "one")
	s := newEvilServer(t)
	for _, ask := range []evilQuestion{
		{prompt: text + ": "},
		{prompt: "(ann@bastion) " + text + ": "},
		{prompt: "\r(ann@bastion) " + text + ": "},
		{prompt: "\n(ann@bastion) " + text + ": "},
		{prompt: "\r\n(ann@bastion) " + text + ": "},
		{prompt: "x\x1b[2K\r(ann@bastion) " + text + ": "},
		{prompt: "\b\b\b\b(ann@bastion) " + text + ": "},
		{prompt: text + ": \n"},
		{prompt: text + ": \r"},
		{prompt: text + ": \x00"},
		{prompt: "@bastion) " + text + ": "},
		{prompt: ") (ann@bastion) " + text},
		{prompt: "Password for 'https://ann@git.example': "},
		{name: "(ann@bastion)", instruction: text + ": ", prompt: text + ": "},
		{name: "(ann@bastion) " + text, instruction: "(ann@bastion) " + text + ": ", prompt: " "},
	} {
		for _, goal := range [][]string{
			{"ann@127.0.0.1"}, {"bob@127.0.0.1", "(ann@bastion)", text},
			{"-l", "ann@bastion) " + text + ": ", "127.0.0.1"}, {"-l", "(ann@bastion) " + text, "127.0.0.1"},
			{"ann@bastion@127.0.0.1"}, {"-o", "SetEnv=HOSTNAME=bastion", "ann@127.0.0.1", "hostname bastion"},
		} {
			if got := s.login(t, p, ask, goal...); got != "" {
				t.Errorf("ssh %q: the server asked %+q and got %q", goal, ask, got)
			}
		}
	}
	// the rule's own server, here under a name that leads to this one
	seen := map[string]bool{}
	for _, goal := range [][]string{
		{"-o", "HostName=127.0.0.1", "-o", "HostKeyAlias=bastion", "ann@there"},
		{"-o", "User=ann", "-o", "HostName=LOCALHOST", "shorthand", "ann@127.0.0.1"},
		{"-o", "HostName=local%h", "ssh://ann@host"},
	} {
		got := s.login(t, p, evilQuestion{prompt: text + ": "}, goal...)
		if len(got) != 8 || seen[got] {
			t.Errorf("ssh %q: its own server got %q", goal, got)
		}
		seen[got] = true
		if got := s.login(t, p, evilQuestion{prompt: text + " for another: "}, goal...); got != "" {
			t.Errorf("ssh %q: another question got %q", goal, got)
		}
	}
}

// TestAskpassAnswersGit: git's prompt is git's own, with the user and the host of
// the address.
func TestAskpassAnswersGit(t *testing.T) {
	tooltest.Need(t, "git")
	p := newProgram(t)
	must(t, os.Symlink("jangle", filepath.Dir(p.path)+"/"+askpassName))
	p.must(t, "otpauth://totp/One:o?digits=8&secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	p.must(t, "", "config", "askpass", "add", "git", "Password for 'https://ann@git.example'", "one")
	for host, want := range map[string]bool{"git.example": true, "git.example.org": false, "elsewhere": false} {
		cmd := exec.Command("git", "-c", "credential.helper=", "credential", "fill")
		cmd.Stdin = strings.NewReader("protocol=https\nusername=ann\nhost=" + host + "\n")
		cmd.Env = append(p.env, "GIT_ASKPASS="+filepath.Dir(p.path)+"/"+askpassName, "GIT_TERMINAL_PROMPT=0")
		out, _ := cmd.CombinedOutput()
		if got := strings.Contains(string(out), "\npassword="); got != want {
			t.Errorf("%s: answered is %v, want %v: %s", host, got, want, out)
		}
	}
}
