//go:build linux

package keyringtest

import (
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

const (
	password = "test-login-pw" // of the login keyring; no line end, it would be part of it
	login    = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
)

// Gnome is a real GNOME Keyring on a private bus.
type Gnome struct {
	*Bus
	daemon *process
}

// Start starts GNOME Keyring with an open, empty login keyring. It ends with the
// test.
func Start(t testing.TB) *Gnome {
	t.Helper()
	g := &Gnome{Bus: StartBus(t)}
	g.Restart(t)
	return g
}

// StartWithoutLogin starts GNOME Keyring as on a server: it runs and has no
// keyring inside.
func StartWithoutLogin(t testing.TB) *Gnome {
	t.Helper()
	g := &Gnome{Bus: StartBus(t)}
	g.RestartLocked(t)
	return g
}

// Restart starts the keyring again, open, after Kill.
func (g *Gnome) Restart(t testing.TB) {
	t.Helper()
	g.start(t, []byte(password), "--foreground", "--unlock", "--components=secrets")
}

// RestartLocked starts the keyring again, locked, after Kill.
func (g *Gnome) RestartLocked(t testing.TB) {
	t.Helper()
	g.start(t, nil, "--start", "--foreground", "--components=secrets")
}

func (g *Gnome) start(t testing.TB, stdin []byte, args ...string) {
	t.Helper()
	program := tooltest.Path(t, "gnome-keyring-daemon")
	args = append(args, "--control-directory="+g.Home+"/control")
	g.daemon = g.run(t, stdin, program, args...)
	g.AwaitOwner(t, true)
}

// Kill ends the keyring program at once.
func (g *Gnome) Kill(t testing.TB) {
	t.Helper()
	g.daemon.kill(t)
	g.AwaitOwner(t, false)
}

// Signal makes the keyring program silent (SIGSTOP), and lets it go on (SIGCONT).
func (g *Gnome) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := g.daemon.Process.Signal(s); err != nil {
		t.Fatalf("cannot signal the keyring: %v", err)
	}
}

// Lock locks the login keyring.
func (g *Gnome) Lock(t testing.TB) {
	t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := g.service(t).Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{login}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("locked %v, %v", locked, err)
	}
}

// Unlock opens the login keyring as somebody who types its password.
func (g *Gnome) Unlock(t testing.TB) {
	t.Helper()
	var none dbus.Variant
	var session dbus.ObjectPath
	service := g.service(t)
	if err := service.Call("org.freedesktop.Secret.Service.OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&none, &session); err != nil {
		t.Fatal(err)
	}
	secret := struct {
		Session     dbus.ObjectPath
		Parameters  []byte
		Value       []byte
		ContentType string
	}{session, []byte{}, []byte(password), "text/plain"}
	const unlock = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword"
	if err := service.Call(unlock, 0, login, secret).Err; err != nil {
		t.Fatalf("cannot unlock the login keyring: %v", err)
	}
}
