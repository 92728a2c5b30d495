package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/otp"
)

// defaultClearAfter is how long a copied code stays in the clipboard.
const defaultClearAfter = 30 * time.Second

// copyCode copies a code and says so on stderr; stdout stays empty.
func (app *App) copyCode(ctx context.Context, a account.Account, c otp.Code) error {
	message, err := app.copyText(ctx, c.Text)
	if err != nil {
		return err
	}
	app.tell("%s: %s\n", oneLine(a.Label()), message)
	return nil
}

// copyText puts a text on the clipboard and returns what to tell. It is cleared
// later by a process that survives this one.
func (app *App) copyText(ctx context.Context, text string) (string, error) {
	c, _, err := app.settings()
	if err != nil {
		return "", err
	}
	self, err := app.Executable()
	if err != nil {
		return "", err
	}
	system := clipboard.System{Getenv: app.Env.Get}
	if t, err := app.terminal(); err == nil {
		defer t.Close()
		system.Terminal = t
	}
	return clipboard.Copy(ctx, text, clipboard.CopyOptions{
		System: system, ClearAfter: c.ClearClipboardAfter.Or(defaultClearAfter), Executable: self,
	})
}

// newClipboardClearer is the command that Copy starts; nobody else does.
func newClipboardClearer(app *App) *cobra.Command {
	return &cobra.Command{
		Use:    clipboard.ClearerArgument,
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return clipboard.RunClearer(cmd.Context(), app.In, clipboard.ClearerSystem{
				System: clipboard.System{Getenv: app.Env.Get}, Now: app.Now, Wait: app.Sleep,
			})
		},
	}
}
