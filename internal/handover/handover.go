// Package handover takes accounts to a phone by QR codes: it plans which accounts
// go on which page, draws pages on a terminal, walks a person through them, and
// checks the result by a code that the phone shows.
//
//	plan, err := handover.ToGoogle(accounts, rand)
//	pages, style, err := plan.Fit(t, styles, 0)
//	result, err := handover.Show(ctx, handover.Walk{Terminal: t, Pages: pages, Style: style, Now: now})
//
// A page is the secret. It is drawn on the alternate screen only, is wiped line by
// line before the screen is left, and nothing of it is in the scrollback afterwards,
// whatever ends the walk.
package handover

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// Page is one QR code on the whole screen, with a line above it and one more.
type Page struct {
	Symbol          *qr.Symbol
	Caption, Footer string // raw text; made safe when it is drawn
	Accounts        []account.Account
}

// Accounts are those of all pages, in order.
func Accounts(pages []Page) (all []account.Account) {
	for _, p := range pages {
		all = append(all, p.Accounts...)
	}
	return all
}

// Walk is what Show needs.
type Walk struct {
	Terminal *term.Terminal
	Person   *ask.Person // is asked for a code
	Pages    []Page
	Style    Style
	Now      func() time.Time
}

// Result is how far a person came.
type Result struct {
	Seen    []Page // the pages that were on the screen
	Stopped bool   // before the last page
	Proof   Proof  // what a code from the phone has shown
}

// Show shows pages one after the other: any key goes on, an arrow goes back, q,
// Escape and Ctrl-C stop. After the last one it asks for a code from the phone. The
// result is filled in also with an error, which is term.ErrInterrupted for Ctrl-C.
func Show(ctx context.Context, w Walk) (Result, error) {
	seen, stopped, err := w.pages(ctx)
	r := Result{Seen: w.Pages[:seen], Stopped: stopped || err != nil && seen < len(w.Pages)}
	var timed []account.Account // whose codes both sides can know
	for _, a := range Accounts(w.Pages) {
		if a.Type == account.TOTP {
			timed = append(timed, a)
		}
	}
	if err != nil || stopped || len(timed) == 0 {
		return r, err
	}
	// A code of any of them proves that the phone computes the same ones, before the
	// old phone is wiped.
	why := "to check it"
	if len(timed) > 1 {
		why = "or for another"
	}
	prompt := fmt.Sprintf("type the code the phone shows for %s, %s (enter skips): ", term.Safe(timed[0].Label()), why)
	defer w.Person.Hold()()
	for ; ; r.Proof = Disproven {
		code, err := w.Person.Line(ctx, prompt, nil)
		if errors.Is(err, term.ErrEOF) {
			return r, nil
		}
		if code = strings.Join(strings.Fields(width.Fold.String(code)), ""); err != nil || code == "" {
			return r, err
		}
		v := compare(timed, code, w.Now())
		w.Person.Say("%s", v.text)
		if v.right {
			r.Proof = Proven
			return r, nil
		}
	}
}

// Proof is what a code from the phone has shown.
type Proof int

// The outcomes of asking for a code.
const (
	NotTried Proof = iota
	Proven
	Disproven
)

// turn is what a person wants after a page.
type turn int

const (
	turnOn turn = iota
	turnBack
	turnStop
	turnAgain // the screen has to be drawn again
)

// pages returns how many pages were on the screen, from the first on, and whether
// the person stopped before the last one.
func (w Walk) pages(ctx context.Context) (seen int, stopped bool, err error) {
	// The page is wiped before it is left: a terminal without an alternate screen
	// would keep it.
	s, err := w.Terminal.Start(term.Screen{
		Enter: "\x1b[?1049h\x1b[?25l",
		Leave: wipe(canvasOf(w.Terminal), w.Style) + "\x1b[?25h\x1b[?1049l",
	})
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for i := 0; i < len(w.Pages); {
		c := canvasOf(w.Terminal)
		drawn, err := w.Pages[i].draw(c, w.Style)
		if err != nil { // the window became smaller meanwhile
			drawn = at(1, term.Truncate(err.Error(), c.columns))
		}
		fmt.Fprint(w.Terminal, wipe(c, w.Style)+drawn)
		seen = max(seen, i+1)
		next, err := nextTurn(ctx, s)
		switch {
		case err != nil:
			return seen, false, err
		case next == turnStop:
			return seen, i+1 < len(w.Pages), nil
		case next == turnOn:
			i++
		case next == turnBack:
			i = max(0, i-1)
		}
	}
	return seen, false, nil
}

// wipe empties the screen line by line: some terminals put what is cleared as a
// whole into the scrollback.
func wipe(c canvas, style Style) string {
	var b strings.Builder
	if style == Kitty {
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
		case e.Kind != term.KeyEvent:
			continue
		case e.Key.Ctrl('z'):
			return turnAgain, s.Suspend()
		case e.Pasted:
			continue
		}
		switch k := e.Key; {
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
}
