//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"errors"
	"slices"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"
)

// session is one connection to the Secret Service. The values go over the user's
// own bus in the clear: the other algorithm costs 4 ms and hides them only from
// dbus-monitor, not from another program of the user, which can ask for them
// itself.
type session struct {
	conn     *dbus.Conn
	hello    *dbus.Call
	noPrompt bool            // the person may not be asked anything
	asking   func()          // called before a prompt is shown, or nil
	path     dbus.ObjectPath // of the Secret Service's own session; empty until it is needed
}

func (s *session) object(path dbus.ObjectPath) dbus.BusObject {
	return s.conn.Object(secretsName, path)
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
//
// It has to be the first thing that a connection asks. gnome-keyring sometimes
// meets a client's first call before it has noted the client, and then an
// OpenSession ends the whole daemon (its issues 190 and 196; 32 processes at
// once do it within seconds), while a search is merely answered with "unknown
// method" and can be asked again.
func (s *session) search(ctx context.Context, r *secretService, users []string) ([][]dbus.ObjectPath, error) {
	const tries = 5
	for try := 1; ; try++ {
		find := s.searchAll
		if s.noPrompt {
			find = s.searchOpen
		}
		found, locked, err := find(ctx, r, users)
		var answer dbus.Error
		switch {
		case errors.As(err, &answer) && answer.Name == errNameNoMethod && try < tries:
			continue
		case err == nil && len(locked) > 0:
			err = s.unlock(ctx, locked)
		}
		return found, err
	}
}

// searchAll returns the items of each user, and those of them that are locked.
func (s *session) searchAll(ctx context.Context, r *secretService, users []string) (found [][]dbus.ObjectPath, locked []dbus.ObjectPath, err error) {
	calls := make([]*dbus.Call, len(users))
	for i, user := range users {
		calls[i] = s.object(secretsPath).GoWithContext(ctx, serviceInterface+".SearchItems", 0, nil, r.attributes(user))
	}
	if err := s.greeted(ctx); err != nil {
		return nil, nil, err
	}
	found = make([][]dbus.ObjectPath, len(users))
	for i, call := range calls {
		var open, shut []dbus.ObjectPath
		if err := wait(ctx, call).Store(&open, &shut); err != nil {
			return nil, nil, err
		}
		found[i] = append(open, shut...)
		locked = append(locked, shut...)
	}
	return found, locked, nil
}

// searchOpen returns the items of each user in the open collections. The search in
// all of them makes KeePassXC ask for the password of what is locked, at once and
// without a prompt that could be refused, so nothing that is locked is touched here.
func (s *session) searchOpen(ctx context.Context, r *secretService, users []string) (found [][]dbus.ObjectPath, none []dbus.ObjectPath, err error) {
	collections, err := s.collections(ctx)
	if err != nil {
		return nil, nil, err
	}
	locked, err := s.locked(ctx, collectionInterface, collections)
	if err != nil {
		return nil, nil, err
	}
	found = make([][]dbus.ObjectPath, len(users))
	for i, user := range users {
		for _, collection := range collections {
			if slices.Contains(locked, collection) {
				continue
			}
			var items []dbus.ObjectPath
			if err := s.object(collection).CallWithContext(ctx, collectionInterface+".SearchItems", 0, r.attributes(user)).Store(&items); err != nil {
				return nil, nil, err
			}
			found[i] = append(found[i], items...)
		}
	}
	if items := slices.Concat(found...); len(items) > 0 {
		if locked, err = s.locked(ctx, itemInterface, items); err != nil {
			return nil, nil, err
		}
	}
	if len(locked) > 0 {
		return nil, nil, errMayNotAsk
	}
	return found, nil, nil
}

// locked returns those of collections or items that are locked. All are asked at
// once.
func (s *session) locked(ctx context.Context, of string, paths []dbus.ObjectPath) ([]dbus.ObjectPath, error) {
	calls := make([]*dbus.Call, len(paths))
	for i, path := range paths {
		calls[i] = s.object(path).GoWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, nil, of, "Locked")
	}
	var locked []dbus.ObjectPath
	for i, call := range calls {
		var v dbus.Variant
		if err := wait(ctx, call).Store(&v); err != nil {
			return nil, err
		}
		if open, ok := v.Value().(bool); !ok || open {
			locked = append(locked, paths[i])
		}
	}
	return locked, nil
}

// greeted waits for the bus's answer to the greeting, once.
func (s *session) greeted(ctx context.Context) error {
	if s.hello == nil {
		return nil
	}
	call := s.hello
	s.hello = nil
	return wait(ctx, call).Err
}

// opened opens the Secret Service's own session, once. See search for why it
// must not be the first call.
func (s *session) opened(ctx context.Context) error {
	if s.path != "" {
		return nil
	}
	var none dbus.Variant
	return s.object(secretsPath).CallWithContext(ctx, serviceInterface+".OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&none, &s.path)
}

// secrets fetches the values of items in one call.
func (s *session) secrets(ctx context.Context, items []dbus.ObjectPath) (map[dbus.ObjectPath]ss.Secret, error) {
	out := map[dbus.ObjectPath]ss.Secret{}
	if len(items) == 0 {
		return out, nil
	}
	if err := s.opened(ctx); err != nil {
		return nil, err
	}
	return out, s.object(secretsPath).CallWithContext(ctx, serviceInterface+".GetSecrets", 0, items, s.path).Store(&out)
}

// errNoCollection says that the keyring program runs but has no keyring to put
// things in: a desktop login makes one, a bare server never does.
var errNoCollection = errors.New("it has no keyring that is the default")

// collection returns the collection for new items as go-keyring chooses it: the
// one named login, else the default. It opens it if it is locked, and says whether
// it was.
func (s *session) collection(ctx context.Context) (path dbus.ObjectPath, wasLocked bool, err error) {
	alias := s.object(secretsPath).GoWithContext(ctx, serviceInterface+".ReadAlias", 0, nil, "default")
	all, err := s.collections(ctx)
	if err != nil {
		return "", false, err
	}
	if path = secretsPath + "/collection/login"; !slices.Contains(all, path) {
		if err := wait(ctx, alias).Store(&path); err != nil {
			return "", false, err
		}
		if path == noObject || path == "" {
			return "", false, errNoCollection
		}
	}
	locked, err := s.locked(ctx, collectionInterface, []dbus.ObjectPath{path})
	if err == nil && len(locked) > 0 {
		err = s.unlock(ctx, locked)
	}
	return path, len(locked) > 0, err
}

func (s *session) collections(ctx context.Context) ([]dbus.ObjectPath, error) {
	call := s.object(secretsPath).GoWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, nil, serviceInterface, "Collections")
	if err := s.greeted(ctx); err != nil {
		return nil, err
	}
	var all dbus.Variant
	err := wait(ctx, call).Store(&all)
	paths, _ := all.Value().([]dbus.ObjectPath)
	return paths, err
}
