package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/handover"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
)

type qrOptions struct {
	app   *App
	out   string
	style handover.Style
}

func newQR(app *App) *cobra.Command {
	o := &qrOptions{app: app}
	cmd := &cobra.Command{
		Use:   "qr QUERY...",
		Short: "Draw one account's QR code, for a phone to scan",
		Example: `  jangle qr github
  jangle qr github -o github.png`,
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "write a PNG picture to this file")
	f.BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&app.global.force, "force", false, "overwrite the file")
	addStyleFlag(f, &o.style)
	return cmd
}

func (o *qrOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	s, a, err := app.openOne(ctx, toRead, query)
	if err == nil {
		err = s.carriesCounters([]account.Account{a})
	}
	if err != nil {
		return err
	}
	// Screens are not damaged, so there the code is the smallest one; pictures are
	// printed too.
	level := qr.Low
	var styles []handover.Style
	if o.out != "" {
		level = qr.Medium
	} else if styles, err = app.stylesFor(o.style); err != nil {
		return err
	}
	symbol, err := qr.Encode(otpauth.FormatShort(a), qr.EncodeOptions{Level: level})
	if err != nil {
		return fmt.Errorf("%s: %w", oneLine(a.Label()), err)
	}
	if o.out != "" {
		if err := app.mayWrite(o.out); err != nil {
			return err
		}
		if err := app.confirm(ctx, "write the secret of %s to %s as a picture", a.Label(), o.out); err != nil {
			return err
		}
		if err := app.deliverPicture(o.out, symbol); err != nil {
			return err
		}
		if o.out != "-" {
			app.answer("%s\n", o.out)
		}
		app.tell("whoever sees that picture has the secret of %s; delete it when the phone has it\n", oneLine(a.Label()))
		return nil
	}
	t, err := app.terminal()
	if err != nil {
		return usage("as a picture: -o FILE.png", "a QR code needs a terminal, or a file to be written to")
	}
	defer t.Close()
	pages := []handover.Page{{Symbol: symbol, Caption: a.Label(), Footer: "scan it with the phone; any key ends", Accounts: []account.Account{a}}}
	style, err := handover.FirstFit(t, pages, styles)
	if err != nil {
		return failed("make the window larger or its font smaller, or take a picture: -o FILE.png", "%w", err)
	}
	if err := app.confirm(ctx, "show the secret of %s as a QR code", a.Label()); err != nil {
		return err
	}
	result, err := handover.Show(ctx, handover.Walk{Terminal: t, Person: app.person, Pages: pages, Style: style, Now: app.Now})
	if err == nil && result.Proof == handover.Disproven {
		return errIncomplete
	}
	return err
}
