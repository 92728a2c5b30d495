package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

type storeUseOptions struct {
	app      *App
	fresh    bool // begin with an empty vault
	eraseOld bool
}

func newStoreUse(app *App) *cobra.Command {
	o := &storeUseOptions{app: app}
	cmd := &cobra.Command{
		Use:       "use keyring|file",
		Short:     "Move the accounts to another store, and use that from now on",
		Example:   "  jangle store use keyring\n  jangle store use file --erase-old",
		Args:      exactArgs(1, "keyring or file"),
		ValidArgs: []string{kindKeyring, kindFile},
		RunE:      o.run,
	}
	f := cmd.Flags()
	f.BoolVar(&o.fresh, "new", false, "move nothing: begin with an empty vault")
	f.BoolVar(&o.eraseOld, "erase-old", false, "erase the copy in the old store afterwards")
	f.BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (o *storeUseOptions) run(cmd *cobra.Command, args []string) error {
	ctx, app, kind := cmd.Context(), o.app, args[0]
	if kind != kindKeyring && kind != kindFile {
		return usage("jangle store use keyring, or file", "there is no store %q", kind)
	}
	if o.fresh {
		return o.useAfresh(ctx, kind)
	}
	old, c, paths, err := app.openPlace(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return o.useAfresh(ctx, kind)
	}
	if err != nil {
		return err
	}
	from := app.vaultIn(old, c, paths)
	_, err = from.Load(ctx)
	var moved *vault.MovedError
	switch {
	case errors.As(err, &moved) && moved.Moved.Kind == kind:
		return o.followMove(ctx, old, moved)
	case err != nil:
		return err
	}
	if c.Store == "" { // what a killed move leaves must not be found first
		if err := app.remember(paths, old.Kind()); err != nil {
			return err
		}
	}
	if old.Kind() == kind {
		app.answer("%s is the store already: %s\n", kind, old.Where())
		return o.eraseOther(ctx, from)
	}
	next, err := app.makeStore(ctx, kind)
	if err != nil {
		return err
	}
	m := storeMove{from, next, app.switchTo, o.eraseOld}
	lost, err := m.lost(ctx)
	if err != nil {
		return err
	}
	if lost > 0 {
		if err := app.confirm(ctx, "%s holds a copy with %s that the present vault lacks. Replace it", m.to.Where(), plural(lost, "account")); err != nil {
			return err
		}
	}
	if o.eraseOld {
		if err := app.confirm(ctx, "erase the old copy in %s afterwards", m.from.Store().Where()); err != nil {
			return err
		}
	}
	if err := m.run(ctx, lost); err != nil {
		return err
	}
	app.tellStore(m.to)
	if o.eraseOld {
		app.answer("erased %s\n", m.from.Store().Where())
		return nil
	}
	app.tellOldCopy(m.from.Store(), m.to.Kind())
	return nil
}

// tellStore says where the accounts are now. A file store that was there before keeps
// its key file, whatever passphrase was given.
func (app *App) tellStore(s store.Store) {
	app.answer("the store is now %s: %s\n", s.Kind(), s.Where())
	if f, ok := s.(*file.Store); ok {
		if mode, err := f.Mode(); err == nil && mode == file.KeyFile {
			app.tell("%s\n", keyFileSentence)
		}
	}
}

func (app *App) tellOldCopy(old store.Store, kind string) {
	app.tell("the old copy stays in %s; to erase it: jangle store use %s --erase-old\n", old.Where(), kind)
}

// useAfresh begins with an empty vault in a store, or goes on with what it holds.
// The store is chosen when a document was read from it. Another vault than the one in
// use is refused there; of an older state is asked, and its counters go forward.
func (o *storeUseOptions) useAfresh(ctx context.Context, kind string) error {
	app := o.app
	next, err := app.makeStore(ctx, kind)
	if err != nil {
		return err
	}
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	v := app.vaultIn(next, c, paths)
	if _, err = next.Load(ctx); errors.Is(err, store.ErrAbsent) {
		v = vault.New(next) // what was there is lost, and the person begins anew
		if _, err = next.Save(ctx, vault.NewDocument().Encode(), 0); err != nil {
			return err
		}
	}
	v.Left = true
	doc, err := v.Load(ctx)
	if err != nil {
		return err
	}
	if err := doc.Doubt(); err != nil {
		app.tell("%s\n", err)
		if err := app.confirm(ctx, "go on with this copy"); err != nil {
			return err
		}
		if doc, err = app.accept(ctx, v); err != nil {
			return err
		}
	}
	if err := app.switchTo(next, vault.Memory{Vault: doc.ID(), Revision: doc.Revision(), Accounts: doc.Len()}); err != nil {
		return err
	}
	app.tellStore(next)
	if doc.Len() > 0 {
		app.tell("it is not empty: %s lay there already and can be used now\n", plural(doc.Len(), "account"))
	}
	return nil
}

// followMove chooses the store to which the accounts of the old one were moved: the
// choice was lost, or the move was killed before its end.
func (o *storeUseOptions) followMove(ctx context.Context, old store.Store, m *vault.MovedError) error {
	app := o.app
	next, err := app.otherStore(old.Kind())
	if err != nil {
		return err
	}
	to := vault.New(next)
	doc, err := to.Load(ctx)
	switch {
	case err != nil:
		return err
	case doc.ID() != m.ID || doc.Revision() < m.Revision:
		return failed("jangle store use "+old.Kind()+" --new goes on with the copy in "+old.Where(),
			"%s does not hold the accounts that were moved there, or an older state of them; nothing was changed", next.Where())
	}
	if err := app.switchTo(next, vault.Memory{Vault: doc.ID(), Revision: doc.Revision(), Accounts: doc.Len()}); err != nil {
		return err
	}
	app.tellStore(next)
	if o.eraseOld {
		return o.eraseOther(ctx, to)
	}
	app.tellOldCopy(old, next.Kind())
	return nil
}

func (app *App) makeStore(ctx context.Context, kind string) (store.Store, error) {
	c, paths, err := app.settings()
	if err != nil {
		return nil, err
	}
	if kind == kindKeyring {
		return app.keyringStore(c, paths), nil
	}
	if file.Exists(paths.Data) {
		return app.fileStore(c, paths)
	}
	mode, err := app.chooseFileMode(ctx, &noStoreError{})
	if err != nil {
		return nil, err
	}
	return app.createFile(ctx, c, paths, mode)
}

// otherStore opens the store that is not of that kind.
func (app *App) otherStore(kind string) (store.Store, error) {
	c, paths, err := app.settings()
	if err != nil {
		return nil, err
	}
	if kind == kindFile {
		return app.keyringStore(c, paths), nil
	}
	return app.fileStore(c, paths)
}

// eraseOther erases the copy that an earlier move left in the other store, if
// nothing is in it that the present one lacks: that is looked at before somebody is
// asked, and once more under the locks.
func (o *storeUseOptions) eraseOther(ctx context.Context, now *vault.Vault) error {
	app := o.app
	if !o.eraseOld {
		return nil
	}
	other, err := app.otherStore(now.Store().Kind())
	if err != nil {
		return err
	}
	m := storeMove{from: now, to: other}
	err = m.covers(ctx)
	if errors.Is(err, store.ErrAbsent) {
		app.answer("there is no old copy\n")
		return nil
	}
	if err != nil {
		return err
	}
	if err := app.confirm(ctx, "erase the old copy in %s", other.Where()); err != nil {
		return err
	}
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.covers(ctx); err != nil {
		return err
	}
	if err := other.Erase(ctx); err != nil {
		return err
	}
	app.answer("erased %s\n", other.Where())
	return nil
}

// storeMove moves the accounts from one store to another. At each moment of it the
// chosen store holds all accounts, or says where they went.
type storeMove struct {
	from   *vault.Vault
	to     store.Store
	choose func(store.Store, vault.Memory) error // remembers the choice
	erase  bool                                  // the old copy, in the end
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
func (m storeMove) run(ctx context.Context, agreed int) error {
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
	if !m.erase {
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
