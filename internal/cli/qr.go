package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/atomicfile"
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
	f.StringVar(&o.style, "style", "auto", "how to draw: auto, blocks, spaces, kitty, sixel, iterm2")
	return cmd
}

func runQR(ctx context.Context, app *App, o qrOptions) error {
	a, err := app.loadOne(ctx, o.query)
	if err != nil {
		return err
	}
	symbol, err := qr.Encode(otpauth.FormatShort(a), qr.EncodeOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", oneLine(a.Label()), err)
	}
	if o.out != "" {
		return app.writeQR(ctx, a, symbol, o)
	}
	t, err := app.terminal()
	if err != nil {
		return usage("jangle qr NAME -o FILE.png", "a QR code needs a terminal, or a file to be written to")
	}
	defer t.Close()
	question := fmt.Sprintf("show the secret of %s as a QR code", term.Safe(a.Label()))
	if err := app.confirm(ctx, o.yes, question); err != nil {
		return err
	}
	return app.showPage(ctx, t, page{symbol: symbol, caption: a.Label(), footer: "scan it with the phone; any key ends"}, o.style)
}

// loadOne loads the vault and finds one account.
func (app *App) loadOne(ctx context.Context, query []string) (account.Account, error) {
	v, err := app.openVault(ctx)
	if err != nil {
		return account.Account{}, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return account.Account{}, err
	}
	return findOne(doc, query)
}

// pngScale is pixels a module: large enough for a phone from any screen.
const pngScale = 8

func (app *App) writeQR(ctx context.Context, a account.Account, s *qr.Symbol, o qrOptions) error {
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("write the secret of %s to %s as a picture", term.Safe(a.Label()), term.Safe(o.out))); err != nil {
		return err
	}
	data, err := s.PNG(pngScale)
	if err != nil {
		return err
	}
	if err := writeNew(o.out, data, o.force); err != nil {
		return err
	}
	app.answer("%s\n", o.out)
	app.tell("whoever sees that picture has the secret of %s; delete it when the phone has it\n", oneLine(a.Label()))
	return nil
}

// overwrite says whether an existing file may be replaced.
type overwrite = bool

// writeNew writes a file that only its owner can read, whole or not at all.
func writeNew(path string, data []byte, force overwrite) error {
	o := atomicfile.Options{Mode: 0o600}
	if force {
		return atomicfile.Replace(path, data, o)
	}
	err := atomicfile.Create(path, data, o)
	if errors.Is(err, os.ErrExist) {
		return failed("--force overwrites it", "%s is there already", path)
	}
	return err
}
