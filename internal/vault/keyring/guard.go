package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

const (
	notifyAfter = time.Second
	notice      = "waiting for the keyring: a window may be asking for its password"

	// How long a call may take to end by itself after its deadline, or after the
	// person interrupted it: to close its prompt and to say what it was doing.
	timeoutGrace   = time.Second
	interruptGrace = 100 * time.Millisecond
)

// guard ends every call to a keyring in time, makes errors of panics, and lets
// one call run at a time. A call that does not end goes on without anybody
// listening, and the next call waits for it.
type guard struct {
	timeout time.Duration
	notify  func(string)
	once    sync.Once
	running chan struct{}
}

func newGuard(timeout time.Duration, notify func(string)) *guard {
	return &guard{timeout: timeout, notify: notify, running: make(chan struct{}, 1)}
}

// errUnheard: the call went on after its deadline without anybody to hear its end.
var errUnheard = errors.New("the call did not end")

// change calls f, which may have changed something where it was not heard to the
// end: then the error is store.ErrUnknown too.
func (g *guard) change(ctx context.Context, f func(context.Context) error) error {
	err := g.run(ctx, f)
	if errors.Is(err, errUnheard) {
		return fmt.Errorf("%w: %w", store.ErrUnknown, err)
	}
	return err
}

// run calls f with a context that ends at the deadline. A panic in a keyring
// library is an error of the keyring.
func (g *guard) run(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	select {
	case g.running <- struct{}{}:
	case <-ctx.Done():
		return g.ended(ctx)
	}
	defer time.AfterFunc(notifyAfter, func() {
		if g.notify != nil {
			g.once.Do(func() { g.notify(notice) })
		}
	}).Stop()
	done := make(chan error, 1)
	go func() {
		defer func() { <-g.running }()
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("%w: %w: the keyring library failed: %v", store.ErrUnknown, store.ErrUnreachable, p)
			}
		}()
		done <- f(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace := timeoutGrace
	if errors.Is(ctx.Err(), context.Canceled) {
		grace = interruptGrace
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return fmt.Errorf("%w: %w", g.ended(ctx), errUnheard)
	}
}

// ended says why a context ended.
func (g *guard) ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%w: the keyring said nothing for %s", store.ErrTimeout, g.timeout)
}
