//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

var (
	errProviderEnded = errors.New("the keyring program ended while its window was open")
	errSent          = errors.New("the request was on its way")
)

// sent marks an error of a call that changes something. Whether it did is not
// known, unless the keyring itself answered that it did not.
func sent(err error) error {
	var answer dbus.Error
	if errors.As(err, &answer) && answer.Name != errNameNoReply && answer.Name != errNameDisconnected {
		return err
	}
	return fmt.Errorf("%w: %w", errSent, err)
}

// Error names of the bus and of the Secret Service.
const (
	errNameNoReply      = "org.freedesktop.DBus.Error.NoReply"
	errNameDisconnected = "org.freedesktop.DBus.Error.Disconnected"
	errNameUnknown      = "org.freedesktop.DBus.Error.ServiceUnknown"
	errNameNoOwner      = "org.freedesktop.DBus.Error.NameHasNoOwner"
	errNameNoObject     = "org.freedesktop.DBus.Error.UnknownObject"
	errNameNoMethod     = "org.freedesktop.DBus.Error.UnknownMethod"
	errNameGone         = "org.freedesktop.Secret.Error.NoSuchObject"
	errNameLocked       = "org.freedesktop.Secret.Error.IsLocked"
)

// classify makes one of the store's errors of whatever went wrong, in a sentence
// that names the keyring and the cause.
func classify(ctx context.Context, err error, provider string) error {
	if provider == "" {
		provider = "the keyring"
	}
	out := fmt.Errorf("%s: %w", provider, explain(ctx, err))
	if errors.Is(err, errSent) {
		return fmt.Errorf("%w: %w", store.ErrUnknown, out)
	}
	return out
}

func explain(ctx context.Context, err error) error {
	var answer dbus.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil:
		return fmt.Errorf("%w; it may be waiting for somebody to answer its window", store.ErrTimeout)
	case errors.Is(err, errNoCollection):
		return fmt.Errorf("%w: it runs, but has no keyring to put things in (logging in to a desktop makes one)", store.ErrUnreachable)
	case errors.As(err, &answer):
		switch answer.Name {
		case errNameUnknown, errNameNoOwner:
			return fmt.Errorf("%w: no keyring program runs (GNOME Keyring, KWallet or KeePassXC)", store.ErrUnreachable)
		case errNameNoReply, errNameDisconnected:
			return fmt.Errorf("%w: it ended before it answered", store.ErrUnreachable)
		case errNameLocked:
			return store.ErrLocked
		case errNameNoObject, errNameNoMethod, errNameGone:
			return fmt.Errorf("%w: it runs, but has no keyring or wallet to put things in (%w)", store.ErrUnreachable, answer)
		}
		return fmt.Errorf("%w: %s: %w", store.ErrUnreachable, answer.Name, answer)
	}
	for _, known := range []error{store.ErrLocked, store.ErrDismissed, store.ErrUnknown} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", store.ErrUnreachable, err)
}
