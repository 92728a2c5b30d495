// Package cli is jangle's commands: one file for each, with its options, its
// constructor and its run function.
//
// A command does five things at most: open the store, load the document, find
// the account, do the one thing that it is for, and print. All that it needs from
// outside (streams, clock, environment, terminal) comes in through App, so every
// command runs in a test as it runs for a person.
//
// Answers go to stdout and everything else to stderr. Text from outside passes
// term.Safe in the print functions of this package and nowhere else.
package cli

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/term"
)

// System is the outside world as main or a test hands it in.
type System struct {
	Args    []string // without the program's name
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Env     config.Env
	Now     func() time.Time
	Rand    io.Reader
	Version func() string

	// Which of the streams are terminals, and whether stdout was closed when the
	// program began.
	InIsTerminal, OutIsTerminal, ErrIsTerminal, OutWasClosed bool

	// Terminal opens the terminal for prompts, also while stdin is a pipe.
	Terminal func() (*term.Terminal, error)

	// Signals calls f, from another goroutine, when the process is asked to end.
	// nil: nobody asks.
	Signals func(f func())

	// Sleep waits until the context ends or the span is over.
	Sleep func(ctx context.Context, d time.Duration) error

	// WorkFactor is the cost of a new passphrase of a backup or of the file store; 0
	// is the right one.
	// Tests, which would take a second for each, choose less.
	WorkFactor int

	// Asker tells which program asks with a prompt.
	Asker func(ctx context.Context, prompt string) (asker.Asker, error)

	// Executable is the path of this program, to start itself again.
	Executable func() (string, error)
}

// App is what every command gets: the outside world and the options that are
// valid everywhere.
type App struct {
	System
	out, err  *checkedWriter
	hider     *hider // below err
	global    globalOptions
	cancel    context.CancelFunc // ends the command's context
	listening sync.Once
}

// globalOptions are the flags of the root command.
type globalOptions struct {
	store               string // "keyring" or "file", empty for the remembered one
	storePassphraseFile string
	noPassphrase        bool
	noInput             bool
	noColour            bool
	quiet               bool
	json                bool // set by commands that have --json, for errors
}

// newApp prepares an App; it opens nothing.
func newApp(sys System) *App {
	app := &App{System: sys}
	app.out = &checkedWriter{w: sys.Out}
	app.hider = &hider{Writer: sys.Err, secrets: secretArgs(sys.Args)}
	app.err = &checkedWriter{w: app.hider}
	return app
}

// interactive reports whether a person can be asked.
func (app *App) interactive() bool {
	if app.global.noInput || app.Terminal == nil {
		return false
	}
	t, err := app.Terminal()
	if err != nil {
		return false
	}
	t.Close()
	return true
}

// terminal opens the terminal for a prompt; with --no-input there is none.
func (app *App) terminal() (*term.Terminal, error) {
	if app.global.noInput || app.Terminal == nil {
		return nil, term.ErrNoTerminal
	}
	app.listen()
	return app.Terminal()
}

// colour reports whether stdout may be coloured.
func (app *App) colour() bool {
	return app.OutIsTerminal && !app.global.noColour && term.MayColour(app.Env.Get)
}

// errOutputClosed says that nobody can get an answer.
var errOutputClosed = errors.New("standard output is closed")

// checkedWriter remembers the first error, so that a full disk or a closed
// stdout is never taken for success.
type checkedWriter struct {
	w     io.Writer
	first error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil && c.first == nil {
		c.first = err
	}
	return n, err
}

// readAll reads a file, or standard input for "-": at most limit bytes and one
// more. It can be interrupted.
func (app *App) readAll(ctx context.Context, path string, limit int64) ([]byte, error) {
	return input.ReadFile(ctx, app.In, path, limit)
}

// readTrusted is readAll for what is believed: passphrases, keys, recipients.
func (app *App) readTrusted(ctx context.Context, path string, limit int64) ([]byte, error) {
	return input.ReadTrusted(ctx, app.In, path, limit)
}

// oneReader refuses to read two things from one standard input: the second would
// find it empty. sources are names of files, "-" for standard input.
func (app *App) oneReader(sources ...string) error {
	n := 0
	for _, s := range append(sources, app.global.storePassphraseFile) {
		if s == "-" {
			n++
		}
	}
	if n > 1 {
		return usage("a file for one of them", "two things are to be read from standard input")
	}
	return nil
}
