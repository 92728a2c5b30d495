package input

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/screen"
)

// picture reads the QR codes of a picture.
func (r *reader) picture(ctx context.Context, in format.Input) error {
	found, err := qr.Decode(ctx, in.Data, qr.Options{})
	var large *qr.TooLargeError
	switch {
	case err == nil:
		r.found(in.Name, found)
		return nil
	case errors.Is(err, qr.ErrNoCode), errors.Is(err, qr.ErrBudget):
		return failed("crop the picture to the QR code, or take it larger and sharper, with all three corner squares and a light margin in view", "%s: %w", in.Name, err)
	case errors.Is(err, qr.ErrTruncated):
		return failed("copy or download the picture again", "%s: %w", in.Name, err)
	case errors.As(err, &large):
		return failed("crop the picture to the QR code", "%s: %w", in.Name, err)
	}
	return failed("", "%s: %w", in.Name, err)
}

// found keeps the codes of a picture for joinCodes.
func (r *reader) found(source string, codes []qr.Found) {
	for _, c := range codes {
		if c.Part.Count > 0 {
			r.parts = append(r.parts, c)
			r.leftover(source)
			continue
		}
		r.codes = append(r.codes, qrText{source, c.Text})
	}
	if len(codes) > 1 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %d QR codes", source, len(codes)))
	}
}

// clipboard takes a picture before a text: a browser that copies a picture offers
// its address as text.
func (r *reader) clipboard(ctx context.Context) error {
	c, err := clipboard.Find(clipboard.System{Getenv: r.Getenv})
	if err != nil {
		return err
	}
	content, err := c.Read(ctx)
	if err != nil {
		return err
	}
	var picture error
	if len(content.Image) > 0 {
		picture = r.picture(ctx, format.Input{Name: theClipboard, Data: content.Image})
		if picture == nil || len(content.Text) == 0 {
			return picture
		}
	}
	err = r.data(ctx, format.Input{Name: theClipboard, Data: content.Text})
	if errors.Is(err, format.ErrNotRecognised) {
		err = failed("copy the picture of the QR code, or the otpauth:// link", "the clipboard holds neither a picture with a QR code nor an otpauth:// link")
	}
	return errors.Join(picture, err)
}

// screen reads the codes on all monitors. The picture never leaves memory.
func (r *reader) screen(ctx context.Context) error {
	pictures, err := screen.Capture(ctx, screen.System{Getenv: r.Getenv, Waiting: func(message string) { r.Tell("%s\n", message) }})
	if err != nil {
		return err
	}
	some := false
	for _, p := range pictures {
		codes, err := qr.DecodeImage(ctx, p, qr.Options{})
		if err != nil && !errors.Is(err, qr.ErrNoCode) {
			return fmt.Errorf("the screen: %w", err)
		}
		r.found(theScreen, codes)
		some = some || len(codes) > 0
	}
	if !some {
		return failed("make the QR code larger, with all three corner squares in view, and nothing over it", "the screen shows no QR code that can be read")
	}
	return nil
}
