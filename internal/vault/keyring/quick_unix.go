//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"context"
	"slices"
	"time"
)

// quickRead reads items that are there and open, which is nearly always the
// case, in three round trips. It reports false for everything else: a keyring
// that is locked, has no item, or answers with an error. Nothing was changed
// then and no window opened, and thoroughRead finds out what it is.
func (r *secretService) quickRead(ctx context.Context, users []string) (values map[string][]string, ok bool) {
	conn, err := dialBus(ctx, r.bus)
	if err != nil {
		return nil, false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	w := &wire{conn: conn}
	found, err := w.searchOpen(r, users)
	if err != nil {
		return nil, false
	}
	items := slices.Concat(found...)
	secrets, err := w.secrets(items)
	if err != nil || len(secrets) != len(items) {
		return nil, false
	}
	values = make(map[string][]string, len(users))
	for i, user := range users {
		for _, path := range found[i] {
			values[user] = append(values[user], secrets[path])
		}
	}
	return values, true
}

// searchOpen greets the bus and searches the items of each user. Locked items,
// or none at all, are errWire. See session.search for why it comes first.
func (w *wire) searchOpen(r *secretService, users []string) ([][]string, error) {
	const bus = "org.freedesktop.DBus"
	serials := []uint32{w.call(bus, "/org/freedesktop/DBus", bus, "Hello", "", nil)}
	for _, user := range users {
		var e encoder
		e.array(8, func() {
			for name, value := range r.attributes(user) {
				e.align(8)
				e.string(name)
				e.string(value)
			}
		})
		serials = append(serials, w.call(secretsName, string(secretsPath), serviceInterface, "SearchItems", "a{ss}", e.b))
	}
	replies, err := w.await(serials...)
	if err != nil {
		return nil, err
	}
	found := make([][]string, len(users))
	for i, d := range replies[1:] {
		found[i] = d.paths()
		if locked := d.paths(); d.bad || len(locked) > 0 {
			return nil, errWire
		}
	}
	if len(slices.Concat(found...)) == 0 {
		return nil, errWire
	}
	return found, nil
}

// secrets opens a session of the Secret Service and fetches the values of items.
func (w *wire) secrets(items []string) (map[string]string, error) {
	var e encoder
	e.string("plain")
	e.signature("s")
	e.string("")
	replies, err := w.await(w.call(secretsName, string(secretsPath), serviceInterface, "OpenSession", "sv", e.b))
	if err != nil {
		return nil, err
	}
	d := replies[0]
	if d.signature() != "s" || d.string() != "" {
		return nil, errWire
	}
	session := d.string()
	e = encoder{}
	e.array(4, func() {
		for _, item := range items {
			e.string(item)
		}
	})
	e.string(session)
	if replies, err = w.await(w.call(secretsName, string(secretsPath), serviceInterface, "GetSecrets", "aoo", e.b)); err != nil {
		return nil, err
	}
	return replies[0].secrets()
}
