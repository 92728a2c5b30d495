package cli

import (
	"context"
	"errors"

	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/format"
)

// The names of the sources that are no files.
const (
	sourceClipboard = "clipboard"
	sourceScreen    = "screen"
)

// gatherDesktop reads what --clipboard and --screen ask for.
func (app *App) gatherDesktop(ctx context.Context, g *gathered, o importOptions) error {
	if o.clipboard {
		if err := app.gatherClipboard(ctx, g, o); err != nil {
			return err
		}
	}
	if o.screen {
		return app.gatherScreen(ctx, g)
	}
	return nil
}

// gatherClipboard takes a picture before a text: a browser that copies a picture
// offers its address as text.
func (app *App) gatherClipboard(ctx context.Context, g *gathered, o importOptions) error {
	c, err := clipboard.Find(clipboard.System{Getenv: app.Env.Get})
	if err != nil {
		return err
	}
	content, err := c.Read(ctx)
	if err != nil {
		return err
	}
	var picture error
	if len(content.Image) > 0 {
		picture = app.gatherPicture(ctx, g, format.Input{Name: sourceClipboard, Data: content.Image})
		if picture == nil || len(content.Text) == 0 {
			return picture
		}
	}
	err = app.gatherData(ctx, g, format.Input{Name: sourceClipboard, Data: content.Text}, o)
	if errors.Is(err, format.ErrNotRecognised) {
		err = failed("copy the picture of the QR code, or the otpauth:// link", "the clipboard holds neither a picture with a QR code nor an otpauth:// link")
	}
	return errors.Join(picture, err)
}

func (app *App) gatherScreen(ctx context.Context, g *gathered) error {
	return errors.New("reading the screen is not there yet")
}
