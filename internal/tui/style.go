package tui

import (
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/term"
)

// style is a look that means nothing alone: every colour stands beside a sign or
// a text that says the same.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	green  style = "32"
	yellow style = "33"
	red    style = "1;31"
)

// The bar is drawn with coloured blanks, which are one cell wide in every
// terminal and every font.
const (
	barGreen  style = "42"
	barYellow style = "43"
	barRed    style = "41"
	barEmpty  style = "100"
)

// line is one line of a frame. Every part is put at its column by number: when a
// terminal takes a character for wider or narrower than we do, the columns after
// it stand nevertheless.
type line struct {
	b      strings.Builder
	width  int
	colour bool
	at     int
}

func (v *view) newLine() *line { return &line{width: v.width, colour: v.o.Colour} }

// put writes text at a column, cut to so many cells and to the window.
func (l *line) put(column, cells int, s style, text string) {
	text = term.Truncate(text, min(cells, l.width-column))
	if text == "" {
		return
	}
	if column != l.at {
		fmt.Fprintf(&l.b, "\x1b[%dG", column+1)
	}
	l.at = -1
	if s == plain || !l.colour {
		l.b.WriteString(text)
		return
	}
	l.b.WriteString("\x1b[" + string(s) + "m" + text + "\x1b[0m")
}

func (l *line) String() string { return l.b.String() }
