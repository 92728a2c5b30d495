//go:build linux

// Package keyringtest runs real keyring programs for tests: each on a private
// session bus, in a private home, without a display.
//
//	k := keyringtest.Start(t)
//	cmd.Env = k.Env()
//
// The bus starts nothing by itself, so a keyring that was killed stays away
// until the test starts it again.
package keyringtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// Bus is a private session bus with a home for the programs on it.
type Bus struct {
	Home    string // the programs' HOME
	Address string // for DBUS_SESSION_BUS_ADDRESS
	daemon  *process
}

// The limits are those of the stock session bus: a vault is more than the
// built-in ones let through.
const busConfig = `<busconfig>
<type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
<limit name="max_incoming_bytes">1000000000</limit><limit name="max_outgoing_bytes">1000000000</limit>
<limit name="max_message_size">1000000000</limit><limit name="max_match_rules_per_connection">50000</limit>
<limit name="max_completed_connections">100000</limit><limit name="max_connections_per_user">100000</limit>
</busconfig>
`

// StartBus starts a bus with nothing on it.
func StartBus(t testing.TB) *Bus {
	t.Helper()
	program := tooltest.Path(t, "dbus-daemon")
	home, err := os.MkdirTemp("", "jk") // t.TempDir can be longer than a socket's path may be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	socket := filepath.Join(home, "bus")
	config := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	b := &Bus{Home: home, Address: "unix:path=" + socket}
	b.daemon = b.run(t, nil, program, "--config-file="+config, "--nofork", "--nopidfile", "--nosyslog")
	await(t, "the bus", func() bool { // the socket is there a moment before it takes connections
		conn, err := net.Dial("unix", socket)
		return err == nil && conn.Close() == nil
	})
	return b
}

// Env is the environment for a program that is to use this bus: ours without
// what would lead it to another one or to a display.
func (b *Bus) Env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "HOME", name == "DISPLAY", name == "WAYLAND_DISPLAY", name == "DBUS_SESSION_BUS_ADDRESS":
		case strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "GNOME_"), strings.HasPrefix(name, "KDE_"):
		default:
			env = append(env, v)
		}
	}
	return append(env, "HOME="+b.Home, "XDG_DATA_HOME="+b.Home+"/data", "XDG_CONFIG_HOME="+b.Home+"/config",
		"XDG_CACHE_HOME="+b.Home+"/cache", "XDG_RUNTIME_DIR="+b.Home, "QT_QPA_PLATFORM=offscreen", "DBUS_SESSION_BUS_ADDRESS="+b.Address)
}

// KillBus ends the bus at once.
func (b *Bus) KillBus(t testing.TB) { b.daemon.kill(t) }

// Dial returns a connection to the bus, which ends with the test at the latest.
func (b *Bus) Dial(t testing.TB) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		t.Fatalf("cannot connect to the private bus: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// service is the Secret Service for one call. A first call that needs no client
// comes before it; see session.search of package keyring.
func (b *Bus) service(t testing.TB) dbus.BusObject {
	t.Helper()
	s := b.Dial(t).Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	s.Call("org.freedesktop.Secret.Service.SearchItems", 0, map[string]string{"service": "none"})
	return s
}

// AwaitOwner waits until the Secret Service is there, or is not.
func (b *Bus) AwaitOwner(t testing.TB, there bool) {
	t.Helper()
	conn := b.Dial(t)
	await(t, "the keyring", func() bool {
		var owned bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&owned)
		return (err == nil && owned) == there
	})
}

// run starts a program that ends with the test at the latest. What it says is
// shown when the test fails.
func (b *Bus) run(t testing.TB, stdin []byte, name string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = b.Env()
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("cannot start %s: %v", name, err)
	}
	p := &process{Cmd: cmd}
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() && said.Len() > 0 {
			t.Logf("%s said:\n%s", filepath.Base(name), said.String())
		}
	})
	return p
}

// process is a program that run started.
type process struct {
	*exec.Cmd
	end sync.Once
}

// quit asks the program to end and waits for that, once. A program that does not
// listen (KeePassXC in one of many runs) is killed: the test is not about that.
func (p *process) quit(t testing.TB) {
	t.Helper()
	p.end.Do(func() {
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("cannot end %s: %v", p.Path, err)
		}
		late := time.AfterFunc(20*time.Second, func() { _ = p.Process.Kill() })
		defer late.Stop()
		_ = p.Wait() // it may say that it was asked to
	})
}

// kill ends the program and waits for that, once.
func (p *process) kill(t testing.TB) {
	p.end.Do(func() {
		if err := p.Process.Kill(); err != nil {
			t.Errorf("cannot end %s: %v", p.Path, err)
		}
		_ = p.Wait() // it says that it was killed
	})
}

func await(t testing.TB, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if there() {
			return
		}
	}
	t.Fatalf("%s did not come within 20 s", what)
}
