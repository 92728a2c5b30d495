package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

type storeOptions struct {
	json     bool
	fresh    bool // begin with an empty vault
	eraseOld bool
	yes      bool
}

func newStore(app *App) *cobra.Command {
	var o storeOptions
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Say where the accounts are kept; change it, lock it",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runStore(cmd.Context(), app, o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "kind, where, revision, accounts, put_away, damaged")
	cmd.AddCommand(newStoreUse(app), newStoreLock(app), newStorePassphrase(app), newStoreInspect(app), newStoreChoose(app))
	return cmd
}

// storeJSON is the stable form of what jangle store says.
type storeJSON struct {
	Kind     string         `json:"kind"`
	Where    string         `json:"where"`
	Revision store.Revision `json:"revision"`
	Accounts int            `json:"accounts"` // that are in use
	PutAway  int            `json:"put_away"` // archived, or in the bin
	Damaged  int            `json:"damaged"`
}

func runStore(ctx context.Context, app *App, o storeOptions) error {
	app.global.json = o.json
	v, err := app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return app.tellNoStore(none, o)
	}
	if err != nil {
		return err
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return err
	}
	live, _ := doc.Find()
	s := storeJSON{v.Store().Kind(), v.Store().Where(), doc.Revision(), len(live), len(doc.Accounts()) - len(live), len(doc.Damaged())}
	if o.json {
		return app.answerJSON(s)
	}
	app.answer("%s: %s\n", s.Kind, s.Where)
	app.answer("%s, revision %d\n", census(doc), int(s.Revision))
	app.warnDamaged(doc)
	return nil
}

func (app *App) tellNoStore(none *noStoreError, o storeOptions) error {
	if o.json {
		return app.answerJSON(storeJSON{})
	}
	app.answer("no store was chosen yet: the first account goes to the keyring\n")
	if none.keyring != nil {
		app.answer("no keyring can be reached now: %s\n", keyringReason(none.keyring))
		app.tell("a file takes its place with --store-passphrase-file FILE or --no-passphrase\n")
	}
	return nil
}

func newStoreLock(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "lock",
		Short: "Forget the file store's passphrase now",
		Long: `Forget the passphrase that was typed for the file store; the next code asks for it
again. Without this it is forgotten 15 minutes after the last use (another time:
jangle config set unlock_for 1h; 0s asks each time), at the latest after 8 hours.
The operating system's keyring has its own lock.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStoreLock(cmd.Context(), app) },
	}
}

func runStoreLock(ctx context.Context, app *App) error {
	s, err := app.openFileStore(ctx)
	if err != nil {
		return err
	}
	if err := s.Forget(ctx); err != nil {
		return err
	}
	app.answer("locked\n")
	return nil
}

// openFileStore opens the store as a file store; the keyring is none.
func (app *App) openFileStore(ctx context.Context) (*file.Store, error) {
	s, err := app.openStore(ctx)
	if err != nil {
		return nil, app.noAccountsYet(err)
	}
	f, ok := s.(*file.Store)
	if !ok {
		return nil, failed("your desktop's keyring manager locks it", "the store is the keyring, which has its own lock")
	}
	return f, nil
}

func newStorePassphrase(app *App) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "Change the file store's passphrase",
		Long: `Change the file store's passphrase. The vault and the older states beside it are
encrypted anew, for a new key: copies of the files from before still open with the
old passphrase, and nothing that is written later does.`,
		Example: "  jangle store passphrase\n  jangle store passphrase --store-passphrase-file OLD --new-passphrase-file NEW",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := app.oneReader(from); err != nil {
				return err
			}
			s, err := app.openFileStore(cmd.Context())
			if err != nil {
				return err
			}
			n := chosenForStore(usage("jangle store passphrase --store-passphrase-file OLD --new-passphrase-file NEW", "nobody can be asked for the new passphrase"))
			choose := func(ctx context.Context) ([]byte, error) { return app.newPassphrase(ctx, from, n) }
			defer app.person.Hold()()
			if err := s.ChangePassphrase(cmd.Context(), choose); err != nil {
				return err
			}
			app.answer("the passphrase is changed\n")
			app.tell("copies of the files from before still open with the old one\n")
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "new-passphrase-file", "", "read the new passphrase from this file (- for standard input)")
	return cmd
}
