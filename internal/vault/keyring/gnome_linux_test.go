package keyring

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/keyring/keyringtest"
	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"whole": 0, "parts of 2560": 2560} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keyringtest.Start(t)
			n := 0
			storetest.Run(t, func(t *testing.T) storetest.Place {
				n++
				o := options(k.Bus)
				o.Limit, o.Service = limit, "jangle-test-"+strings.Repeat("x", n)
				return place(o, limit)
			})
		})
	}
}

func place(o Options, limit int) storetest.Place {
	p := storetest.Place{
		Open:         func(testing.TB) store.Store { return Open(o) },
		DamageNewest: func(t testing.TB) { spoil(t, o, 1) },
		DamageAll:    func(t testing.TB) { spoil(t, o, 2) },
	}
	if limit > 0 {
		p.MaxBytes = 70_000 // 40 items
	}
	return p
}

// spoil cuts the text of the newest n slots, as a keyring would that loses the
// end of a value.
func spoil(t testing.TB, o Options, n int) {
	t.Helper()
	s := Open(o)
	c, err := s.readCopies(t.Context(), slotA, slotB)
	if err != nil || len(c) < n {
		t.Fatalf("%d copies, %v", len(c), err)
	}
	for _, x := range c[:n] {
		if err := s.ring.write(t.Context(), x.slot, x.text[:len(x.text)-8], nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockedKeyring(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	s := Open(options(k.Bus))
	save(t, s, "one", 0)
	k.Lock(t)
	for name, call := range calls(t, s) {
		if err := call(); !errors.Is(err, store.ErrLocked) {
			t.Errorf("%s: %v, want ErrLocked", name, err)
		} else if !strings.Contains(err.Error(), "GNOME Keyring") {
			t.Errorf("%s: %q does not name the keyring", name, err)
		}
	}
	k.Unlock(t)
	wantLoad(t, s, "one", 1)
}

// calls are all methods that touch the keyring.
func calls(t *testing.T, s *Store) map[string]func() error {
	return map[string]func() error{
		"Load":     func() error { _, err := s.Load(t.Context()); return err },
		"Previous": func() error { _, err := s.Previous(t.Context()); return err },
		"Save":     func() error { _, err := s.Save(t.Context(), []byte("two"), 1); return err },
		"Erase":    func() error { return s.Erase(t.Context()) },
	}
}

// A keyring that is locked from the start and has no item of ours is locked, not
// empty.
func TestLockedKeyringWithoutItems(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	k.Lock(t)
	if _, err := Open(options(k.Bus)).Load(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Load: %v, want ErrLocked", err)
	}
}

func TestRestartedKeyring(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	s := Open(options(k.Bus))
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	k.Kill(t)
	for name, call := range calls(t, s) {
		if err := call(); !errors.Is(err, store.ErrUnreachable) {
			t.Errorf("killed: %s: %v, want ErrUnreachable", name, err)
		}
	}
	k.RestartLocked(t)
	for name, call := range calls(t, s) {
		if err := call(); !errors.Is(err, store.ErrLocked) {
			t.Errorf("locked from the start: %s: %v, want ErrLocked", name, err)
		}
	}
	k.Kill(t)
	k.Restart(t)
	wantLoad(t, s, "two", 2)
}

func TestNoLoginKeyring(t *testing.T) {
	t.Parallel()
	k := keyringtest.StartWithoutLogin(t)
	for name, call := range calls(t, Open(options(k.Bus))) {
		err := call()
		if !errors.Is(err, store.ErrUnreachable) || !strings.Contains(err.Error(), "GNOME Keyring") {
			t.Errorf("%s: %v, want ErrUnreachable from GNOME Keyring", name, err)
		}
	}
}

func TestFrozenKeyring(t *testing.T) {
	t.Parallel()
	k := keyringtest.Start(t)
	o := options(k.Bus)
	save(t, Open(o), "one", 0)
	o.Timeout = 300 * time.Millisecond
	s := Open(o)
	k.Signal(t, syscall.SIGSTOP)
	for name, call := range calls(t, s) {
		if err := call(); !errors.Is(err, store.ErrTimeout) {
			t.Errorf("%s: %v, want ErrTimeout", name, err)
		}
	}
	k.Signal(t, syscall.SIGCONT)
	wantLoad(t, Open(options(k.Bus)), "one", 1)
}
