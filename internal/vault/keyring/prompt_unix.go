//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// reflex is faster than any person: a prompt that ends sooner was not dismissed
// by somebody, there was nothing to show it on.
const reflex = 250 * time.Millisecond

// errMayNotAsk: what is wanted is locked, and Options.NoPrompt is set.
var errMayNotAsk = fmt.Errorf("%w, and it may not ask for its password now", store.ErrLocked)

// unlock opens items or collections, all of them with one prompt.
func (s *session) unlock(ctx context.Context, paths []dbus.ObjectPath) error {
	var open []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := s.object(secretsPath).CallWithContext(ctx, serviceInterface+".Unlock", 0, paths).Store(&open, &prompt)
	if err != nil {
		return err
	}
	if prompt == noObject {
		if len(open) < len(paths) {
			return fmt.Errorf("%w, and it does not ask for its password", store.ErrLocked)
		}
		return nil
	}
	asked := time.Now()
	dismissed, err := s.prompt(ctx, prompt)
	switch {
	case err != nil:
		return err
	case dismissed && time.Since(asked) < reflex:
		return fmt.Errorf("%w, and no window could ask for its password", store.ErrLocked)
	case dismissed:
		return fmt.Errorf("it stays locked: %w", store.ErrDismissed)
	}
	return nil
}

// answerWrite waits for the prompt of a write, if there is one. go-keyring says
// that a dismissed write succeeded.
func (s *session) answerWrite(ctx context.Context, prompt dbus.ObjectPath) error {
	if prompt == noObject || prompt == "" {
		return nil
	}
	dismissed, err := s.prompt(ctx, prompt)
	switch {
	case errors.Is(err, errMayNotAsk):
		return fmt.Errorf("nothing was changed: %w", err)
	case err != nil:
		return sent(err)
	case dismissed:
		return fmt.Errorf("nothing was changed: %w", store.ErrDismissed)
	}
	return nil
}

// prompt shows a prompt and waits for its end. It also notices when the keyring
// program or the bus ends while the prompt is open, which go-keyring waits out
// for ever.
func (s *session) prompt(ctx context.Context, path dbus.ObjectPath) (dismissed bool, err error) {
	if s.noPrompt {
		s.dismiss(path)
		return false, errMayNotAsk
	}
	signals := make(chan *dbus.Signal, 16)
	s.conn.Signal(signals)
	defer s.conn.RemoveSignal(signals)
	// The end of the prompt, and that of the keyring program.
	err = s.conn.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(promptInterface))
	if err == nil {
		err = s.conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus"),
			dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName))
	}
	if err != nil {
		return false, err
	}
	if s.asking != nil {
		s.asking()
	}
	if err := s.object(path).CallWithContext(ctx, promptInterface+".Prompt", 0, "").Err; err != nil {
		return false, err
	}
	for {
		select {
		case signal, ok := <-signals:
			if !ok {
				return false, dbus.ErrClosed
			}
			switch {
			case signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(signal.Body) == 3 && signal.Body[0] == secretsName:
				return false, errProviderEnded
			case signal.Name == promptInterface+".Completed" && signal.Path == path:
				agreed := len(signal.Body) > 0 && signal.Body[0] == false
				return !agreed, nil
			}
		case <-s.conn.Context().Done():
			return false, dbus.ErrClosed
		case <-ctx.Done():
			s.dismiss(path)
			return false, ctx.Err()
		}
	}
}

// dismiss closes a prompt, shown or not yet.
func (s *session) dismiss(path dbus.ObjectPath) {
	s.object(path).Go(promptInterface+".Dismiss", dbus.FlagNoReplyExpected, nil)
}
