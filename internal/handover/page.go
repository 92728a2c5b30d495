package handover

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// Style is a way to draw a QR code on a terminal, as --style names it.
type Style string

// The styles. Auto is the one that suits the terminal.
const (
	Auto   Style = "auto"
	Blocks Style = "blocks"
	Spaces Style = "spaces"
	Kitty  Style = "kitty"
	Sixel  Style = "sixel"
	ITerm2 Style = "iterm2"
)

// AllStyles lists the styles for a person.
const AllStyles = "auto, blocks, spaces, kitty, sixel, iterm2"

// Known reports whether there is such a style.
func (s Style) Known() bool { return slices.Contains(strings.Split(AllStyles, ", "), string(s)) }

// ErrDumb says that the terminal can place nothing.
var ErrDumb = errors.New("this terminal (TERM=dumb) cannot draw a QR code")

// StylesFor are the styles to try, the best first: the one that was asked for, or
// for Auto those that suit the terminal. A terminal that draws pictures is known by
// its variables, never by asking it, which could stall. The error is ErrDumb.
func StylesFor(asked Style, variable func(string) string) ([]Style, error) {
	if asked != Auto {
		return []Style{asked}, nil
	}
	name, program := variable("TERM"), variable("TERM_PROGRAM")
	switch {
	case name == "dumb":
		return nil, ErrDumb
	case variable("TMUX") != "", variable("STY") != "": // what is around it cannot be known
		return []Style{Blocks}, nil
	case variable("KITTY_WINDOW_ID") != "", strings.Contains(name, "kitty"), program == "ghostty":
		return []Style{Kitty, Blocks}, nil
	case program == "iTerm.app", program == "WezTerm":
		return []Style{ITerm2, Blocks}, nil
	case strings.HasPrefix(name, "foot"), strings.HasPrefix(name, "mlterm"):
		return []Style{Sixel, Blocks}, nil
	case program == "Apple_Terminal": // puts space between lines
		return []Style{Spaces, Blocks}, nil
	}
	return []Style{Blocks}, nil
}

// canvas is the room of a terminal, and the size of its cells in pixels.
type canvas struct{ columns, rows, cellWidth, cellHeight int }

func canvasOf(t *term.Terminal) canvas {
	c := canvas{}
	c.columns, c.rows = t.Size()
	c.cellWidth, c.cellHeight = t.CellSize()
	if c.cellWidth == 0 || c.cellHeight == 0 {
		c.cellWidth, c.cellHeight = 8, 16 // a usual cell, for terminals that do not tell theirs
	}
	return c
}

// TooSmallError says that a page does not fit the terminal.
type TooSmallError struct{ Rows, Columns, HaveRows, HaveColumns int }

func (e *TooSmallError) Error() string {
	return fmt.Sprintf("the QR code needs a terminal of %d columns and %d rows; this one has %d and %d",
		e.Columns, e.Rows, e.HaveColumns, e.HaveRows)
}

// FirstFit is the first style with which all pages fit the terminal. The error is a
// *TooSmallError.
func FirstFit(t *term.Terminal, pages []Page, styles []Style) (Style, error) {
	c := canvasOf(t)
	var err error
	for _, style := range styles {
		err = nil
		for _, p := range pages {
			if _, err = p.draw(c, style); err != nil {
				break
			}
		}
		if err == nil {
			return style, nil
		}
	}
	return "", err
}

// captionRows are the lines that a page needs beside the symbol.
const captionRows = 2

// A module of a picture has so many pixels: fewer are hard for a camera, more are
// of no use.
const leastModule, mostModule = 3, 8

// draw gives the whole page for an empty screen: without a line feed, so that
// nothing scrolls. The error is a *TooSmallError.
func (p Page) draw(c canvas, style Style) (string, error) {
	caption := at(1, term.Truncate(term.Safe(p.Caption), c.columns))
	footer := term.Truncate(term.Safe(p.Footer), c.columns)
	if style != Blocks && style != Spaces {
		side := len(p.Symbol.Modules()) + 2*qr.QuietFull
		// The row below the picture stays free, because the cursor goes there.
		module := min((c.rows-captionRows-1)*c.cellHeight/side, c.columns*c.cellWidth/side, mostModule)
		if module < leastModule {
			cells := func(cell int) int { return (side*leastModule + cell - 1) / cell }
			return "", &TooSmallError{captionRows + 1 + cells(c.cellHeight), cells(c.cellWidth), c.rows, c.columns}
		}
		picture := ""
		switch style {
		case Kitty:
			picture = p.Symbol.Kitty(module)
		case Sixel:
			picture = p.Symbol.Sixel(module)
		case ITerm2:
			picture = p.Symbol.ITerm2(module)
		}
		// How many rows a picture takes is the terminal's affair: both lines go above.
		return caption + at(2, footer) + at(captionRows+1, strings.TrimSuffix(picture, "\n")), nil
	}
	how := qr.HalfBlocks
	if style == Spaces {
		how = qr.Spaces
	}
	var rows, columns int
	for _, quiet := range []int{qr.QuietFull, qr.QuietSmall} { // four modules or, where that does not fit, two
		if rows, columns = p.Symbol.Size(quiet); how == qr.Spaces {
			side := len(p.Symbol.Modules()) + 2*quiet
			rows, columns = side, 2*side
		}
		if rows+captionRows > c.rows || columns > c.columns {
			continue
		}
		lines := strings.Split(strings.TrimSuffix(p.Symbol.TerminalQuiet(how, quiet), "\n"), "\n")
		drawn := caption
		for i, line := range lines {
			drawn += at(2+i, line)
		}
		return drawn + at(2+len(lines), footer), nil
	}
	return "", &TooSmallError{rows + captionRows, columns, c.rows, c.columns}
}

// at places text at the beginning of a row, counted from 1.
func at(row int, text string) string { return fmt.Sprintf("\x1b[%d;1H%s", row, text) }
