package qr

import "strings"

// Style is a way to draw modules with characters.
type Style int

const (
	// HalfBlocks draws two modules in one character cell.
	HalfBlocks Style = iota
	// Spaces draws one module as two spaces, for terminals that put space
	// between lines or draw block characters badly.
	Spaces
)

// Quiet zones, in modules. The standard asks for four; every reader that was
// tried is content with two.
const (
	QuietFull  = 4
	QuietSmall = 2
)

// Both colours of every cell are set, as numbers 16 and 231 of the 256-colour
// cube, which themes do not change. Only the lower half block is used, because
// fonts draw the seams of ▀ and █ differently. Of all the ways tried this and
// the one with spaces were read by all of six readers, on dark and on light
// themes; the usual half-block drawings failed in four of six on a light one.
const (
	darkBack, lightBack = "48;5;16", "48;5;231"
	darkInk, lightInk   = "38;5;16", "38;5;231"
	plain               = "\x1b[0m"
)

// Size is the room the code takes when drawn with half blocks and the given
// quiet zone.
func (s *Symbol) Size(quiet int) (rows, cols int) {
	n := len(s.modules) + 2*quiet
	return (n + 1) / 2, n
}

// Terminal draws the code with escape sequences, lines ending in a newline.
// The quiet zone is four modules.
func (s *Symbol) Terminal(style Style) string { return s.TerminalQuiet(style, QuietFull) }

// TerminalQuiet is Terminal with a quiet zone of the given width.
func (s *Symbol) TerminalQuiet(style Style, quiet int) string {
	var b strings.Builder
	n := len(s.modules)
	rows, cell := 2, "▄"
	if style == Spaces {
		rows, cell = 1, "  "
	}
	for y := -quiet; y < n+quiet; y += rows {
		last := ""
		for x := -quiet; x < n+quiet; x++ {
			colours := pick(s.dark(x, y), darkBack, lightBack)
			if style != Spaces {
				colours += ";" + pick(s.dark(x, y+1), darkInk, lightInk)
			}
			if colours != last {
				b.WriteString("\x1b[" + colours + "m")
				last = colours
			}
			b.WriteString(cell)
		}
		b.WriteString(plain + "\n")
	}
	return b.String()
}

func pick(dark bool, ifDark, ifLight string) string {
	if dark {
		return ifDark
	}
	return ifLight
}

// Fits gives the widest of the two quiet zones with which the code fits a
// terminal of rows by cols, drawn with half blocks, with one line left for the
// prompt; ok is false when it fits with neither.
func (s *Symbol) Fits(rows, cols int) (quiet int, ok bool) {
	for _, quiet := range []int{QuietFull, QuietSmall} {
		if r, c := s.Size(quiet); r <= rows-1 && c <= cols {
			return quiet, true
		}
	}
	return QuietSmall, false
}
