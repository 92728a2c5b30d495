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
	"crypto/rand"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/process"
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
	person    *ask.Person
	command   *cobra.Command     // that runs; nil before that
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
	json, yes, force    bool // of the commands that have such a flag
}

// version is set by the linker in a release: -ldflags "-X …/internal/cli.version=1.2.3".
var version string

// FromOS is the real outside world. It also makes the process hard to look
// into, before any secret is read.
func FromOS() System {
	process.Harden()
	home, _ := os.UserHomeDir()
	args := os.Args[1:]
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == askpassName {
		args = append([]string{"askpass", "--"}, args...)
	}
	return System{
		Args: args, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: config.Env{Lookup: os.Getenv, Home: home},     //permit:os.Getenv
		Now: time.Now, Rand: rand.Reader, Version: Version, //permit:time.Now
		InIsTerminal: term.IsTerminal(os.Stdin), OutIsTerminal: term.IsTerminal(os.Stdout),
		ErrIsTerminal: term.IsTerminal(os.Stderr), OutWasClosed: process.WasClosed(os.Stdout),
		Terminal: term.Open, Signals: onSignal, Sleep: sleep, Asker: asker.Find, Executable: os.Executable,
	}
}

// Version is the release's version, or what the toolchain knows of the build.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// newApp prepares an App; it opens nothing.
func newApp(sys System) *App {
	app := &App{System: sys}
	app.person = &ask.Person{Open: app.terminal, Tell: app.tell, Getenv: sys.Env.Get, Rand: sys.Rand}
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

// terminal opens the terminal for a picture or a view; questions are app.person's.
// With --no-input there is none.
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

// answersAtOnce marks a command that reads, prints and ends. It starts without
// listening for signals, and dies of one as any program does: nothing is half
// done. To listen, the runtime changes threads twice for each signal, and again
// to stop: a millisecond, a fifth of what `jangle code` takes (measured).
const answersAtOnce = "answers at once"

// listen turns Ctrl-C and the system's wish that the process ends into the end of
// the command's context. Commands that answer at once call it before they wait for
// a person, who would find a terminal without echo or a dialog left over, and
// before they change something.
func (app *App) listen() {
	app.listening.Do(func() {
		if app.Signals != nil {
			app.Signals(app.cancel)
		}
	})
}

func (app *App) listenUnlessAtOnce(cmd *cobra.Command, _ []string) {
	app.command = cmd
	if _, quick := cmd.Annotations[answersAtOnce]; !quick {
		app.listen()
	}
}

// onSignal calls f when the process is asked to end. It listens for as long as the
// process lives.
func onSignal(f func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-asked
		f()
	}()
}

// confirm asks, unless --yes was given. Without a terminal the
// answer must have been.
func (app *App) confirm(ctx context.Context, format string, args ...any) error {
	if app.global.yes {
		return nil
	}
	return app.person.Confirm(ctx, message(format, args), usage(app.again("--yes"), "nobody can be asked whether to go on"))
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
		System: system, ClearAfter: c.ClearClipboardAfter.Or(config.DefaultClearAfter), Executable: self,
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
