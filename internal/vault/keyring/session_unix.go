//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"slices"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"
)

// session is one connection to the Secret Service with an open session of the
// algorithm "plain": the values go over the user's own bus in the clear. The
// other algorithm costs 4 ms and hides them only from dbus-monitor, not from
// another program of the user, which can ask for them itself.
type session struct {
	conn    *dbus.Conn
	path    dbus.ObjectPath // of the session; empty until opened was called
	hello   *dbus.Call
	opening *dbus.Call
}

// openSession connects, and sends the greeting of the bus and the opening of the
// session without waiting for the answers: the bus takes them in order.
func openSession(ctx context.Context, address string) (*session, error) {
	conn, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	s.hello = conn.BusObject().GoWithContext(ctx, "org.freedesktop.DBus.Hello", 0, nil)
	s.opening = s.object(secretsPath).GoWithContext(ctx, serviceInterface+".OpenSession", 0, nil, "plain", dbus.MakeVariant(""))
	return s, nil
}

func (s *session) close() { _ = s.conn.Close() }

func (s *session) object(path dbus.ObjectPath) dbus.BusObject {
	return s.conn.Object(secretsName, path)
}

// opened waits for the answers to what openSession sent.
func (s *session) opened(ctx context.Context) error {
	if s.path != "" {
		return nil
	}
	if err := wait(ctx, s.hello).Err; err != nil {
		return err
	}
	var none dbus.Variant
	return wait(ctx, s.opening).Store(&none, &s.path)
}

// wait waits for the answer to a call, or for the end of the context.
func wait(ctx context.Context, call *dbus.Call) *dbus.Call {
	select {
	case <-call.Done:
		return call
	case <-ctx.Done():
		return &dbus.Call{Err: ctx.Err()}
	}
}

// search returns the items of each user, opened, in all collections. The
// questions go out at once.
func (s *session) search(ctx context.Context, r *secretService, users []string) ([][]dbus.ObjectPath, error) {
	calls := make([]*dbus.Call, len(users))
	for i, user := range users {
		calls[i] = s.object(secretsPath).GoWithContext(ctx, serviceInterface+".SearchItems", 0, nil, r.attributes(user))
	}
	if err := s.opened(ctx); err != nil {
		return nil, err
	}
	found := make([][]dbus.ObjectPath, len(users))
	var locked []dbus.ObjectPath
	for i, call := range calls {
		var open, shut []dbus.ObjectPath
		if err := wait(ctx, call).Store(&open, &shut); err != nil {
			return nil, err
		}
		found[i] = append(open, shut...)
		locked = append(locked, shut...)
	}
	if len(locked) > 0 {
		return found, s.unlock(ctx, locked)
	}
	return found, nil
}

// secrets fetches the values of items in one call.
func (s *session) secrets(ctx context.Context, items []dbus.ObjectPath) (map[dbus.ObjectPath]ss.Secret, error) {
	out := map[dbus.ObjectPath]ss.Secret{}
	if len(items) == 0 {
		return out, nil
	}
	return out, s.object(secretsPath).CallWithContext(ctx, serviceInterface+".GetSecrets", 0, items, s.path).Store(&out)
}

// replace changes the value of an item that is there.
func (s *session) replace(ctx context.Context, item dbus.ObjectPath, secret ss.Secret) error {
	if err := s.object(item).CallWithContext(ctx, itemInterface+".SetSecret", 0, secret).Err; err != nil {
		return sent(err)
	}
	return nil
}

// errNoCollection says that the keyring program runs but has no keyring to put
// things in: a desktop login makes one, a bare server never does.
var errNoCollection = errors.New("it has no keyring that is the default")

// collection returns the collection for new items as go-keyring chooses it: the
// one named login, else the default.
func (s *session) collection(ctx context.Context) (dbus.ObjectPath, error) {
	const login = secretsPath + "/collection/login"
	var all dbus.Variant
	asked := s.object(secretsPath).GoWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, nil, serviceInterface, "Collections")
	alias := s.object(secretsPath).GoWithContext(ctx, serviceInterface+".ReadAlias", 0, nil, "default")
	if err := wait(ctx, asked).Store(&all); err != nil {
		return "", err
	}
	if paths, ok := all.Value().([]dbus.ObjectPath); ok && slices.Contains(paths, login) {
		return login, nil
	}
	var path dbus.ObjectPath
	if err := wait(ctx, alias).Store(&path); err != nil {
		return "", err
	}
	if path == noObject || path == "" {
		return "", errNoCollection
	}
	return path, nil
}

// open opens a collection if it is locked, and says whether it was.
func (s *session) open(ctx context.Context, collection dbus.ObjectPath) (wasLocked bool, err error) {
	var v dbus.Variant
	err = s.object(collection).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, collectionInterface, "Locked").Store(&v)
	if err != nil {
		return false, err
	}
	if locked, ok := v.Value().(bool); ok && !locked {
		return false, nil
	}
	return true, s.unlock(ctx, []dbus.ObjectPath{collection})
}
