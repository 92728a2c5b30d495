package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

func newStoreUse(app *App) *cobra.Command {
	var o storeOptions
	cmd := &cobra.Command{
		Use:   "use keyring|file",
		Short: "Move the accounts to another store, and use that from now on",
		Long: `Move the accounts to another store: they are written there, read back and compared,
and only then the other store is the chosen one. The old copy stays where it is,
marked as moved, unless --erase-old is given. Other commands wait meanwhile.

--new moves nothing, where the old store is lost: it begins with an empty vault, or
goes on with what the other store holds.`,
		Args:      exactArgs(1, "keyring or file"),
		ValidArgs: []string{kindKeyring, kindFile},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runStoreUse(cmd.Context(), app, args[0], o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.fresh, "new", false, "move nothing: begin with an empty vault")
	f.BoolVar(&o.eraseOld, "erase-old", false, "erase the copy in the old store afterwards")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func runStoreUse(ctx context.Context, app *App, kind string, o storeOptions) error {
	if kind != kindKeyring && kind != kindFile {
		return usage("jangle store use keyring, or file", "there is no store %q", kind)
	}
	if o.fresh {
		return app.useAfresh(ctx, kind, o)
	}
	old, c, paths, err := app.openPlace(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return app.useAfresh(ctx, kind, o)
	}
	if err != nil {
		return err
	}
	from := app.vaultIn(old, c, paths)
	_, err = from.Load(ctx)
	var moved *vault.MovedError
	switch {
	case errors.As(err, &moved) && moved.Moved.Kind == kind:
		return app.followMove(ctx, old, moved, o)
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
		return app.eraseOther(ctx, from, o)
	}
	next, err := app.makeStore(ctx, kind)
	if err != nil {
		return err
	}
	return app.moveTo(ctx, storeMove{from, next, app.switchTo}, o)
}

// moveTo asks what has to be asked, and moves.
func (app *App) moveTo(ctx context.Context, m storeMove, o storeOptions) error {
	lost, err := m.lost(ctx)
	if err != nil {
		return err
	}
	if lost > 0 {
		question := fmt.Sprintf("%s holds a copy with %s that the present vault lacks. Replace it", safeArg(m.to.Where()), plural(lost, "account"))
		if err := app.confirm(ctx, o.yes, question); err != nil {
			return err
		}
	}
	if o.eraseOld {
		if err := app.confirm(ctx, o.yes, fmt.Sprintf("erase the old copy in %s afterwards", safeArg(m.from.Store().Where()))); err != nil {
			return err
		}
	}
	if err := m.run(ctx, lost, o.eraseOld); err != nil {
		return err
	}
	app.answer("the store is now %s: %s\n", m.to.Kind(), m.to.Where())
	if o.eraseOld {
		app.answer("erased %s\n", m.from.Store().Where())
		return nil
	}
	app.tellOldCopy(m.from.Store(), m.to.Kind())
	return nil
}

func (app *App) tellOldCopy(old store.Store, kind string) {
	app.tell("the old copy stays in %s; to erase it: jangle store use %s --erase-old\n", old.Where(), kind)
}

// useAfresh begins with an empty vault in a store, or goes on with what it holds.
// The store is chosen when a document was read from it.
func (app *App) useAfresh(ctx context.Context, kind string, o storeOptions) error {
	next, err := app.makeStore(ctx, kind)
	if err != nil {
		return err
	}
	state, err := next.Load(ctx)
	if errors.Is(err, store.ErrAbsent) {
		if _, err = next.Save(ctx, vault.NewDocument().Encode(), 0); err == nil {
			state, err = next.Load(ctx)
		}
	}
	if err != nil {
		return err
	}
	doc, err := vault.Decode(state.Data)
	if err != nil {
		return err
	}
	if m := doc.Moved(); m != nil {
		question := fmt.Sprintf("%s holds the copy from before the move to %s: what was added or used there since is not in it. Go on with this copy",
			safeArg(next.Where()), safeArg(m.Where))
		if err := app.confirm(ctx, o.yes, question); err != nil {
			return err
		}
		doc.SetMoved(nil)
		if state.Revision, err = next.Save(ctx, doc.Encode(), state.Revision); err != nil {
			return err
		}
	}
	if err := app.switchTo(next, vault.Memory{Vault: doc.ID(), Revision: state.Revision, Accounts: doc.Len()}); err != nil {
		return err
	}
	app.answer("the store is now %s: %s\n", kind, next.Where())
	if doc.Len() > 0 {
		app.tell("it is not empty: %s lay there already and can be used now\n", plural(doc.Len(), "account"))
	}
	return nil
}

// followMove chooses the store to which the accounts of the old one were moved: the
// choice was lost, or the move was killed before its end.
func (app *App) followMove(ctx context.Context, old store.Store, m *vault.MovedError, o storeOptions) error {
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
	app.answer("the store is now %s: %s\n", next.Kind(), next.Where())
	if o.eraseOld {
		return app.eraseOther(ctx, to, o)
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
	return file.Create(ctx, app.fileOptions(c, paths), mode)
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
func (app *App) eraseOther(ctx context.Context, now *vault.Vault, o storeOptions) error {
	if !o.eraseOld {
		return nil
	}
	other, err := app.otherStore(now.Store().Kind())
	if err != nil {
		return err
	}
	m := storeMove{now, other, nil}
	err = m.covers(ctx)
	if errors.Is(err, store.ErrAbsent) {
		app.answer("there is no old copy\n")
		return nil
	}
	if err != nil {
		return err
	}
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("erase the old copy in %s", safeArg(other.Where()))); err != nil {
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
