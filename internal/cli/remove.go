package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
)

type removeOptions struct {
	query []string
	yes   bool
}

func newRemove(app *App) *cobra.Command {
	var o removeOptions
	cmd := &cobra.Command{
		Use:     "remove QUERY...",
		Aliases: []string{"rm"},
		Short:   "Remove one account; asks first",
		Long: `Remove the one account that QUERY fits. It asks first, and jangle undo brings the
account back as long as it is among the last five changes.

Switch two-factor login off at the site before: after that, nothing computes the
codes that the site asks for.`,
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runRemove(cmd.Context(), app, o)
		},
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func runRemove(ctx context.Context, app *App, o removeOptions) error {
	v, a, err := app.openOne(ctx, o.query)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("remove %s and its codes", term.Safe(oneLine(a.Label())))
	if err := app.confirm(ctx, o.yes, question); err != nil {
		return err
	}
	_, err = v.Update(ctx, "remove "+a.Label(), func(doc *vault.Document) error { return removeSame(doc, a) })
	if err != nil {
		return err
	}
	app.answer("removed  %s\n", a.Label())
	app.tell("to bring it back: jangle undo\n")
	return nil
}

// removeSame removes the account that the person agreed to, not another that
// took its id in the meantime.
func removeSame(doc *vault.Document, a account.Account) error {
	now, err := doc.ByID(a.ID)
	if err != nil || now.Key() != a.Key() {
		return goneMeanwhile(a.ID)
	}
	return doc.Remove(a.ID)
}

// again is the present command line with one more flag, for a shell.
func (app *App) again(flag string) string {
	args, line := slices.Clone(app.Args), "jangle"
	if i := slices.Index(args, "--"); i >= 0 {
		args = slices.Insert(args, i, flag)
	} else {
		args = append(args, flag)
	}
	for _, arg := range args {
		if arg == "" || strings.Trim(arg, shellPlain) != "" {
			arg = shellQuoted(arg)
		}
		line += " " + arg
	}
	return line
}

// shellPlain is what no shell takes for anything else.
const shellPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,"

// confirm asks, unless the answer was given beforehand. Without a terminal the
// answer must have been.
func (app *App) confirm(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	t, err := app.terminal()
	if err != nil {
		return usage(app.again("--yes"), "nobody can be asked whether to go on")
	}
	defer t.Close()
	ok, err := t.Confirm(ctx, strings.TrimSuffix(question, "?")+"?", term.DefaultNo)
	if err != nil {
		return err
	}
	if !ok {
		return failed("", "nothing was changed")
	}
	return nil
}
