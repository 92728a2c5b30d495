package cli

import (
	"context"
	"errors"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// runAccept acknowledges damage: what can be read is the vault from now on.
func runAccept(ctx context.Context, app *App, yes bool) error {
	v, err := app.openVault(ctx)
	if errors.Is(err, store.ErrLost) { // the folder of the file store is gone
		return app.beginAnew(ctx, nil, err, yes)
	}
	if err != nil {
		return app.noAccountsYet(err)
	}
	doc, done, err := v.Accept(ctx, app.Now())
	switch {
	case errors.Is(err, vault.ErrNoChange):
		app.answer("nothing is lost: revision %d is the newest one\n", int(doc.Revision()))
		return nil
	case errors.Is(err, file.ErrBadKey):
		return err
	case errors.Is(err, store.ErrLost), errors.Is(err, store.ErrDamaged):
		return app.beginAnew(ctx, v.Store(), err, yes)
	case err != nil:
		return err
	}
	app.answer("the vault is now revision %d, with %s\n", int(doc.Revision()), plural(doc.Len(), "account"))
	for _, a := range done.Counted {
		app.tell("%s goes on at counter %d, %s later: codes that may have been used are passed over\n",
			oneLine(a.Label()), int(a.Counter), plural2(int(done.Lost), "code", "codes"))
	}
	if len(done.Counted) > 0 {
		app.tell("more may have been used than is known: where a code is refused, take the next one\n")
	}
	return nil
}

// beginAnew takes an empty vault into use where the old one is gone, or no copy
// of it can be read.
func (app *App) beginAnew(ctx context.Context, s store.Store, why error, yes bool) error {
	_, isFile := s.(*file.Store)
	if s != nil && !isFile && !errors.Is(why, store.ErrLost) {
		return failure.Of(why, unreadableHint(s), ExitLocked)
	}
	app.tell("%s\n", why)
	if err := app.confirm(ctx, yes, "go on with an empty vault"); err != nil {
		return err
	}
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	if r, ok := s.(interface{ Renew(context.Context) error }); ok {
		if err := r.Renew(ctx); err != nil {
			return err
		}
	}
	if s == nil {
		if err := config.Set(paths.Config, "store", ""); err != nil {
			return err
		}
	}
	if err := app.forgetVault(); err != nil {
		return err
	}
	app.answer("the vault is empty now\n")
	app.tell("to bring a backup back: jangle restore FILE\n")
	return nil
}
