package cli

import (
	"errors"
	"slices"
	"strings"
)

// drawing is a way to draw a QR code on a terminal, as --style names it.
type drawing string

const (
	drawBlocks drawing = "blocks"
	drawSpaces drawing = "spaces"
	drawKitty  drawing = "kitty"
	drawSixel  drawing = "sixel"
	drawITerm2 drawing = "iterm2"

	styleAuto = "auto"
	styleHelp = "how to draw: auto, blocks, spaces, kitty, sixel, iterm2"
)

// isPicture reports whether the terminal gets a picture instead of characters.
func (d drawing) isPicture() bool { return d == drawKitty || d == drawSixel || d == drawITerm2 }

// drawings are the ways to try, the best first: the one that was asked for, or
// those that suit the terminal. A terminal that draws pictures is known by its
// variables, never by asking it, which could stall.
func (app *App) drawings(style string) ([]drawing, error) {
	if style != styleAuto && style != "" {
		if !slices.Contains([]drawing{drawBlocks, drawSpaces, drawKitty, drawSixel, drawITerm2}, drawing(style)) {
			return nil, usage("--style blocks", "--style: %q is none of auto, blocks, spaces, kitty, sixel, iterm2", style)
		}
		return []drawing{drawing(style)}, nil
	}
	name, program := app.Env.Get("TERM"), app.Env.Get("TERM_PROGRAM")
	switch {
	case name == "dumb":
		return nil, &Failure{errors.New("this terminal (TERM=dumb) cannot draw a QR code"), "", ExitFailed}
	case app.Env.Get("TMUX") != "", app.Env.Get("STY") != "": // what is around it cannot be known
		return []drawing{drawBlocks}, nil
	case app.Env.Get("KITTY_WINDOW_ID") != "", strings.Contains(name, "kitty"), program == "ghostty":
		return []drawing{drawKitty, drawBlocks}, nil
	case program == "iTerm.app", program == "WezTerm":
		return []drawing{drawITerm2, drawBlocks}, nil
	case strings.HasPrefix(name, "foot"), strings.HasPrefix(name, "mlterm"):
		return []drawing{drawSixel, drawBlocks}, nil
	case program == "Apple_Terminal": // puts space between lines
		return []drawing{drawSpaces, drawBlocks}, nil
	}
	return []drawing{drawBlocks}, nil
}
