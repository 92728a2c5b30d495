package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Memory is what is remembered of a vault outside of its store, so that another
// vault, or an older copy of this one, is not taken for it.
type Memory struct {
	Vault    string         `json:"vault"`    // its id; "" for not known
	Revision store.Revision `json:"revision"` // of the last save; 0 for not known
	Accounts int            `json:"accounts"` // then
	Changed  int64          `json:"changed"`  // then, Unix milliseconds; 0 for not known
}

// Keeper writes down what is remembered of a vault.
type Keeper interface {
	// Adopt is called when a vault was read of which nothing is remembered.
	Adopt(Memory)
	// Saved is called after each save, while other processes are kept out.
	Saved(Memory) error
}

// Remembering is New for a vault of which something may be remembered. Another
// vault in its store is an *IdentityError; one that is older than what was saved
// is read with a warning, and changed only by Accept.
func Remembering(s store.Store, m Memory, k Keeper) *Vault {
	return &Vault{store: s, memory: m, keeper: k}
}

// IDOf returns the id of the vault that a document belongs to, without decoding
// the rest; "" if it cannot be read.
func IDOf(document []byte) string { return strictjson.Peek(document, "vault_id") }

// ShortID is the beginning of a vault's id, which people see and type.
func ShortID(id string) string { return id[:min(6, len(id))] }

// String names the vault with what is known of it: "abcdef (3 accounts, revision
// 7, changed 2026-11-22 10:00)".
func (m Memory) String() string {
	if m.Revision == 0 {
		return ShortID(m.Vault)
	}
	s := fmt.Sprintf("%s (%d accounts, revision %d", ShortID(m.Vault), m.Accounts, m.Revision)
	if m.Accounts == 1 {
		s = strings.Replace(s, "1 accounts", "1 account", 1)
	}
	if m.Changed != 0 {
		s += ", changed " + time.UnixMilli(m.Changed).Format("2006-01-02 15:04")
	}
	return s + ")"
}

// Vaults returns the newest sound copy of each vault that a store holds.
func Vaults(copies []store.Copy) []Memory {
	var out []Memory
	for _, c := range copies {
		if c.Err != nil {
			continue
		}
		d, err := Decode(c.Data)
		if err != nil || slices.ContainsFunc(out, func(m Memory) bool { return m.Vault == d.id }) {
			continue
		}
		m := Memory{Vault: d.id, Revision: c.Revision, Accounts: d.Len()}
		if !c.Changed.IsZero() {
			m.Changed = c.Changed.UnixMilli()
		}
		out = append(out, m)
	}
	return out
}

// IdentityError says that a store does not hold the vault that is remembered, or
// several of which none is. It wraps store.ErrForeign, ErrLost or ErrSeveral.
type IdentityError struct {
	Kind   string // of the store
	Where  string
	Wanted Memory   // Vault is "" if none is remembered
	Found  []Memory // what the store holds
	reason error
}

func (e *IdentityError) Unwrap() error { return e.reason }

func (e *IdentityError) Error() string {
	names := make([]string, len(e.Found))
	for i, m := range e.Found {
		names[i] = m.String()
	}
	found := strings.Join(names, " and ")
	switch {
	case errors.Is(e.reason, store.ErrSeveral):
		return fmt.Sprintf("%s: there are %v: %s", e.Where, e.reason, found)
	case errors.Is(e.reason, store.ErrForeign):
		return fmt.Sprintf("%s: it holds %v: %s, not %s", e.Where, e.reason, found, e.Wanted)
	}
	return fmt.Sprintf("%s: %v: it was %s", e.Where, e.reason, e.Wanted)
}

// identityError looks at all that the store holds, to name it.
func (v *Vault) identityError(ctx context.Context, reason error) error {
	copies, err := v.store.Copies(ctx)
	if err != nil {
		return errors.Join(reason, err)
	}
	e := &IdentityError{v.store.Kind(), v.store.Where(), v.memory, Vaults(copies), reason}
	if len(e.Found) == 0 {
		e.reason = store.ErrLost
	}
	return e
}

// ErrDoubt says that a document may not be the newest state of its vault: a
// change would be made to the wrong one, and a code could be used twice.
var ErrDoubt = errors.New("this may not be the newest state of the vault, so nothing is changed and no code is used up")

// Doubt is why the document may not be the newest state of its vault, wrapping
// ErrDoubt; nil as a rule. Vault.Accept ends it.
func (d *Document) Doubt() error {
	if d.doubt == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrDoubt, d.doubt)
}

// weigh compares what was loaded with what is remembered.
func (v *Vault) weigh(d *Document, state store.State) {
	last := v.memory
	if last.Vault == "" {
		last = v.Last
	}
	known := last.Vault == d.id
	switch {
	case known && state.Revision < last.Revision && state.Doubt == store.Newest:
		d.doubt = fmt.Sprintf("%s holds revision %d, but revision %d was saved: an older copy was put back",
			v.store.Where(), state.Revision, last.Revision)
		d.warnings = append(slices.Clone(d.warnings), d.doubt)
	case known && state.Revision < last.Revision,
		state.Doubt == store.Older,
		state.Doubt == store.PerhapsOlder && !(known && state.Revision == last.Revision):
		d.doubt = strings.Join(state.Warnings, "; ")
	case d.moved != nil:
		d.doubt = fmt.Sprintf("%s holds the copy from before the move to %s: what was added or used there since is not in it",
			v.store.Where(), d.moved.Where)
	}
	if d.doubt == "" {
		return
	}
	d.lost = 1
	if known && last.Revision > state.Revision {
		d.lost = last.Revision - state.Revision
	}
	if d.moved != nil && v.There.Vault == d.id && v.There.Revision > d.moved.Revision {
		d.lost = max(d.lost, v.There.Revision-d.moved.Revision)
	}
}

// Accepted is what Accept did to the counters.
type Accepted struct {
	Lost    store.Revision    // how many saves were lost, as far as it is known
	Counted []account.Account // counter-based accounts, as they are now
}

// Accept saves an older state that was loaded as the newest one. Each save that
// was lost may have used up one code, so counters go forward by that number, and
// no code of the present time step is handed out any more. ErrNoChange: there is
// nothing to accept.
func (v *Vault) Accept(ctx context.Context, now time.Time) (*Document, Accepted, error) {
	unlock, err := v.lock(ctx)
	if err != nil {
		return nil, Accepted{}, err
	}
	defer unlock()
	d, err := v.Load(ctx)
	if err != nil {
		return nil, Accepted{}, err
	}
	if d.doubt == "" {
		return d, Accepted{}, ErrNoChange
	}
	done := Accepted{Lost: d.lost}
	for _, a := range d.Accounts() {
		if a.Type == account.HOTP {
			a.Counter += uint64(d.lost)
			done.Counted = append(done.Counted, a)
			err = d.SetCounter(a.ID, a.Counter)
		} else if a.Period > 0 {
			err = d.SetHandedOut(a.ID, max(a.HandedOut, now.Unix()/int64(a.Period)+1))
		}
		if err != nil {
			return nil, Accepted{}, err
		}
	}
	d.moved = nil
	if d.revision, err = v.store.Save(ctx, d.Encode(), d.revision); err != nil {
		return nil, Accepted{}, err
	}
	d.doubt, d.warnings = "", nil
	return d, done, v.saved(d)
}

// saved writes down what was saved.
func (v *Vault) saved(d *Document) error {
	if v.keeper == nil {
		return nil
	}
	v.memory = Memory{Vault: d.id, Revision: d.revision, Accounts: d.Len()}
	return v.keeper.Saved(v.memory)
}
