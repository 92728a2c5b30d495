package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// turn is what a person wants after a page.
type turn int

const (
	turnOn turn = iota
	turnBack
	turnStop
	turnAgain // the screen has to be drawn again
)

// viewed is how far a person looked at pages.
type viewed struct {
	pages   int // how many were on the screen, from the first on
	stopped bool
}

// showPages shows pages one after the other on the alternate screen: any key
// goes on, an arrow goes back, q, Escape and Ctrl-C stop. When it returns, also
// with an error, nothing of a page is on the screen or in the scrollback.
func showPages(ctx context.Context, t *term.Terminal, pages []page, style drawing) (v viewed, err error) {
	s, err := t.Start(pageScreen(canvasOf(t), style))
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for i := 0; i < len(pages); {
		showOne(t, pages[i], style)
		v.pages = max(v.pages, i+1)
		next, err := nextTurn(ctx, s)
		switch {
		case err != nil:
			return v, err
		case next == turnStop:
			v.stopped = i+1 < len(pages)
			return v, nil
		case next == turnOn:
			i++
		case next == turnBack:
			i = max(0, i-1)
		}
	}
	return v, nil
}

// showOne draws a page for the window's size of now.
func showOne(t *term.Terminal, p page, style drawing) {
	c := canvasOf(t)
	drawn, err := p.draw(c, style)
	if err != nil { // the window became smaller meanwhile
		drawn = at(1, term.Truncate(err.Error(), c.columns))
	}
	fmt.Fprint(t, wipe(c, style)+drawn)
}

// pageScreen is the alternate screen without a cursor. The page is wiped before
// it is left: a terminal without an alternate screen would keep it.
func pageScreen(c canvas, style drawing) term.Screen {
	return term.Screen{
		Enter: "\x1b[?1049h\x1b[?25l",
		Leave: wipe(c, style) + "\x1b[?25h\x1b[?1049l",
	}
}

// wipe empties the screen line by line: some terminals put what is cleared as a
// whole into the scrollback.
func wipe(c canvas, style drawing) string {
	var b strings.Builder
	if style == drawKitty {
		b.WriteString(qr.KittyErase)
	}
	b.WriteString("\x1b[0m")
	for row := range c.rows {
		b.WriteString(at(row+1, "\x1b[2K"))
	}
	return b.String() + "\x1b[H"
}

// nextTurn waits for a key. Keys of a paste are none.
func nextTurn(ctx context.Context, s *term.Session) (turn, error) {
	for {
		e, err := s.Next(ctx, nil)
		switch {
		case err != nil:
			return turnStop, err
		case e.Kind == term.ResizeEvent, e.Kind == term.ResumeEvent:
			return turnAgain, nil
		case e.Kind == term.KeyEvent && e.Key.Ctrl('z'):
			return turnAgain, s.Suspend()
		case e.Kind == term.KeyEvent && !e.Pasted:
			return turnOf(e.Key)
		}
	}
}

func turnOf(k term.Key) (turn, error) {
	switch {
	case k.Ctrl('c'), k.Ctrl('\\'):
		return turnStop, term.ErrInterrupted
	case k.Ctrl('d'), k.Code == term.KeyEscape, k.Code == term.KeyRune && (k.Rune == 'q' || k.Rune == 'Q'):
		return turnStop, nil
	case k.Ctrl('l'):
		return turnAgain, nil
	case k.Code == term.KeyLeft, k.Code == term.KeyUp, k.Code == term.KeyPageUp, k.Code == term.KeyBackspace:
		return turnBack, nil
	}
	return turnOn, nil
}
