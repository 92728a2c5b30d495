package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

func newStore(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "store",
		Short:   "Say where the accounts are kept; change it, lock it",
		Example: "  jangle store\n  jangle store use file",
		Args:    noArgs,
		RunE:    app.printStore,
	}
	cmd.Flags().BoolVar(&app.global.json, "json", false, "kind, where, revision, accounts, put_away, damaged")
	cmd.AddCommand(newStoreUse(app), &cobra.Command{
		Use:     "lock",
		Short:   "Forget the file store's passphrase now",
		Example: "  jangle store lock",
		Args:    noArgs,
		RunE:    app.lockStore,
	}, newStorePassphrase(app), newStoreInspect(app), &cobra.Command{
		Use:     "choose ID",
		Short:   "Say which vault is in use, where another one was found",
		Example: "  jangle store inspect\n  jangle store choose hx7dhvzq",
		Args:    exactArgs(1, "the id of a vault, or the beginning of it"),
		RunE:    app.chooseVault,
	})
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

func (app *App) printStore(cmd *cobra.Command, _ []string) error {
	s, err := app.open(cmd.Context(), toList)
	if none := s.none; none != nil {
		return app.print(storeJSON{}, func() {
			app.answer("no store was chosen yet: the first account goes to the keyring\n")
			if none.keyring != nil {
				app.answer("no keyring can be reached now: %s\n", keyringReason(none.keyring))
				app.tell("a file takes its place with --store-passphrase-file FILE or --no-passphrase\n")
			}
		})
	}
	if err != nil {
		return err
	}
	live, _ := s.doc.Find()
	at := s.vault.Store()
	j := storeJSON{at.Kind(), at.Where(), s.doc.Revision(), len(live), len(s.doc.Accounts()) - len(live), len(s.doc.Damaged())}
	return app.print(j, func() {
		app.answer("%s: %s\n%s, revision %d\n", j.Kind, j.Where, census(s.doc), int(j.Revision))
	})
}

func (app *App) lockStore(cmd *cobra.Command, _ []string) error {
	s, err := app.openFileStore(cmd.Context())
	if err == nil {
		err = s.Forget(cmd.Context())
	}
	if err == nil {
		app.answer("locked\n")
	}
	return err
}

// openFileStore opens the store as a file store; the keyring is none.
func (app *App) openFileStore(ctx context.Context) (*file.Store, error) {
	s, _, _, err := app.openPlace(ctx)
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
		Use:     "passphrase",
		Short:   "Change the file store's passphrase",
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
			stop := func() {}
			choose := func(ctx context.Context) ([]byte, error) {
				phrase, err := app.newPassphrase(ctx, from, n)
				stop = app.showProgress("encrypting for a new key")
				return phrase, err
			}
			defer app.person.Hold()()
			err = s.ChangePassphrase(cmd.Context(), choose)
			stop()
			if err != nil {
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
