//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Names of the Secret Service API (specifications.freedesktop.org/secret-service).
const (
	secretsName         = "org.freedesktop.secrets"
	secretsPath         = dbus.ObjectPath("/org/freedesktop/secrets")
	serviceInterface    = "org.freedesktop.Secret.Service"
	collectionInterface = "org.freedesktop.Secret.Collection"
	itemInterface       = "org.freedesktop.Secret.Item"
	promptInterface     = "org.freedesktop.Secret.Prompt"

	noObject = dbus.ObjectPath("/") // "no prompt is needed", "there is no such collection"
)

// secretService is the ring of Linux and the BSDs: GNOME Keyring, KWallet,
// KeePassXC, whoever owns the name on the session bus.
type secretService struct {
	service  string
	bus      string
	noPrompt bool
	asking   func()
	guard    *guard
}

func (r *secretService) attributes(user string) map[string]string {
	return map[string]string{"service": r.service, "username": user}
}

// do runs f with a session of its own and says which keyring failed. What is sent
// first travels with the greeting of the bus.
func (r *secretService) do(ctx context.Context, f func(context.Context, *session) error) error {
	conn, err := connect(ctx, r.bus)
	if err == nil {
		defer conn.Close()
		hello := conn.BusObject().GoWithContext(ctx, "org.freedesktop.DBus.Hello", 0, nil)
		err = f(ctx, &session{conn: conn, hello: hello, noPrompt: r.noPrompt, asking: r.asking})
	}
	var name string
	switch {
	case err == nil:
		return nil
	case !errors.Is(ctx.Err(), context.Canceled): // where the person does not wait for the end
		moment, cancel := context.WithTimeout(context.Background(), timeoutGrace/2)
		defer cancel()
		name, _ = provider(moment, r.bus) // an error must not wait for who caused it
	}
	return classify(ctx, err, name)
}

// change is do under the guard, for what changes something.
func (r *secretService) change(ctx context.Context, f func(context.Context, *session) error) error {
	return r.guard.change(ctx, func(ctx context.Context) error { return r.do(ctx, f) })
}

func (r *secretService) read(ctx context.Context, users ...string) (map[string][]string, error) {
	var out map[string][]string
	err := r.guard.run(ctx, func(ctx context.Context) (err error) {
		if !r.noPrompt { // it searches what is locked too: see searchOpen
			var ok bool
			if out, ok = r.quickRead(ctx, users); ok {
				return nil
			}
		}
		out, err = r.thoroughRead(ctx, users)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// thoroughRead opens what is locked, and knows why something cannot be read.
func (r *secretService) thoroughRead(ctx context.Context, users []string) (map[string][]string, error) {
	out := make(map[string][]string, len(users))
	err := r.do(ctx, func(ctx context.Context, s *session) error {
		found, err := r.find(ctx, s, users)
		if err != nil {
			return err
		}
		secrets, err := s.secrets(ctx, slices.Concat(found...))
		if err != nil {
			return err
		}
		for i, user := range users {
			for _, path := range found[i] {
				// An item without a secret is one whose value was lost.
				out[user] = append(out[user], string(secrets[path].Value))
			}
		}
		return nil
	})
	return out, err
}

// find returns the open items of each user. Where there is none at all it makes
// sure that the keyring is open: a locked one may not show its items.
func (r *secretService) find(ctx context.Context, s *session, users []string) ([][]dbus.ObjectPath, error) {
	found, err := s.search(ctx, r, users)
	if err != nil || len(slices.Concat(found...)) > 0 {
		return found, err
	}
	if _, wasLocked, err := s.collection(ctx); err != nil || !wasLocked {
		return found, err
	}
	return s.search(ctx, r, users)
}

func (r *secretService) write(ctx context.Context, user, value string, over func(string) bool) error {
	return r.change(ctx, func(ctx context.Context, s *session) error {
		found, err := s.search(ctx, r, []string{user})
		if err != nil {
			return err
		}
		if err := s.opened(ctx); err != nil {
			return err
		}
		secret := ss.NewSecret(s.path, value)
		// libsecret takes no text of the type that go-keyring gives.
		secret.ContentType = "text/plain"
		items := found[0]
		if over != nil && len(items) > 0 {
			values, err := s.secrets(ctx, items)
			if err != nil {
				return err
			}
			items = slices.DeleteFunc(items, func(p dbus.ObjectPath) bool { return !over(string(values[p].Value)) })
		}
		if len(items) > 0 {
			if err := s.object(items[0]).CallWithContext(ctx, itemInterface+".SetSecret", 0, secret).Err; err != nil {
				return sent(err)
			}
			return nil
		}
		return r.create(ctx, s, user, secret, over == nil)
	})
}

func (r *secretService) create(ctx context.Context, s *session, user string, secret ss.Secret, replace bool) error {
	collection, _, err := s.collection(ctx)
	if err != nil {
		return err
	}
	properties := map[string]dbus.Variant{
		itemInterface + ".Label":      dbus.MakeVariant(fmt.Sprintf("%s vault, %s", r.service, user)),
		itemInterface + ".Attributes": dbus.MakeVariant(r.attributes(user)),
	}
	var item, prompt dbus.ObjectPath
	err = s.object(collection).CallWithContext(ctx, collectionInterface+".CreateItem", 0, properties, secret, replace).Store(&item, &prompt)
	if err != nil {
		return sent(err)
	}
	return s.answerWrite(ctx, prompt)
}

func (r *secretService) remove(ctx context.Context, user string) error {
	return r.change(ctx, func(ctx context.Context, s *session) error {
		found, err := r.find(ctx, s, []string{user})
		if err != nil {
			return err
		}
		for _, item := range found[0] {
			var prompt dbus.ObjectPath
			if err := s.object(item).CallWithContext(ctx, itemInterface+".Delete", 0).Store(&prompt); err != nil {
				return sent(err)
			}
			if err := s.answerWrite(ctx, prompt); err != nil {
				return err
			}
		}
		left, err := s.search(ctx, r, []string{user}) // a dismissed prompt deletes nothing
		if err == nil && len(left[0]) > 0 {
			return fmt.Errorf("%w: the keyring said that it had deleted %s, but has it still", store.ErrUnknown, user)
		}
		return err
	})
}
