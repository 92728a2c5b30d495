package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/tui"
	"github.com/jangle-otp/jangle/internal/vault"
)

type watchOptions struct {
	query  []string
	hidden bool
}

func newWatch(app *App) *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch [QUERY...]",
		Short: "The live view of rolling codes; off a terminal a line for each new code",
		Long: `Show the codes of all accounts, or of those that QUERY fits, as they change. Enter
copies the selected code, typing filters, ? shows all keys, q leaves.

Off a terminal it prints a line for each code that begins: time, account, code.
Counter-based accounts have no place there.`,
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runWatch(cmd.Context(), app, o)
		},
	}
	cmd.Flags().BoolVar(&o.hidden, "hidden", false, "show a code only while its account is selected")
	return cmd
}

func runWatch(ctx context.Context, app *App, o watchOptions) error {
	if err := app.needsOutput(); err != nil {
		return err
	}
	v, err := app.openVault(ctx)
	if err != nil {
		return app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return err
	}
	app.warnDamaged(doc)
	accounts, err := matching(doc, o.query)
	if err != nil {
		return err
	}
	if err := noneInUse(doc); err != nil && len(accounts) == 0 {
		return err
	}
	if len(accounts) == 0 {
		return app.noAccountsYet(&noStoreError{})
	}
	for _, a := range accounts {
		app.tellState(a)
	}
	if !app.OutIsTerminal || term.Dumb(app.Env.Get) {
		return app.watchLines(ctx, doc, accounts)
	}
	return app.watchLive(ctx, v, doc, accounts, o)
}

// watchLines prints a line for each new code.
func (app *App) watchLines(ctx context.Context, doc *vault.Document, accounts []account.Account) error {
	return tui.Lines(ctx, app.out, tui.LinesOptions{
		Rows: rows(doc, accounts), Now: app.Now, Wait: app.Sleep,
		Code:   codeOf(accounts),
		Failed: func(_ int, err error) { app.warn("%s", err) },
	})
}

func (app *App) watchLive(ctx context.Context, v *vault.Vault, doc *vault.Document, accounts []account.Account, o watchOptions) error {
	t, err := app.terminal()
	if err != nil {
		return err
	}
	defer t.Close()
	return tui.Run(ctx, tui.Options{
		Terminal: t, Rows: rows(doc, accounts), Now: app.Now, Code: codeOf(accounts),
		NextHOTP: func(ctx context.Context, row int) (string, error) {
			c, err := app.nextCounter(ctx, v, accounts[row].ID)
			return c.Text, err
		},
		Copy:   app.copyText,
		Hidden: o.hidden, Colour: app.colour(),
	})
}

func codeOf(accounts []account.Account) func(int, time.Time) (otp.Code, error) {
	return func(row int, t time.Time) (otp.Code, error) {
		return otp.At(accounts[row], t)
	}
}

// rows are what the view shows of the accounts.
func rows(doc *vault.Document, accounts []account.Account) []tui.Row {
	var proof vault.BackupProof
	backedUp := false // with no backup at all, marking each says nothing
	if doc != nil {
		proof, backedUp = doc.BackupProof()
	}
	out := make([]tui.Row, len(accounts))
	for i, a := range accounts {
		out[i] = tui.Row{Issuer: a.Issuer, Name: a.Name, Favourite: a.Favourite,
			CounterBased: a.Type == account.HOTP, Unproven: backedUp && !proof.Covers(a)}
		if len(a.Groups) > 0 {
			out[i].Group = a.Groups[0]
		}
	}
	return out
}

// askForAccount lets a person at a terminal pick one.
func (app *App) askForAccount(ctx context.Context, all []account.Account) (account.Account, error) {
	if len(all) == 0 {
		return account.Account{}, app.noAccountsYet(&noStoreError{})
	}
	t, err := app.terminal()
	if err != nil {
		return account.Account{}, err
	}
	defer t.Close()
	i, err := tui.Pick(ctx, tui.PickOptions{Terminal: t, Rows: rows(nil, all), Colour: app.colour()})
	if err != nil {
		return account.Account{}, err
	}
	return all[i], nil
}
