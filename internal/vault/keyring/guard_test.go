package keyring

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

func TestGuardTurnsAPanicIntoAnError(t *testing.T) {
	g := newGuard(time.Second, nil)
	err := g.run(t.Context(), func(context.Context) error { panic("the bus ended") })
	if !errors.Is(err, store.ErrUnreachable) || !errors.Is(err, store.ErrUnknown) {
		t.Errorf("err = %v", err)
	}
	if err := g.run(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// A call that obeys nobody is left behind, and the next one does not run beside
// it.
func TestGuardLeavesAHangingCall(t *testing.T) {
	g := newGuard(50*time.Millisecond, nil)
	hang := make(chan struct{})
	err := g.change(t.Context(), func(context.Context) error { <-hang; return nil })
	if !errors.Is(err, store.ErrTimeout) || !errors.Is(err, store.ErrUnknown) {
		t.Errorf("the hanging call: %v", err)
	}
	ran := false
	err = g.run(t.Context(), func(context.Context) error { ran = true; return nil })
	if !errors.Is(err, store.ErrTimeout) || ran {
		t.Errorf("beside it: %v, ran %v", err, ran)
	}
	close(hang)
	err = g.run(t.Context(), func(context.Context) error { return nil })
	if err != nil {
		t.Errorf("after it: %v", err)
	}
}

// A call that does not end, whatever its context says: a read has no answer, and
// of a change it is not known whether it happened.
func TestCallThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	defer close(stuck)
	never := func(context.Context) error { <-stuck; return nil }
	for name, c := range map[string]struct {
		call    func(*guard) error
		unknown bool
	}{
		"read":   {func(g *guard) error { return g.run(t.Context(), never) }, false},
		"change": {func(g *guard) error { return g.change(t.Context(), never) }, true},
	} {
		err := c.call(newGuard(time.Millisecond, nil))
		if !errors.Is(err, store.ErrTimeout) || errors.Is(err, store.ErrUnknown) != c.unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	interrupted, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	err := newGuard(time.Minute, nil).change(interrupted, never)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnknown) {
		t.Errorf("interrupted change: %v", err)
	}
}

func TestSpellAndHeads(t *testing.T) {
	envelope := make([]byte, 1000) // 1,336 characters of base64
	if first, parts := spell(envelope, 7, 0); len(first) != 1336 || parts != nil {
		t.Errorf("no limit: %d, %d parts", len(first), len(parts))
	}
	if first, parts := spell(envelope, 7, 1336); len(first) != 1336 || parts != nil {
		t.Errorf("just in: %d, %d parts", len(first), len(parts))
	}
	if first, parts := spell(envelope, 7, 1335); first != "parts:1:7:2" || len(parts) != 2 || len(parts[0]) != 1335 {
		t.Errorf("just not: %q, %d parts", first, len(parts))
	}
	for value, want := range map[string]error{
		"parts:1:7:2":       nil,
		"parts:2:7:2":       store.ErrNewer,
		"parts:1:7":         store.ErrDamaged,
		"parts:1:7:0":       store.ErrDamaged,
		"parts:1:7:40001":   store.ErrDamaged,
		"parts:1:7:2 ":      store.ErrDamaged,
		"parts:1:-7:2":      store.ErrDamaged,
		"parts:":            store.ErrDamaged,
		"parts:1:07:2":      store.ErrDamaged,
		"parts:1:7:2:9":     store.ErrDamaged,
		"parts:1:7:9999999": store.ErrDamaged,
	} {
		if _, parted, err := parseHead(value); !parted || !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", value, err, want)
		}
	}
}
