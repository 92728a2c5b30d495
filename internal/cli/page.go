package cli

import (
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// page is one QR code on the whole screen, with a line above it and one more.
type page struct {
	symbol          *qr.Symbol
	text            string
	caption, footer string
	accounts        []account.Account
}

// captionRows are the lines that a page needs beside the symbol.
const captionRows = 2

// canvas is the room of a terminal, and the size of its cells in pixels.
type canvas struct{ columns, rows, cellWidth, cellHeight int }

// A usual cell, for terminals that do not tell theirs.
const usualCellWidth, usualCellHeight = 8, 16

func canvasOf(t *term.Terminal) canvas {
	c := canvas{}
	c.columns, c.rows = t.Size()
	c.cellWidth, c.cellHeight = t.CellSize()
	if c.cellWidth == 0 || c.cellHeight == 0 {
		c.cellWidth, c.cellHeight = usualCellWidth, usualCellHeight
	}
	return c
}

// errTooSmall says that a symbol does not fit the terminal.
type errTooSmall struct{ rows, columns, haveRows, haveColumns int }

func (e *errTooSmall) Error() string {
	return fmt.Sprintf("the QR code needs a terminal of %d columns and %d rows; this one has %d and %d",
		e.columns, e.rows, e.haveColumns, e.haveRows)
}

// draw gives the whole page for an empty screen: without a line feed, so that
// nothing scrolls. The error is an *errTooSmall.
func (p page) draw(c canvas, style drawing) (string, error) {
	caption := term.Truncate(term.Safe(oneLine(p.caption)), c.columns)
	footer := term.Truncate(term.Safe(p.footer), c.columns)
	if style.isPicture() {
		picture, err := p.picture(c, style)
		// How many rows a picture takes is the terminal's affair: both lines go above.
		return at(1, caption) + at(2, footer) + at(captionRows+1, picture), err
	}
	lines, err := p.cells(c, style)
	var b strings.Builder
	b.WriteString(at(1, caption))
	for i, line := range lines {
		b.WriteString(at(2+i, line))
	}
	return b.String() + at(2+len(lines), footer), err
}

// at places text at the beginning of a row, counted from 1.
func at(row int, text string) string { return fmt.Sprintf("\x1b[%d;1H%s", row, text) }

// cells draws with characters, with a quiet zone of four modules or, where that
// does not fit, of two (qr.md section 5).
func (p page) cells(c canvas, style drawing) ([]string, error) {
	how := qr.HalfBlocks
	if style == drawSpaces {
		how = qr.Spaces
	}
	var rows, columns int
	for _, quiet := range []int{qr.QuietFull, qr.QuietSmall} {
		rows, columns = p.room(how, quiet)
		if rows+captionRows <= c.rows && columns <= c.columns {
			return strings.Split(strings.TrimSuffix(p.symbol.TerminalQuiet(how, quiet), "\n"), "\n"), nil
		}
	}
	return nil, &errTooSmall{rows + captionRows, columns, c.rows, c.columns}
}

// room is how many rows and columns the symbol takes.
func (p page) room(style qr.Style, quiet int) (rows, columns int) {
	if style == qr.Spaces {
		side := len(p.symbol.Modules()) + 2*quiet
		return side, 2 * side
	}
	return p.symbol.Size(quiet)
}

// A module of a picture has so many pixels: fewer are hard for a camera, more
// are of no use.
const leastModule, mostModule = 3, 8

// picture draws with a picture protocol of the terminal. The row below the
// picture stays free, because the cursor goes there.
func (p page) picture(c canvas, style drawing) (string, error) {
	side := len(p.symbol.Modules()) + 2*qr.QuietFull
	module := min((c.rows-captionRows-1)*c.cellHeight/side, c.columns*c.cellWidth/side, mostModule)
	if module < leastModule {
		least := side * leastModule
		return "", &errTooSmall{captionRows + 1 + ceil(least, c.cellHeight), ceil(least, c.cellWidth), c.rows, c.columns}
	}
	drawn := ""
	switch style {
	case drawKitty:
		drawn = p.symbol.Kitty(module)
	case drawSixel:
		drawn = p.symbol.Sixel(module)
	case drawITerm2:
		drawn = p.symbol.ITerm2(module)
	}
	return strings.TrimSuffix(drawn, "\n"), nil
}

func ceil(a, b int) int { return (a + b - 1) / b }
