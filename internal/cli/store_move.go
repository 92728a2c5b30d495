package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// storeMove moves the accounts from one store to another. At each moment of it the
// chosen store holds all accounts, or says where they went.
type storeMove struct {
	from   *vault.Vault
	to     store.Store
	choose func(store.Store, vault.Memory) error // remembers the choice
}

// load reads both documents, an empty one where nothing was ever saved. A damaged
// copy, and another vault in the new store, are errors.
func (m storeMove) load(ctx context.Context) (here, there *vault.Document, err error) {
	if here, err = m.from.Load(ctx); err == nil {
		err = here.Doubt()
	}
	if err != nil {
		return nil, nil, err
	}
	if here.Revision() == 0 { // nothing to move: what is there is gone on with
		there, err = vault.New(m.to).Load(ctx)
		return here, there, err
	}
	left := vault.New(m.to)
	left.Left = true // by an earlier move
	if there, err = left.Load(ctx); err != nil {
		return nil, nil, err
	}
	if there.ID() != here.ID() && there.Len() > 0 {
		return nil, nil, failed("jangle store inspect "+m.to.Kind()+" shows what is there",
			"%s holds another vault with %s; nothing was changed", m.to.Where(), plural(there.Len(), "account"))
	}
	return here, there, here.KeepCounters(there)
}

// lost counts what a copy in the new store has that the move would replace.
func (m storeMove) lost(ctx context.Context) (int, error) {
	here, there, err := m.load(ctx)
	if err != nil || here.Revision() == 0 {
		return 0, err
	}
	return lacking(here, there), nil
}

// run moves under the locks of both stores, so that nothing is added in between: it
// writes the new copy, reads it back, marks the old one as moved, remembers the
// choice, and erases the old copy if it is told to. The person agreed to lose so
// many accounts of the new store's copy; more are store.ErrConflict.
func (m storeMove) run(ctx context.Context, agreed int, erase bool) error {
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	here, there, err := m.load(ctx)
	if err != nil {
		return err
	}
	if n := lacking(here, there); here.Revision() > 0 && n > agreed {
		return fmt.Errorf("the copy in %s was %w: %s would be lost", m.to.Where(), store.ErrConflict, plural(n, "account"))
	}
	base := here.Revision()
	if base == 0 {
		here = there
	}
	data := here.Encode()
	rev, err := m.to.Save(ctx, data, there.Revision())
	if err != nil {
		return err
	}
	back, err := m.to.Load(ctx)
	if err != nil || back.Revision != rev || !bytes.Equal(back.Data, data) {
		return errors.Join(fmt.Errorf("%s does not give back what was written there; the store is %s as before", m.to.Where(), m.from.Store().Kind()), err)
	}
	memory := vault.Memory{Vault: here.ID(), Revision: rev, Accounts: here.Len()}
	if base == 0 {
		return m.choose(m.to, memory)
	}
	here.SetMoved(&vault.Moved{Kind: m.to.Kind(), Where: m.to.Where(), Revision: rev})
	marked, err := m.from.Store().Save(ctx, here.Encode(), base)
	if err != nil {
		return fmt.Errorf("the old copy in %s cannot be marked as moved: %w", m.from.Store().Where(), err)
	}
	if err := m.choose(m.to, memory); err != nil {
		here.SetMoved(nil)
		_, again := m.from.Store().Save(ctx, here.Encode(), marked)
		return errors.Join(err, again)
	}
	if !erase {
		return nil
	}
	if err := m.from.Store().Erase(ctx); err != nil {
		return fmt.Errorf("the store is now %s, but the old copy was not erased: %w", m.to.Kind(), err)
	}
	return nil
}

// lock takes the locks of both stores, always in the same order, so that two moves
// never wait for each other.
func (m storeMove) lock(ctx context.Context) (unlock func(), err error) {
	first, second := m.from.Store(), m.to
	if second.Kind() == kindKeyring {
		first, second = second, first
	}
	unlock = func() {}
	for _, s := range []store.Store{first, second} {
		l, ok := s.(store.Locker)
		if !ok {
			continue
		}
		u, err := l.Lock(ctx)
		if err != nil {
			unlock()
			return nil, err
		}
		before := unlock
		unlock = func() { u(); before() }
	}
	return unlock, nil
}

// covers makes sure that all that the copy in m.to has is in the vault in m.from.
// store.ErrAbsent: there is no copy.
func (m storeMove) covers(ctx context.Context) error {
	present, err := m.from.Load(ctx)
	if err != nil {
		return err
	}
	state, err := m.to.Load(ctx)
	if err != nil {
		return err
	}
	past, err := vault.Decode(state.Data)
	if err != nil {
		return err
	}
	if n := lacking(present, past); n > 0 {
		return failed("jangle store inspect "+m.to.Kind()+" shows what is there",
			"%s holds %s that the store in use does not have, or has with a lower counter; nothing was erased", m.to.Where(), plural(n, "account"))
	}
	return nil
}

// lacking counts what the past document has and the present one has not: accounts,
// codes that were used up, and records that cannot be read.
func lacking(present, past *vault.Document) int {
	here := map[account.Key]account.Account{}
	for _, a := range present.Accounts() {
		here[a.Key()] = a
	}
	missing := len(past.Damaged())
	for _, a := range past.Accounts() {
		if b, ok := here[a.Key()]; !ok || b.Counter < a.Counter || b.HandedOut < a.HandedOut {
			missing++
		}
	}
	return missing
}
