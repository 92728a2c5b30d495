package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// ErrNoChange is what the function given to Update returns when there is nothing
// to save.
var ErrNoChange = errors.New("no change")

// Vault is a store with the document in it.
type Vault struct {
	store  store.Store
	memory Memory
	keeper Keeper // nil: nothing is remembered

	// Recheck is asked under the lock before a change, whether this is still the
	// store to change: a move may have come first. nil: it is.
	Recheck func() error
	// Left lets Load return the copy that a move left in the old store. It is in
	// doubt: codes may have been used up where the accounts went.
	Left bool
	// Last is what was saved last in this kind of store, for where it is not known
	// which vault is in use: an older copy of that one is in doubt, too.
	Last Memory
	// Lost: the choice is not known any more, so another vault than Last is refused.
	Lost bool
	// There is what was saved last in the other kind of store.
	There Memory
}

// New returns the vault in a store. It does not touch the store.
func New(s store.Store) *Vault { return &Vault{store: s} }

// Store returns the store itself, for where the vault lies and for erasing it.
func (v *Vault) Store() store.Store { return v.store }

// Load reads the document. A store in which nothing was ever saved gives an
// empty document of revision 0; a store that is out of reach gives an error,
// never an empty document. *IdentityError: the remembered vault is not there.
// *MovedError: it is the copy that a move left in the old store.
func (v *Vault) Load(ctx context.Context) (*Document, error) {
	state, err := v.store.Load(ctx)
	switch {
	case errors.Is(err, store.ErrAbsent) && v.memory.Vault == "":
		return NewDocument(), nil
	case errors.Is(err, store.ErrAbsent), errors.Is(err, store.ErrLost) && v.memory.Vault != "":
		return nil, v.identityError(ctx, store.ErrLost)
	case errors.Is(err, store.ErrForeign):
		return nil, v.identityError(ctx, store.ErrForeign)
	case errors.Is(err, store.ErrSeveral):
		return nil, v.identityError(ctx, store.ErrSeveral)
	case err != nil:
		return nil, err
	}
	d, err := decodeState(state, v.store.Where())
	if err != nil {
		return nil, err
	}
	if v.memory.Vault == "" && v.Lost && v.Last.Vault != "" && d.id != v.Last.Vault {
		v.memory = v.Last
	}
	if v.memory.Vault != "" && d.id != v.memory.Vault {
		return nil, v.identityError(ctx, store.ErrForeign)
	}
	if d.moved != nil && !v.Left {
		return nil, &MovedError{*d.moved, d.id, v.store.Kind(), v.store.Where()}
	}
	v.weigh(d, state)
	if v.memory.Vault == "" && v.keeper != nil && d.doubt == "" {
		v.memory = Memory{Vault: d.id, Revision: d.revision, Accounts: d.Len()}
		v.keeper.Adopt(v.memory)
	}
	return d, nil
}

// Previous reads the document before the one that Load reads, for salvage.
// store.ErrAbsent: there is none.
func (v *Vault) Previous(ctx context.Context) (*Document, error) {
	state, err := v.store.Previous(ctx)
	if err != nil {
		return nil, err
	}
	return decodeState(state, v.store.Where())
}

func decodeState(state store.State, where string) (*Document, error) {
	d, err := Decode(state.Data)
	if err != nil {
		return nil, fmt.Errorf("the vault in %s: %w", where, err)
	}
	d.revision, d.warnings = state.Revision, state.Warnings
	return d, nil
}

// Update loads the document, lets f change it, and saves it as one change that
// can be undone under that name. Where the store can keep others out, it does so
// meanwhile; f must not ask a person anything. Where it cannot, f runs again on
// the document of whoever was faster, so f must do nothing but change the
// document it is given. When f returns an error nothing is saved, and Update
// returns that error but for ErrNoChange, which is none. A document that is in
// doubt is not changed. The document that is returned is the saved one.
func (v *Vault) Update(ctx context.Context, change string, f func(*Document) error) (*Document, error) {
	unlock, err := v.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if v.Recheck != nil {
		if err := v.Recheck(); err != nil {
			return nil, err
		}
	}
	d, err := v.try(ctx, change, f)
	for errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		d, err = v.try(ctx, change, f)
	}
	return d, err
}

// lock keeps other processes from saving, where the store can.
func (v *Vault) lock(ctx context.Context) (unlock func(), err error) {
	if l, ok := v.store.(store.Locker); ok {
		return l.Lock(ctx)
	}
	return func() {}, nil
}

func (v *Vault) try(ctx context.Context, change string, f func(*Document) error) (*Document, error) {
	d, err := v.Load(ctx)
	if err == nil {
		err = d.Doubt()
	}
	if err != nil {
		return nil, err
	}
	err = f(d)
	if errors.Is(err, ErrNoChange) {
		return d, nil
	}
	if err != nil {
		return nil, err
	}
	if err := d.record(change); err != nil {
		return nil, err
	}
	d.revision, err = v.store.Save(ctx, d.Encode(), d.revision)
	if err != nil {
		return nil, err
	}
	_ = v.saved(d) // the save itself is done; the next one remembers it again
	return d, nil
}
