package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/screen"
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

// gatherScreen reads the codes on all monitors. The picture never leaves memory.
func (app *App) gatherScreen(ctx context.Context, g *gathered) error {
	pictures, err := screen.Capture(ctx, screen.System{
		Getenv:  app.Env.Get,
		Waiting: func(message string) { app.tell("%s\n", message) },
	})
	if err != nil {
		return err
	}
	found, none := 0, error(nil)
	for _, p := range pictures {
		codes, err := qr.DecodeImage(ctx, p, qr.Options{})
		if err != nil && !errors.Is(err, qr.ErrNoCode) {
			return fmt.Errorf("the screen: %w", err)
		}
		if err != nil {
			none = err
		}
		g.takeCodes(sourceScreen, codes)
		found += len(codes)
	}
	if found == 0 && none != nil {
		return failed("make the QR code larger, with all three corner squares in view, and nothing over it", "the screen shows no QR code that can be read")
	}
	return nil
}
