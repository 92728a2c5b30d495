package cli

import (
	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/vault"
)

type removeOptions struct {
	app *App
}

func newRemove(app *App) *cobra.Command {
	o := &removeOptions{app: app}
	cmd := &cobra.Command{
		Use:               "remove QUERY...",
		Aliases:           []string{"rm"},
		Short:             "Remove one account; asks first",
		Example:           "  jangle remove oldbank",
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	cmd.Flags().BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (o *removeOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	s, a, err := app.openOne(ctx, toChange, query)
	if err != nil {
		return err
	}
	if err := app.confirm(ctx, "remove %s and its codes", oneLine(a.Label())); err != nil {
		return err
	}
	_, err = s.vault.Update(ctx, "remove "+a.Label(), func(doc *vault.Document) error {
		// The account that the person agreed to, not one that took its id meanwhile.
		now, err := doc.ByID(a.ID)
		if err != nil || now.Key() != a.Key() {
			return goneMeanwhile(a.ID)
		}
		return doc.Remove(a.ID)
	})
	if err != nil {
		return err
	}
	app.answer("removed  %s\n", a.Label())
	app.tell("to bring it back: jangle undo\n")
	return nil
}
