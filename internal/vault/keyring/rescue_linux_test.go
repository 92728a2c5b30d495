package keyring

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// The way out without jangle, as the documentation gives it.
func TestStockToolsGetTheDocument(t *testing.T) {
	tooltest.Path(t, "secret-tool")
	k := keyringtest.Start(t)
	s := Open(options(k.Bus))
	save(t, s, `{"revision":"one"}`, 0)
	save(t, s, `{"revision":"two"}`, 1)
	for slot, want := range map[string]string{slotA: `{"revision":"one"}`, slotB: `{"revision":"two"}`} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "secret-tool lookup service jangle username "+slot+" | base64 -d | gunzip")
		cmd.Env = k.Env()
		if out, err := cmd.Output(); err != nil || string(out) != want {
			t.Errorf("%s: %q, %v; want %q", slot, out, err, want)
		}
	}
}

func TestStockToolsDeleteTheDocument(t *testing.T) {
	tooltest.Path(t, "secret-tool")
	k := keyringtest.Start(t)
	s := Open(options(k.Bus))
	save(t, s, "one", 0)
	cmd := exec.CommandContext(t.Context(), "secret-tool", "clear", "service", "jangle")
	cmd.Env = k.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrAbsent", err)
	}
}

// Nothing is run, and nothing is set, when there is no bus.
func TestNoBusRunsNothing(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	script := "#!/bin/sh\ntouch " + ran + "\necho DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if _, err := os.Stat(filepath.Join("/run/user", "0", "bus")); err == nil {
		t.Skip("there is a session bus here")
	}
	for _, address := range []string{"", "autolaunch:", "disabled:"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		s := Open(Options{LockPath: filepath.Join(dir, "lock")})
		for name, call := range calls(t, s) {
			if err := call(); !errors.Is(err, store.ErrUnreachable) {
				t.Errorf("%q: %s: %v, want ErrUnreachable", address, name, err)
			}
		}
		if err := Available(t.Context()); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("%q: Available: %v, want ErrUnreachable", address, err)
		}
		if got := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); got != address {
			t.Errorf("the environment was changed to %q", got)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("dbus-launch was run")
	}
}

func TestAvailable(t *testing.T) {
	k := keyringtest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", k.Address)
	if err := Available(t.Context()); err != nil {
		t.Errorf("Available: %v", err)
	}
	if name, err := Provider(t.Context()); name != "GNOME Keyring" {
		t.Errorf("Provider = %q, %v", name, err)
	}
	k.Kill(t)
	if err := Available(t.Context()); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("without a keyring: %v, want ErrUnreachable", err)
	}
	if name, err := Provider(t.Context()); !errors.Is(err, store.ErrUnreachable) {
		t.Errorf("without a keyring: Provider = %q, %v", name, err)
	}
}

func TestBusAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"unix:path=/run/user/1000/bus":               "/run/user/1000/bus",
		"unix:path=/tmp/with%20blank,guid=abc":       "/tmp/with blank",
		"unix:abstract=/tmp/dbus-x,guid=1":           "@/tmp/dbus-x",
		"tcp:host=localhost,port=1;unix:path=/x/bus": "/x/bus",
		"tcp:host=localhost,port=1":                  "",
		"unix:path=%zz":                              "",
		"nonsense":                                   "",
	} {
		if got, _ := socketPath(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestDeadBus(t *testing.T) {
	dir := t.TempDir()
	for name, address := range map[string]string{
		"no socket": "unix:path=" + filepath.Join(dir, "none"),
		"tcp":       "tcp:host=localhost,port=1",
	} {
		s := Open(Options{Bus: address, LockPath: filepath.Join(dir, "lock")})
		if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("%s: %v, want ErrUnreachable", name, err)
		}
	}
}

// A socket that accepts and never answers.
func TestSilentBus(t *testing.T) {
	t.Parallel()
	address, connections := silentBus(t)
	s := Open(Options{Bus: address, LockPath: filepath.Join(t.TempDir(), "lock"), Timeout: 200 * time.Millisecond})
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrTimeout) {
		t.Errorf("Load: %v, want ErrTimeout", err)
	}
	if connections() == 0 {
		t.Error("nobody connected")
	}
}
