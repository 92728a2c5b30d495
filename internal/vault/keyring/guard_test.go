package keyring

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

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
		"read":   {func(g *guard) error { return g.read(t.Context(), never) }, false},
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
