package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

type qrOptions struct {
	query []string
	out   string
	yes   bool
	force bool
	style string
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
	f.StringVar(&o.style, "style", styleAuto, styleHelp)
	return cmd
}

func runQR(ctx context.Context, app *App, o qrOptions) error {
	a, err := app.loadOne(ctx, o.query)
	if err != nil {
		return err
	}
	if o.out != "" {
		return app.writeQR(ctx, a, o)
	}
	styles, err := app.drawings(o.style)
	if err != nil {
		return err
	}
	symbol, err := encodeAccount(a, qr.Low)
	if err != nil {
		return err
	}
	return app.showQR(ctx, page{symbol: symbol, caption: a.Label(), footer: "scan it with the phone; any key ends", accounts: []account.Account{a}}, styles, o)
}

// showQR draws the code on the terminal, and lets a person check the phone.
func (app *App) showQR(ctx context.Context, p page, styles []drawing, o qrOptions) error {
	t, err := app.terminal()
	if err != nil {
		return usage("jangle qr NAME -o FILE.png", "a QR code needs a terminal, or a file to be written to")
	}
	defer t.Close()
	style, err := firstThatFits(canvasOf(t), []page{p}, styles)
	if err != nil {
		return failed("make the window larger or its font smaller, or: jangle qr NAME -o FILE.png", "%w", err)
	}
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("show the secret of %s as a QR code", term.Safe(p.caption))); err != nil {
		return err
	}
	if _, err := showPages(ctx, t, []page{p}, style); err != nil {
		return err
	}
	checked, err := app.checkByCode(ctx, t, p.accounts)
	if err == nil && checked == disproven {
		err = errIncomplete
	}
	return err
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

// loadOne loads the vault and finds one account.
func (app *App) loadOne(ctx context.Context, query []string) (account.Account, error) {
	_, a, err := app.openOne(ctx, query)
	return a, err
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
