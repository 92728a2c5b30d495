package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// tellNotEmpty says what --new found in its store: accounts there are never
// thrown away.
func (app *App) tellNotEmpty(ctx context.Context, s store.Store) error {
	doc, err := vault.New(s).Load(ctx)
	if err != nil {
		return err
	}
	if doc.Len() > 0 {
		app.tell("it is not empty: %s lay there already and can be used now\n", plural(doc.Len(), "account"))
	}
	return nil
}

// eraseOther erases the copy that an earlier move left in the other store, if
// nothing is in it that the present one lacks.
func (app *App) eraseOther(ctx context.Context, data []byte, kind string, o storeOptions) error {
	if !o.eraseOld {
		return nil
	}
	other, err := app.otherStore(kind)
	if err != nil {
		return err
	}
	there, err := other.Load(ctx)
	if errors.Is(err, store.ErrAbsent) {
		app.answer("there is no old copy\n")
		return nil
	}
	if err != nil {
		return err
	}
	if err := covers(data, there.Data, other); err != nil {
		return err
	}
	return app.eraseOld(ctx, kind, other, o)
}

// otherStore opens the store that is not the chosen one.
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

// covers makes sure that every account of the old copy is in the present vault.
func covers(now, old []byte, where store.Store) error {
	present, err := vault.Decode(now)
	if err != nil {
		return err
	}
	past, err := vault.Decode(old)
	if err != nil {
		return err
	}
	if missing := lacking(present, past); missing > 0 {
		return failed("jangle --store "+where.Kind()+" list, to see what is there",
			"%s holds %s that the store in use does not have; nothing was erased", where.Where(), plural(missing, "account"))
	}
	return nil
}

// lacking counts what the past document has and the present one has not.
func lacking(present, past *vault.Document) int {
	here := map[account.Key]bool{}
	for _, a := range present.Accounts() {
		here[a.Key()] = true
	}
	missing := len(past.Damaged())
	for _, a := range past.Accounts() {
		if !here[a.Key()] {
			missing++
		}
	}
	return missing
}

func (app *App) eraseOld(ctx context.Context, kind string, old store.Store, o storeOptions) error {
	if old == nil {
		return nil
	}
	if !o.eraseOld {
		app.tell("the old copy stays in %s; to erase it: jangle store use %s --erase-old\n", old.Where(), kind)
		return nil
	}
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("erase the old copy in %s", safeArg(old.Where()))); err != nil {
		return err
	}
	if err := old.Erase(ctx); err != nil {
		return err
	}
	app.answer("erased %s\n", old.Where())
	return nil
}
