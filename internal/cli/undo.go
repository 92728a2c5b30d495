package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/vault"
)

func newUndo(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "undo",
		Short: "Take back the last change",
		Long: `Take back the last change to the accounts: an import, an added, edited or removed
account, a restore. The last five can be taken back, the newest first. Counters
never go back, because the site has seen their codes.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runUndo(cmd.Context(), app) },
	}
}

func runUndo(ctx context.Context, app *App) error {
	v, err := app.openVault(ctx)
	if err != nil {
		return app.noAccountsYet(err)
	}
	var what string
	doc, err := v.Update(ctx, "", func(doc *vault.Document) error {
		var err error
		what, err = doc.Undo()
		return err
	})
	if err != nil {
		return err
	}
	app.answer("undone  %s\n", what)
	app.tell("%d accounts now\n", len(doc.Accounts()))
	return nil
}
