// Package screen takes a picture of what is on the screen, of all monitors, so
// that a QR code in a browser can be read without saving it.
//
// The picture holds whatever else is on the screen, so it stays in memory. Where
// a desktop hands it out only as a file, the file is in a directory that nobody
// else can read, or where the desktop put it, and is removed at once.
//
//	X11       the X server is asked directly
//	Wayland   grim, where the compositor lets it; else the desktop portal, which
//	          asks the person
//	macOS     screencapture
//	Windows   GDI
package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
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
	switch runtime.GOOS {
	case "darwin", "windows":
		return captureNative(ctx, s)
	}
	return captureDesktop(ctx, s)
}

// captureDesktop asks Wayland before X11: an X server inside Wayland shows the
// windows of X programs on black.
func captureDesktop(ctx context.Context, s System) ([]image.Image, error) {
	display := s.Getenv("DISPLAY")
	switch {
	case s.Getenv("WAYLAND_DISPLAY") != "":
		return captureWayland(ctx, s)
	case display == "":
		return nil, fmt.Errorf("%w: there is no desktop here (neither WAYLAND_DISPLAY nor DISPLAY is set)", ErrNone)
	case !isLocal(display):
		return nil, fmt.Errorf("%w: the display %q is on another machine", ErrNone, display)
	}
	img, err := captureX11(ctx, display)
	if err != nil {
		return nil, err
	}
	return []image.Image{img}, nil
}

// isLocal is false for a display behind a network connection, which is never
// made: ":0", "unix:0" and a path are of this machine.
func isLocal(display string) bool {
	host := display[:max(0, strings.LastIndex(display, ":"))]
	return host == "" || host == "unix" || strings.HasPrefix(host, "/")
}

// captureWayland tries grim, which compositors of the wlroots kind and KDE
// answer, and then the portal, which all desktops have.
func captureWayland(ctx context.Context, s System) ([]image.Image, error) {
	grim, err := s.LookPath("grim")
	var refused error
	if err == nil {
		var img image.Image
		if img, refused = captureGrim(ctx, grim); refused == nil {
			return []image.Image{img}, nil
		}
	}
	img, err := capturePortal(ctx, s)
	switch {
	case err == nil:
		return []image.Image{img}, nil
	case errors.Is(err, ErrDeclined), ctx.Err() != nil:
		return nil, err
	case refused != nil:
		return nil, fmt.Errorf("%w; %w", err, refused)
	}
	return nil, fmt.Errorf("%w; on sway and the like, install grim", err)
}
