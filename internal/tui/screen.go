package tui

import (
	"fmt"
	"io"
	"strings"
)

// screen remembers what the terminal shows, to send only lines that changed.
type screen struct {
	shown []string
	known bool
}

// forget makes the next frame a complete one: after a resize or a suspension
// nobody knows what the terminal shows.
func (s *screen) forget() { s.known = false }

// draw writes what differs in frame. The brackets of mode 2026 let terminals
// that know it show the frame at once; the others ignore them.
func (s *screen) draw(w io.Writer, frame []string) error {
	var b strings.Builder
	if !s.known {
		b.WriteString("\x1b[2J")
		s.shown = nil
	}
	for i, line := range frame {
		if i >= len(s.shown) || s.shown[i] != line {
			fmt.Fprintf(&b, "\x1b[%d;1H\x1b[2K%s", i+1, line)
		}
	}
	s.shown, s.known = frame, true
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w, "\x1b[?2026h"+b.String()+"\x1b[?2026l")
	return err
}
