package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/handover"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

type qrOptions struct {
	query []string
	out   string
	yes   bool
	force bool
	style handover.Style
}

func newQR(app *App) *cobra.Command {
	var o qrOptions
	cmd := &cobra.Command{
		Use:   "qr QUERY...",
		Short: "Draw one account's QR code, for a phone to scan",
		Long: `Draw the QR code of one account on the terminal, for a phone to scan. The picture is
the secret: it asks first, draws on the alternate screen, and leaves nothing in
the scrollback. With -o it writes a PNG picture instead.`,
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runQR(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "write a PNG picture to this file")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&o.force, "force", false, "overwrite the file")
	addStyleFlag(f, &o.style)
	return cmd
}

func runQR(ctx context.Context, app *App, o qrOptions) error {
	_, a, err := app.openOne(ctx, o.query)
	if err != nil {
		return err
	}
	app.tellState(a)
	if o.out != "" {
		return app.writeQR(ctx, a, o)
	}
	styles, err := app.stylesFor(o.style)
	if err != nil {
		return err
	}
	symbol, err := encodeAccount(a, qr.Low)
	if err != nil {
		return err
	}
	t, err := app.terminal()
	if err != nil {
		return usage("jangle qr NAME -o FILE.png", "a QR code needs a terminal, or a file to be written to")
	}
	defer t.Close()
	pages := []handover.Page{{Symbol: symbol, Caption: a.Label(), Footer: "scan it with the phone; any key ends", Accounts: []account.Account{a}}}
	style, err := handover.FirstFit(t, pages, styles)
	if err != nil {
		return failed("make the window larger or its font smaller, or: jangle qr NAME -o FILE.png", "%w", err)
	}
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("show the secret of %s as a QR code", term.Safe(a.Label()))); err != nil {
		return err
	}
	result, err := handover.Show(ctx, handover.Walk{Terminal: t, Pages: pages, Style: style, Now: app.Now})
	if err == nil && result.Proof == handover.Disproven {
		err = errIncomplete
	}
	return err
}

// addStyleFlag adds --style.
func addStyleFlag(f *pflag.FlagSet, style *handover.Style) {
	f.StringVar((*string)(style), "style", string(handover.Auto), "how to draw: "+handover.AllStyles)
}

// stylesFor are the ways to draw on this terminal, the best first.
func (app *App) stylesFor(style handover.Style) ([]handover.Style, error) {
	if !style.Known() {
		return nil, usage("--style blocks", "--style: %q is none of %s", style, handover.AllStyles)
	}
	return handover.StylesFor(style, app.Env.Get)
}

// encodeAccount draws the account's link. Screens are not damaged, so there the
// code is the smallest one; pictures are printed too.
func encodeAccount(a account.Account, level qr.Level) (*qr.Symbol, error) {
	symbol, err := qr.Encode(otpauth.FormatShort(a), qr.EncodeOptions{Level: level})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", oneLine(a.Label()), err)
	}
	return symbol, nil
}

func (app *App) writeQR(ctx context.Context, a account.Account, o qrOptions) error {
	s, err := encodeAccount(a, qr.Medium)
	if err != nil {
		return err
	}
	if err := mayWrite(o.out, o.force); err != nil {
		return err
	}
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("write the secret of %s to %s as a picture", term.Safe(a.Label()), term.Safe(o.out))); err != nil {
		return err
	}
	if err := writePicture(o.out, s, o.force); err != nil {
		return err
	}
	app.answer("%s\n", o.out)
	app.tell("whoever sees that picture has the secret of %s; delete it when the phone has it\n", oneLine(a.Label()))
	return nil
}
