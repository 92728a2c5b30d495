//go:build unix

package cli

import (
	"os"
	"slices"
	"syscall"

	"github.com/jangle-otp/jangle/internal/term"
)

// passedOn are the signals that a command gets from us. Ctrl-C and Ctrl-\ reach
// it without us where there is a terminal; twice would be once too often for
// programs that take the second for "at once".
func (app *App) passedOn() []os.Signal {
	t, err := app.openTerminal()
	if err != nil {
		return allPassedOn()
	}
	t.Close()
	return slices.DeleteFunc(allPassedOn(), func(s os.Signal) bool { return s == syscall.SIGINT || s == syscall.SIGQUIT })
}

// allPassedOn are those of a command on a terminal of its own, which gets
// nothing from ours.
func allPassedOn() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
}

// openTerminal is the person's terminal for handing keys on; --no-input is about
// questions of ours.
func (app *App) openTerminal() (*term.Terminal, error) {
	if app.Terminal == nil {
		return nil, term.ErrNoTerminal
	}
	return app.Terminal()
}
