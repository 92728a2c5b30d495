// Package clipboard puts a code on the desktop's clipboard, takes it away again
// when it is still there, and reads what a person copied.
//
// A desktop's clipboard belongs to other programs: wl-copy on Wayland, xclip or
// xsel on X11, pbcopy on macOS; on Windows it is a few calls. They are looked up
// when they are used and get the text on standard input, never as an argument:
// arguments are readable by every user of the machine.
//
// No library: atotto/clipboard v0.1.4 looks through PATH up to six times before main
// (0.16 ms of every start), cannot clear and marks nothing as a secret;
// golang.design/x/clipboard v0.7.1 needs cgo on Linux and macOS.
//
// Over SSH there is no desktop, but the terminal has one: the escape sequence
// OSC 52 asks it to take a text. Nothing comes back, so whether it did is not
// known and the text cannot be compared or cleared; the message says so.
package clipboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/jangle-otp/jangle/internal/run"
)

// Errors that a person can do something about.
var (
	// ErrNone: no clipboard is within reach; the message says what is missing.
	ErrNone = errors.New("no clipboard")
	// ErrEmpty: the clipboard holds neither text nor a picture.
	ErrEmpty = errors.New("the clipboard holds neither text nor a picture")
	// ErrWriteOnly: the terminal's clipboard (OSC 52) cannot be read.
	ErrWriteOnly = errors.New("the clipboard of the terminal (OSC 52) can be written only")
)

// maxContent is the most that is read from a clipboard, in bytes: as much as a
// picture file may have.
const maxContent = 20 << 20

// callTime is how long a clipboard program may take. xclip waits for ever when
// the program that owns the selection hangs.
const callTime = 5 * time.Second

// System is what finding a clipboard depends on.
type System struct {
	Getenv   func(string) string
	LookPath func(string) (string, error) // nil for run.Find
	Terminal io.Writer                    // for OSC 52; nil when there is none
}

// Clipboard is one way to the clipboard.
type Clipboard struct{ b backend }

// backend is a desktop's clipboard, or a terminal's.
type backend interface {
	name() string
	write(ctx context.Context, text []byte) error
	readText(ctx context.Context) ([]byte, error)
	readImage(ctx context.Context) ([]byte, error) // nil when there is no picture
	clear(ctx context.Context) error
}

// Content is what a person copied: a picture file, a text, or both.
type Content struct{ Image, Text []byte }

// Find looks for a clipboard. The error wraps ErrNone and says what to install.
func Find(s System) (*Clipboard, error) {
	if s.LookPath == nil {
		s.LookPath = run.Find
	}
	b, err := find(s, runtime.GOOS)
	if err != nil {
		return nil, err
	}
	return &Clipboard{b}, nil
}

// Name is the program or the way that is used: "wl-copy", "OSC 52".
func (c *Clipboard) Name() string { return c.b.name() }

// Write puts a text on the clipboard.
func (c *Clipboard) Write(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return c.b.write(ctx, text)
}

// Read returns what is on the clipboard, of a picture and a text both. Errors:
// ErrEmpty, ErrWriteOnly, and that of the clipboard's program.
func (c *Clipboard) Read(ctx context.Context) (Content, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	image, err := c.b.readImage(ctx)
	if err != nil {
		return Content{}, err
	}
	text, err := c.b.readText(ctx)
	if err != nil && len(image) == 0 {
		return Content{}, err
	}
	if len(image) == 0 && len(text) == 0 {
		return Content{}, ErrEmpty
	}
	return Content{Image: image, Text: text}, nil
}

// Readable reports whether what is on the clipboard can be read, and so
// compared and cleared.
func (c *Clipboard) Readable() bool {
	_, terminal := c.b.(osc52)
	return !terminal
}

// ClearIfStill empties the clipboard if it holds just that text.
func (c *Clipboard) ClearIfStill(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	now, err := c.b.readText(ctx)
	if err != nil {
		return fmt.Errorf("cannot compare the clipboard: %w", err)
	}
	const end = "\r\n\x00" // some programs add one
	if !bytes.Equal(bytes.TrimRight(now, end), bytes.TrimRight(text, end)) {
		return nil
	}
	return c.b.clear(ctx)
}
