package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/tui"
)

type watchOptions struct {
	app    *App
	hidden bool
}

func newWatch(app *App) *cobra.Command {
	o := &watchOptions{app: app}
	cmd := &cobra.Command{
		Use:   "watch [QUERY...]",
		Short: "The live view of rolling codes; off a terminal a line for each new code",
		Example: `  jangle watch
  jangle watch group:work --hidden
  jangle watch github | head -2`,
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	cmd.Flags().BoolVar(&o.hidden, "hidden", false, "show a code only while its account is selected")
	cmd.Flags().BoolVar(&app.global.json, "json", false, "a line for each code that begins, as jangle code --json, each a JSON object")
	return cmd
}

func (o *watchOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	if err := app.needsOutput(); err != nil {
		return err
	}
	s, err := app.open(ctx, toList)
	if err != nil {
		return err
	}
	accounts, err := s.matching(query, states{})
	if err == nil && len(accounts) == 0 {
		if err = s.noneInUse(); err == nil {
			err = app.noAccountsYet(&noStoreError{})
		}
	}
	if err != nil {
		return err
	}
	for _, a := range accounts {
		app.tellState(a)
	}
	rows := viewRows(s.doc, accounts)
	code := func(row int, t time.Time) (otp.Code, error) { return otp.At(accounts[row], t) }
	if app.global.json || !app.OutIsTerminal || term.Dumb(app.Env.Get) { // a line for each new code
		lines := tui.LinesOptions{
			Rows: rows, Now: app.Now, Wait: app.Sleep, Code: code,
			Failed: func(_ int, err error) { app.warn("%s", err) },
		}
		if app.global.json {
			lines.Write = func(row int, c otp.Code) error { return writeJSONLine(app.out, newCodeJSON(accounts[row], c)) }
		}
		return tui.Lines(ctx, app.out, lines)
	}
	t, err := app.terminal()
	if err != nil {
		return err
	}
	defer t.Close()
	return tui.Run(ctx, tui.Options{
		Terminal: t, Rows: rows, Now: app.Now, Code: code, Copy: app.copyText, Hidden: o.hidden, Colour: app.colour(),
		NextHOTP: func(ctx context.Context, row int) (string, error) {
			c, err := s.countUp(ctx, accounts[row].ID)
			return c.Text, err
		},
	})
}
