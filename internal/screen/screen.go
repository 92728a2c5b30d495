// Package screen takes a picture of what is on the screen, of all monitors, so
// that a QR code in a browser can be read without saving it.
//
// The picture holds whatever else is on the screen, so it stays in memory. Where
// a desktop hands it out only as a file, the file is in a directory that no other
// person can read, or where the desktop put it, and is removed at once.
//
//	X11       the X server is asked directly
//	Wayland   grim, where the compositor lets it; else the desktop portal, which
//	          asks the person
//	macOS     screencapture
//	Windows   GDI
package screen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"runtime"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/run"
)

// Errors that a person can do something about.
var (
	// ErrNone: there is no screen to take a picture of, or no way to; the
	// message says what to install.
	ErrNone = errors.New("cannot take a picture of the screen")
	// ErrDeclined: the person, or the desktop for them, said no.
	ErrDeclined = errors.New("the desktop was not allowed to take a picture of the screen")
)

// maxPixels is eight monitors of 4K.
const maxPixels = 8 * 3840 * 2160

// How long the ways take at most: a program that takes the picture, and a person
// who is asked.
const (
	toolTime   = 10 * time.Second
	personTime = 2 * time.Minute
)

// System is what taking a picture depends on.
type System struct {
	Getenv   func(string) string
	LookPath func(string) (string, error) // nil for run.Find
	Waiting  func(message string)         // told before a person is asked; may be nil
}

// Capture returns pictures that together show all monitors.
func Capture(ctx context.Context, s System) ([]image.Image, error) {
	if s.LookPath == nil {
		s.LookPath = run.Find
	}
	if s.Waiting == nil {
		s.Waiting = func(string) {}
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return captureNative(ctx, s)
	}
	// Ask Wayland before X11: an X server inside Wayland shows the windows of X
	// programs on black.
	if s.Getenv("WAYLAND_DISPLAY") == "" {
		display := s.Getenv("DISPLAY")
		host := display[:max(0, strings.LastIndex(display, ":"))]
		switch {
		case display == "":
			return nil, fmt.Errorf("%w: there is no desktop here (neither WAYLAND_DISPLAY nor DISPLAY is set)", ErrNone)
		case host != "" && host != "unix" && !strings.HasPrefix(host, "/"): // no network connection is made
			return nil, fmt.Errorf("%w: the display %q is on another machine", ErrNone, display)
		}
		img, err := captureX11(ctx, display)
		if err != nil {
			return nil, err
		}
		return []image.Image{img}, nil
	}
	// Try grim, which compositors of the wlroots kind and KDE answer, and then the
	// portal, which all desktops have. grim writes all outputs as one picture to
	// its standard output. Level 1 is the least compression: the file is not kept.
	hint := errors.New("on sway and the like, install grim")
	if grim, err := s.LookPath("grim"); err == nil {
		data, err := run.Output(ctx, run.Command{Argv: []string{grim, "-l", "1", "-"}, Output: maxFile, Time: toolTime})
		var img image.Image
		if err == nil {
			img, err = decodePNG(data)
		}
		if err == nil {
			return []image.Image{img}, nil
		}
		hint = err
	}
	img, err := capturePortal(ctx, s)
	switch {
	case err == nil:
		return []image.Image{img}, nil
	case errors.Is(err, ErrDeclined), ctx.Err() != nil:
		return nil, err
	}
	return nil, fmt.Errorf("%w; %w", err, hint)
}

// maxFile is the most that is read of a picture file, in bytes: one that does
// not compress at all.
const maxFile = 4*maxPixels + 1<<20

// decodePNG reads a picture after looking at its size.
func decodePNG(data []byte) (image.Image, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: the picture is no PNG file: %w", ErrNone, err)
	}
	if config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d pixels are too many", ErrNone, config.Width, config.Height)
	}
	return png.Decode(bytes.NewReader(data))
}
