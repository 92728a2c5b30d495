package cli

import (
	"context"
	"errors"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
)

// defaultClearAfter is how long a copied code stays in the clipboard.
const defaultClearAfter = 30 * time.Second

func (app *App) copyCode(ctx context.Context, a account.Account, c otp.Code) error {
	return errors.New("not yet")
}

func (app *App) copyText(ctx context.Context, text string) (string, error) {
	return "", errors.New("not yet")
}

const sourceClipboard, sourceScreen = "clipboard", "screen"

func (app *App) gatherDesktop(ctx context.Context, g *gathered, o importOptions) error {
	return nil
}
