// Package keyring keeps the vault document in the operating system's keyring. It
// is the one importer of zalando/go-keyring and of godbus.
//
// The document is kept in two items of the service "jangle", slot-a and slot-b,
// written in turn, so that the last good document survives whatever happens to a
// write. Each slot holds one line of base64 over the envelope of package store:
// gnome-keyring's unencrypted mode destroys or alters values with line breaks,
// blanks and backslashes. Where a keyring limits the size of an item, a slot is
// a head and numbered parts (slot-a-1, slot-a-2, …), and the head is written
// last. The names are constants: on macOS a name with a line break is a command
// to `security`.
//
// # What goes wrong in keyrings, and what is done about it
//
//   - go-keyring reports success for a write whose prompt was dismissed, waits
//     for ever for a prompt without an answer, crashes when the bus ends while
//     a prompt is open, and runs dbus-launch. On Linux only its secret_service
//     types are used, over a connection of our own, where every call has a
//     deadline and a dismissed prompt is store.ErrDismissed.
//   - Nothing is "saved" before it was read back through a new connection.
//   - KWallet and KeePassXC write their files some seconds, or some moments,
//     after they acknowledged a change. When they are killed in between, the
//     newest document is gone, and nothing on our side can tell; the one before
//     it is there. KWallet then gives an empty value, or the old one: empty is
//     damaged, never absent.
//   - KeePassXC opens a window when an entry is created over another one,
//     whatever its settings, and go-keyring waits for it for ever. An item that
//     is there is changed with SetSecret here, which it lets pass. Unless "confirm
//     when passwords are retrieved" is off, it asks for each connection that reads:
//     once for a code, three times for a save.
//   - gnome-keyring's daemon ends itself when a client's first call comes too
//     early; see session.search.
//   - Whatever cannot be read is store.ErrDamaged, store.ErrLocked or
//     store.ErrUnreachable. store.ErrAbsent is returned only by a keyring that is
//     open and says that it has neither slot.
//
// # Speed
//
// go-keyring's Get makes seven calls one after the other, after a handshake of
// five, and godbus decodes bytes one at a time (20,079 allocations for 20,000
// bytes), so reading has own code for the wire. One flight carries the handshake
// and the search for both slots, a second one opens the session, a third fetches
// both values.
package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/lock"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Service is the service of all items, unless a test says otherwise.
const Service = "jangle"

// TimeoutAlone is the deadline of one call where no person answers a prompt.
const TimeoutAlone = 5 * time.Second

// Options say which keyring, and how patient to be.
type Options struct {
	// LockPath is the file that keeps two jangles from saving at once. It is
	// made when it is not there.
	LockPath string

	// Timeout is the deadline of one call to the keyring; 0 is TimeoutAlone.
	Timeout time.Duration

	// Notify is called once, from another goroutine, with a sentence for the
	// person when a call takes longer than a second: a prompt may be open.
	Notify func(sentence string)

	// Asking is called before a prompt of the Secret Service is shown; nil for
	// nothing. Other keyrings ask within a call: see Notify.
	Asking func()

	// NoPrompt forbids the keyring to ask the person: what is locked stays
	// locked and is store.ErrLocked. Only the Secret Service can be told.
	NoPrompt bool

	// Vault is the id of the vault that is ours, as Identify reads it out of a
	// document; "" for not known: then several vaults are store.ErrSeveral.
	// Without Identify every document is of one vault.
	Vault    string
	Identify func(document []byte) string

	// Service and Limit are for tests: other item names, and the largest value
	// in bytes of one item (0: the system's).
	Service string
	Limit   int

	// Bus is the address of the session bus; "" is the one of the environment.
	Bus string
}

// Store is the keyring as a store. It implements store.Store and store.Locker.
type Store struct {
	options Options
	ring    ring
	mu      chan struct{} // holds one token: one call at a time
	held    chan struct{} // holds one token while this Store has the lock
	seen    copies        // what Load read since then; nil for nothing
}

// Open returns the store. It touches neither the keyring nor the lock file.
func Open(o Options) *Store {
	if o.Timeout <= 0 {
		o.Timeout = TimeoutAlone
	}
	if o.Service == "" {
		o.Service = Service
	}
	if o.Limit == 0 {
		o.Limit = systemLimit
	}
	return &Store{
		options: o,
		ring:    newRing(o, newGuard(o.Timeout, o.Notify)),
		mu:      make(chan struct{}, 1),
		held:    make(chan struct{}, 1),
	}
}

// Kind returns "keyring".
func (s *Store) Kind() string { return "keyring" }

