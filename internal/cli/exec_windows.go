package cli

import (
	"os"

	"github.com/jangle-otp/jangle/internal/term"
)

// passedOn is nothing: the console tells every program on it of Ctrl-C.
func (app *App) passedOn() []os.Signal { return nil }

func allPassedOn() []os.Signal { return nil }

func (app *App) openTerminal() (*term.Terminal, error) { return nil, term.ErrNoTerminal }
