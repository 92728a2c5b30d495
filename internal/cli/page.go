package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// page is one QR code on the whole screen, with a line above and one below.
type page struct {
	symbol          *qr.Symbol
	text            string
	caption, footer string
	accounts        []account.Account
}

// captionRows are the lines that a page needs beside the symbol.
const captionRows = 2

// errTooSmall says that a symbol does not fit the terminal.
type errTooSmall struct{ rows, columns, haveRows, haveColumns int }

func (e *errTooSmall) Error() string {
	return fmt.Sprintf("the QR code needs a terminal of %d rows and %d columns; this one has %d and %d",
		e.rows, e.columns, e.haveRows, e.haveColumns)
}

// draw renders the symbol for the terminal. A picture protocol of the terminal
// needs no room in cells; blocks do, with a quiet zone of four modules or, where
// that does not fit, of two (reference: qr.md section 5).
func (p page) draw(t *term.Terminal, style string) (string, error) {
	columns, rows := t.Size()
	switch style {
	case "kitty":
		return p.symbol.Kitty(), nil
	case "sixel":
		return p.symbol.Sixel(), nil
	case "iterm2":
		return p.symbol.ITerm2(), nil
	}
	st := qr.HalfBlocks
	if style == "spaces" {
		st = qr.Spaces
	}
	var needRows, needColumns int
	for _, quiet := range []int{qr.QuietFull, qr.QuietSmall} {
		needRows, needColumns = p.room(st, quiet)
		if needRows+captionRows <= rows && needColumns <= columns {
			return p.symbol.TerminalQuiet(st, quiet), nil
		}
	}
	return "", &errTooSmall{needRows + captionRows, needColumns, rows, columns}
}

// room is how many rows and columns the symbol takes.
func (p page) room(style qr.Style, quiet int) (rows, columns int) {
	if style == qr.Spaces {
		side := len(p.symbol.Modules()) + 2*quiet
		return side, 2 * side
	}
	return p.symbol.Size(quiet)
}

// showPage draws a page on the alternate screen and waits for a key. The screen
// is cleared before it is left, so nothing stays in the scrollback.
func (app *App) showPage(ctx context.Context, t *term.Terminal, p page, style string) error {
	_, err := app.showPages(ctx, t, []page{p}, app.pageStyle(style))
	return err
}

// pageStyle chooses how to draw when the person did not: a terminal that draws
// pictures is known by its variables, never by asking it, which could stall.
func (app *App) pageStyle(style string) string {
	if style != "auto" && style != "" {
		return style
	}
	inside := app.Env.Get("TMUX") != "" || app.Env.Get("STY") != ""
	program := app.Env.Get("TERM_PROGRAM")
	switch {
	case inside:
		return "blocks"
	case app.Env.Get("KITTY_WINDOW_ID") != "", strings.Contains(app.Env.Get("TERM"), "kitty"), program == "ghostty":
		return "kitty"
	case program == "iTerm.app", program == "WezTerm":
		return "iterm2"
	}
	return "blocks"
}

// showPages shows pages one after the other; any key goes on, q or Ctrl-C stops.
// It returns how many were seen.
func (app *App) showPages(ctx context.Context, t *term.Terminal, pages []page, style string) (int, error) {
	drawn := make([]string, len(pages))
	for i, p := range pages {
		d, err := p.draw(t, style)
		if err != nil {
			return 0, err
		}
		drawn[i] = d
	}
	s, err := t.Start(term.FullScreen())
	if err != nil {
		return 0, err
	}
	defer s.Close()
	for i, p := range pages {
		fmt.Fprintf(t, "\x1b[2J\x1b[H%s\r\n%s\r\n%s", term.Safe(p.caption), strings.ReplaceAll(drawn[i], "\n", "\r\n"), term.Safe(p.footer))
		on, err := nextKey(ctx, s)
		if err != nil || !on {
			return i + 1, err
		}
	}
	return len(pages), nil
}

// nextKey waits for a key and reports whether to go on.
func nextKey(ctx context.Context, s *term.Session) (bool, error) {
	for {
		e, err := s.Next(ctx, nil)
		if err != nil {
			return false, err
		}
		if e.Kind != term.KeyEvent {
			continue
		}
		if e.Key.Ctrl('c') {
			return false, term.ErrInterrupted
		}
		return e.Key.Rune != 'q', nil
	}
}
