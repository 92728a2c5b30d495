package term

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width is the number of terminal cells that s takes: 2 for 日, 1 for é however
// it is spelled, 0 for a combining mark. s has gone through Safe.
//
// It uses clipperhouse/displaywidth, which is what charmbracelet/x/ansi uses,
// and not x/ansi itself: that one links go-runewidth, whose version 0.0.27
// builds tables for 20 to 40 ms at every start (measured with inittrace).
//
// Where emoji are joined it is the most: a terminal that does not know a picture of
// them draws each.
func Width(s string) int { return displaywidth.String(apart(s)) }

// apart is s with nothing joined.
func apart(s string) string { return strings.ReplaceAll(s, string(joiner), "") }

// Truncate returns s if it fits into so many cells, and otherwise what fits
// with "…" at its end. Fewer than one cell is nothing.
func Truncate(s string, cells int) string {
	switch {
	case cells <= 0:
		return ""
	case len(s) <= cells, Width(s) <= cells: // a cell takes at least one byte
		return s
	}
	return displaywidth.TruncateString(apart(s), cells, "…")
}

// Pad returns s with blanks after it up to so many cells, or cut to them.
func Pad(s string, cells int) string {
	s = Truncate(s, cells)
	return s + strings.Repeat(" ", max(0, cells-Width(s)))
}
