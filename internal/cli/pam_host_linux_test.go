package cli

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// pamHost is this machine with a user of its own for a test, PAM services that
// ask that user for a code, and jangle as a program that the user may start.
type pamHost struct {
	t    *testing.T
	dir  string // readable by everybody; the user's home is in it
	name string // of the user; services and files begin with it
	uid  uint32
	gid  uint32
	env  []string
}

// newPAMHost needs root, because PAM reads its services from /etc/pam.d and
// sudo its rules from /etc. All of it is removed at the end.
func newPAMHost(t *testing.T) *pamHost {
	t.Helper()
	if os.Geteuid() != 0 {
		tooltest.Missing(t, "not root: PAM services and a user have to be made")
	}
	tooltest.Need(t, "useradd", "userdel", "sudo", "ssh", "ssh-keygen", "pamtester", "oathtool")
	for _, module := range []string{"pam_google_authenticator.so", "pam_oath.so"} {
		if found, _ := filepath.Glob("/lib/*/security/" + module); len(found) == 0 {
			tooltest.Missing(t, module+" is not installed")
		}
	}
	dir, err := os.MkdirTemp("", "jangle-pam-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &pamHost{t: t, dir: dir, name: "jangletest" + strconv.Itoa(os.Getpid())}
	h.addUser()
	h.installJangle()
	return h
}

func (h *pamHost) addUser() {
	must(h.t, os.Chmod(h.dir, 0o755))
	h.root("useradd", "--create-home", "--home-dir", h.dir+"/home", "--shell", "/bin/sh", h.name)
	h.t.Cleanup(func() { h.root("userdel", "--force", h.name) })
	u, err := user.Lookup(h.name)
	must(h.t, err)
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	h.uid, h.gid = uint32(uid), uint32(gid)
}

// installJangle copies this test binary, which is jangle under that name, to
// where the user can start it.
func (h *pamHost) installJangle() {
	self, err := os.Executable()
	must(h.t, err)
	data, err := os.ReadFile(self)
	must(h.t, err)
	must(h.t, os.WriteFile(h.dir+"/jangle", data, 0o755))
	must(h.t, os.Chmod(h.dir+"/jangle", 0o755))
	must(h.t, os.Symlink("jangle", h.dir+"/"+askpassName))
	h.env = []string{
		"PATH=" + h.dir + ":/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + h.dir + "/home", "USER=" + h.name,
		"JANGLE_HOME=" + h.dir + "/home/jangle", "DBUS_SESSION_BUS_ADDRESS=disabled:", "TERM=dumb",
		"SUDO_ASKPASS=" + h.dir + "/" + askpassName, "SSH_ASKPASS=" + h.dir + "/" + askpassName,
	}
}

// root runs a command of the set-up.
func (h *pamHost) root(argv ...string) {
	h.t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		h.t.Fatalf("%s: %v: %s", strings.Join(argv, " "), err, out)
	}
}

// asUser runs a command as the user, without a terminal.
func (h *pamHost) asUser(stdin string, argv ...string) ended {
	h.t.Helper()
	return h.run(h.env, &syscall.Credential{Uid: h.uid, Gid: h.gid}, stdin, argv)
}

// asRoot runs a command as root, with a vault of root's own.
func (h *pamHost) asRoot(stdin string, argv ...string) ended {
	h.t.Helper()
	env := append(slices.Clone(h.env), "JANGLE_HOME="+h.dir+"/root")
	return h.run(env, nil, stdin, argv)
}

func (h *pamHost) run(env []string, who *syscall.Credential, stdin string, argv []string) ended {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.lookup(argv[0]), argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // jangle ends what it runs
	cmd.WaitDelay = 5 * time.Second
	var out, stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(stdin), &out, &stderr
	cmd.Dir = h.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: who}
	err := cmd.Run()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		h.t.Fatalf("%s: %v: %s%s", strings.Join(argv, " "), err, out.String(), stderr.String())
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func (h *pamHost) lookup(name string) string {
	if name == "jangle" {
		return h.dir + "/jangle"
	}
	return name
}

// service makes a PAM service that asks for a code and nothing else.
func (h *pamHost) service(suffix, auth string) string {
	name := h.name + "-" + suffix
	path := "/etc/pam.d/" + name
	text := "auth required " + auth + "\naccount required pam_permit.so\nsession required pam_permit.so\n"
	must(h.t, os.WriteFile(path, []byte(text), 0o644))
	h.t.Cleanup(func() { os.Remove(path) })
	return name
}

// private writes a file for root alone.
func (h *pamHost) private(name, text string) string {
	path := filepath.Join(h.dir, name)
	must(h.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// google sets libpam-google-authenticator up with a secret and its options. A
// wrong code does not count a counter up: one that was typed wrong would
// otherwise put both sides out of step.
func (h *pamHost) google(suffix string, secret []byte, options ...string) string {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret) + "\n"
	for _, o := range options {
		text += "\" " + o + "\n"
	}
	path := h.private("google-"+suffix, text)
	return h.service(suffix, "pam_google_authenticator.so no_increment_hotp user=root secret="+path)
}

// oath sets libpam-oath up with a secret and a kind ("HOTP", "HOTP/T30/8").
func (h *pamHost) oath(suffix string, secret []byte, kind, options string) string {
	line := fmt.Sprintf("%s %s - %s\n", kind, h.name, hex.EncodeToString(secret))
	path := h.private("oath-"+suffix, line)
	return h.service(suffix, "pam_oath.so usersfile="+path+" window=3 "+options)
}

// sshd starts an OpenSSH server of its own on the loopback device. Its PAM
// service is the name that it was called by (session.c, SSHD_PAM_SERVICE).
func (h *pamHost) sshd(service string) (port string) {
	server := "/usr/sbin/sshd"
	if _, err := os.Stat(server); err != nil {
		tooltest.Missing(h.t, "openssh-server is not installed")
	}
	if err := os.Mkdir("/run/sshd", 0o755); err == nil {
		h.t.Cleanup(func() { os.Remove("/run/sshd") })
	}
	named := h.dir + "/" + service
	must(h.t, os.Symlink(server, named))
	key := h.dir + "/hostkey-" + service
	h.root("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	port = freePort(h.t)
	config := h.private("sshd-"+service, strings.Join([]string{
		"ListenAddress 127.0.0.1:" + port, "HostKey " + key, "PidFile none", "UsePAM yes", "AllowUsers " + h.name,
		"AuthenticationMethods keyboard-interactive", "KbdInteractiveAuthentication yes", "UseDNS no",
	}, "\n")+"\n")
	cmd := exec.Command(named, "-D", "-e", "-f", config)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	must(h.t, cmd.Start())
	h.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitPort(h.t, port)
	return port
}

// sudo makes sudo ask the user by a PAM service, every time.
func (h *pamHost) sudo(service string) {
	path := "/etc/sudoers.d/" + h.name
	text := fmt.Sprintf("Defaults:%[1]s pam_service=%[2]s, timestamp_timeout=0\n%[1]s ALL=(ALL) ALL\n", h.name, service)
	must(h.t, os.WriteFile(path, []byte(text), 0o440))
	h.t.Cleanup(func() { os.Remove(path) })
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

func awaitPort(t *testing.T, port string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			c.Close()
			return
		}
	}
	t.Fatal("sshd does not listen")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
