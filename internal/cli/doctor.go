package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/doctor"
)

func newDoctor(app *App) *cobra.Command {
	var asJSON, accept, yes bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether everything is as it should be",
		Long: `Look at the configuration, the store, the keyring, the accounts, the clock and the
backups, and say what is wrong and what to type. Status 6 says that something was
found. It changes nothing without --accept.

Where the newest state of the vault was lost, an older one is read; but nothing is
changed and no code is used up until --accept makes it the newest. Counters go
forward by as many codes as may have been used.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if accept {
				return runAccept(cmd.Context(), app, yes)
			}
			return runDoctor(cmd.Context(), app, asJSON)
		},
	}
	cmd.Flags().BoolVar(&accept, "accept", false, "go on with what can be read, after damage")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "with --accept: do not ask")
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array of check, level, text, hint")
	return cmd
}

func runDoctor(ctx context.Context, app *App, asJSON bool) error {
	app.global.json = asJSON
	found := doctor.Run(ctx, app.checks())
	if asJSON {
		if err := app.answerJSON(found); err != nil {
			return err
		}
	} else {
		app.printFindings(found)
	}
	if !doctor.Healthy(found) {
		return errIncomplete
	}
	return nil
}

func (app *App) printFindings(found []doctor.Finding) {
	for _, f := range found {
		app.answer("%-8s  %-14s %s\n", string(f.Level), f.Check, f.Text)
		for h := range strings.Lines(f.Hint) {
			app.answer("%-8s  %-14s → %s\n", "", "", strings.TrimSuffix(h, "\n"))
		}
	}
}
