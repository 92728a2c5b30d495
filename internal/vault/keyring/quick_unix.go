//go:build linux || freebsd || netbsd || openbsd || dragonfly

package keyring

import (
	"bufio"
	"context"
	"slices"
	"strings"
	"time"
)

// quickRead reads items that are there and open, which is nearly always the
// case, in three round trips. It reports false for everything else: a keyring
// that is locked, has no item, or answers with an error. Nothing was changed
// then and no window opened, and the long way round finds out what it is.
func (r *secretService) quickRead(ctx context.Context, users []string) (values map[string][]string, ok bool) {
	w, err := dialWire(ctx, r.bus)
	if err != nil {
		return nil, false
	}
	defer w.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = w.conn.SetDeadline(time.Unix(1, 0)) })()
	found, err := w.searchOpen(r, users)
	if err != nil {
		return nil, false
	}
	secrets, err := w.secrets(slices.Concat(found...))
	if err != nil {
		return nil, false
	}
	if len(secrets) != len(slices.Concat(found...)) {
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

// dialWire connects; the handshake goes out with the first call.
func dialWire(ctx context.Context, address string) (*wire, error) {
	nc, err := dialBus(ctx, address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: nc, in: bufio.NewReaderSize(nc, 32<<10), out: []byte(greeting())}, nil
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
	if err := w.accepted(); err != nil {
		return nil, err
	}
	replies, err := w.await(serials...)
	if err != nil {
		return nil, err
	}
	found := make([][]string, len(users))
	for i, serial := range serials[1:] {
		d := replies[serial]
		if d == nil {
			return nil, errWire
		}
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

// accepted sends what there is and reads the bus's answer to the handshake.
func (w *wire) accepted() error {
	if err := w.flush(); err != nil {
		return err
	}
	line, err := w.in.ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "OK ") {
		return errWire
	}
	return err
}

// secrets opens a session of the Secret Service and fetches the values of items.
func (w *wire) secrets(items []string) (map[string]string, error) {
	var e encoder
	e.string("plain")
	e.signature("s")
	e.string("")
	opening := w.call(secretsName, string(secretsPath), serviceInterface, "OpenSession", "sv", e.b)
	replies, err := w.await(opening)
	if err != nil {
		return nil, err
	}
	d := replies[opening]
	if d == nil || d.signature() != "s" || d.string() != "" {
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
	getting := w.call(secretsName, string(secretsPath), serviceInterface, "GetSecrets", "aoo", e.b)
	if replies, err = w.await(getting); err != nil {
		return nil, err
	}
	return readSecrets(replies[getting])
}

// readSecrets reads a{o(oayays)}: for each item the session, the parameters, the
// value and its type.
func readSecrets(d *decoder) (map[string]string, error) {
	if d == nil {
		return nil, errWire
	}
	out := map[string]string{}
	d.array(8, func() {
		d.align(8)
		item := d.string()
		d.align(8)
		d.string()
		d.bytes()
		out[item] = string(d.bytes())
		d.string()
	})
	if d.bad {
		return nil, errWire
	}
	return out, nil
}