// Where names the keyring of this system and the items in it.
func (s *Store) Where() string {
	return fmt.Sprintf("%s, items %s and %s of service %q", systemName, slotA, slotB, s.options.Service)
}

// enter waits until no other call of this Store runs.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.mu <- struct{}{}:
		return func() { <-s.mu }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: another call to the keyring has not ended", store.ErrTimeout)
	}
}

// enterAndRead is enter, and reads both slots.
func (s *Store) enterAndRead(ctx context.Context) (copies, func(), error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.readCopies(ctx, slotA, slotB)
	if err != nil {
		leave()
		return nil, nil, err
	}
	return c, leave, nil
}

// Load implements store.Store. It takes no lock: a slot that is just being
// written is the older one.
func (s *Store) Load(ctx context.Context) (store.State, error) {
	c, leave, err := s.enterAndRead(ctx)
	if err != nil {
		return store.State{}, err
	}
	defer leave()
	newest, warnings, err := c.newest(s.options.Vault)
	if err != nil && !errors.Is(err, store.ErrAbsent) {
		return store.State{}, err
	}
	if len(s.held) > 0 {
		s.seen = c
	}
	if err != nil && s.options.Limit > 0 { // store.ErrAbsent
		parts, readErr := s.ring.read(ctx, partName(slotA, 1), partName(slotB, 1))
		if readErr != nil || len(parts) > 0 {
			err = cmp.Or(readErr, fmt.Errorf("%s: %w: its parts are there without their head, which was deleted, or a first save was interrupted", systemName, store.ErrLost))
		}
	}
	if err != nil {
		return store.State{}, err
	}
	state := store.State{Data: newest.data, Revision: newest.revision, Warnings: warnings}
	for _, x := range c {
		switch {
		case x.err != nil && x.revision > newest.revision:
			state.Doubt = store.Older
		case x.err != nil && x.revision == 0:
			state.Doubt = max(state.Doubt, store.PerhapsOlder)
		}
	}
	return state, nil
}

// Previous implements store.Store.
func (s *Store) Previous(ctx context.Context) (store.State, error) {
	c, leave, err := s.enterAndRead(ctx)
	if err != nil {
		return store.State{}, err
	}
	defer leave()
	newest, _, err := c.newest(s.options.Vault)
	if err != nil {
		return store.State{}, err
	}
	err = store.ErrAbsent
	for _, x := range c {
		if x == newest || x.revision >= newest.revision {
			continue
		}
		if broken := x.open(); broken != nil {
			err = broken
		} else if x.vault == newest.vault {
			return store.State{Data: x.data, Revision: x.revision}, nil
		}
	}
	return store.State{}, err
}

// Copies implements store.Store.
func (s *Store) Copies(ctx context.Context) ([]store.Copy, error) {
	c, leave, err := s.enterAndRead(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	out := make([]store.Copy, len(c))
	for i, x := range c {
		err := x.open()
		out[i] = store.Copy{Name: x.slot, Data: x.data, Revision: x.revision, Err: err}
	}
	return out, nil
}

// Renew begins with an empty vault where none is left but parts of one.
// store.ErrNotSaved: a slot has its head still.
func (s *Store) Renew(ctx context.Context) error {
	leave, err := s.enterLocked(ctx)
	if err != nil {
		return err
	}
	defer leave()
	heads, err := s.ring.read(ctx, slotA, slotB)
	switch {
	case err != nil:
		return err
	case len(heads) > 0:
		return fmt.Errorf("%w: %s has %d items of a vault", store.ErrNotSaved, systemName, len(heads))
	case s.options.Limit <= 0:
		return nil
	}
	return errors.Join(s.eraseSlot(ctx, slotA), s.eraseSlot(ctx, slotB))
}

// Lock implements store.Locker.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	release, err := lock.Acquire(ctx, s.options.LockPath)
	if err != nil {
		return nil, err
	}
	s.mu <- struct{}{}
	s.held <- struct{}{}
	s.seen = nil
	<-s.mu
	return func() {
		s.mu <- struct{}{} // whoever relies on the lock has ended
		s.seen = nil
		<-s.held
		release()
		<-s.mu
	}, nil
}

// enterLocked is enter, and takes the lock unless this Store has it already.
func (s *Store) enterLocked(ctx context.Context) (func(), error) {
	leave, err := s.enter(ctx)
	if err != nil || len(s.held) > 0 {
		return leave, err
	}
	release, err := lock.Acquire(ctx, s.options.LockPath)
	if err != nil {
		leave()
		return nil, err
	}
	return func() { release(); leave() }, nil
}
