//go:build darwin || windows

package keyring

import (
	"context"
	"errors"
	"fmt"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

func newRing(o Options, g *guard) ring { return &native{service: o.Service, guard: g} }

// native is the ring of macOS and Windows, through go-keyring: one process of
// `security`, or one system call, for each item. Each has a deadline of its own.
type native struct {
	service string
	guard   *guard
}

func (r *native) read(ctx context.Context, users ...string) (map[string][]string, error) {
	out := make(map[string][]string, len(users))
	for _, user := range users {
		var value string
		err := r.guard.run(ctx, func(context.Context) (err error) {
			value, err = gokeyring.Get(r.service, user)
			return err
		})
		if errors.Is(err, gokeyring.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, classify(err)
		}
		out[user] = []string{value}
	}
	return out, nil
}

func (r *native) write(ctx context.Context, user, value string, over func(string) bool) error {
	if over != nil { // this keyring has one item of a name
		there, err := r.read(ctx, user)
		if err != nil {
			return err
		}
		if len(there[user]) > 0 && !over(there[user][0]) {
			return fmt.Errorf("%w: %s holds %w in %s", store.ErrNotSaved, systemName, store.ErrForeign, user)
		}
	}
	err := r.guard.change(ctx, func(context.Context) error { return gokeyring.Set(r.service, user, value) })
	if err != nil {
		return classify(err)
	}
	return nil
}

func (r *native) remove(ctx context.Context, user string) error {
	err := r.guard.change(ctx, func(context.Context) error { return gokeyring.Delete(r.service, user) })
	if err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return classify(err)
	}
	left, err := r.read(ctx, user)
	if err == nil && len(left) > 0 {
		return fmt.Errorf("%w: %s said that it had deleted %s, but has it still", store.ErrUnknown, systemName, user)
	}
	return err
}

// classify makes one of the store's errors of whatever went wrong.
func classify(err error) error {
	for _, known := range []error{store.ErrUnknown, store.ErrTimeout, store.ErrUnreachable, context.Canceled} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w", systemName, err)
		}
	}
	if errors.Is(err, gokeyring.ErrSetDataTooBig) {
		return fmt.Errorf("%w: %s: %w", store.ErrNotSaved, systemName, err)
	}
	return fmt.Errorf("%s: %w: %w", systemName, systemError(err), err)
}

// Available reports whether this system has a keyring. It has.
func Available(context.Context) error { return nil }

// Provider names the keyring program.
func Provider(context.Context) (string, error) { return systemName, nil }

var _ store.Locker = (*Store)(nil)
