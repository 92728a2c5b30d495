// Package tui is the live view of all codes, the picker of one account, and the
// plain lines that take the view's place where there is no screen.
//
// The view is a loop over three steps: draw what differs from the last frame,
// wait for a key, a signal or the next whole second, change the state. State and
// drawing know no terminal and no clock: a frame is lines of text made from the
// state, a size and a time, so tests read frames like a person does.
//
// It stands on package term alone. bubbletea v2.0.10 was tried and measured: it
// sends four queries to the terminal at the start (modes 2026 and 2027, two for
// the keyboard), whose answers a slow line delivers to the shell; it looks for
// changes 60 times a second, 1.35 % of a core for a view that changes once a
// second; and x/ansi, which it needs, costs 20 ms at every start of every
// command.
package tui

import (
	"context"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// Row is what the view knows of an account. Texts are raw: the view makes them
// safe.
type Row struct {
	Issuer       string
	Name         string
	Group        string // the heading it stands under, "" for none
	Favourite    bool   // stands first
	CounterBased bool   // HOTP: its code is made when asked for
	Unproven     bool   // no verified backup holds it

	// What a filter looks in, and what breaks a tie, besides: see account.Ranked.
	Aliases, Groups, Tags []string
	Note                  string
	LastUsed              int64 // Unix milliseconds
}

// Options is what the view shows and what it may do.
type Options struct {
	Terminal *term.Terminal
	Rows     []Row
	Now      func() time.Time

	// Code computes the code of a time-based row at t. It is asked for rows that
	// are on the screen, once for each code.
	Code func(row int, t time.Time) (otp.Code, error)

	// NextHOTP makes the next code of a counter-based row and has saved the
	// counter when it returns. It is called when the person asks for it.
	NextHOTP func(ctx context.Context, row int) (string, error)

	// Copy puts a code on the clipboard and returns what to tell: "copied; will
	// be cleared in 30 s".
	Copy func(ctx context.Context, code string) (message string, err error)

	Query  string // the filter to begin with
	Hidden bool   // show the code of the selected row only
	Colour bool
}

// Run shows the view until the person leaves it (nil, or term.ErrInterrupted
// for Ctrl-C), ctx ends or the terminal is gone. The terminal is as it was
// before in every case, also after a panic.
func Run(ctx context.Context, o Options) error {
	session, err := o.Terminal.Start(term.FullScreen())
	if err != nil {
		return err
	}
	defer session.Close()
	l := loop{view: newView(o, watching), session: session, terminal: o.Terminal, now: o.Now}
	return l.run(ctx)
}

// PickOptions is what the picker shows.
type PickOptions struct {
	Terminal *term.Terminal
	Rows     []Row
	Query    string // the filter to begin with
	Colour   bool
}

// Pick lets the person choose one row by typing parts of its name, and returns
// its index in Rows. Leaving without a choice is term.ErrInterrupted. It draws
// on the terminal, so standard output stays free for the answer.
func Pick(ctx context.Context, o PickOptions) (int, error) {
	session, err := o.Terminal.Start(term.FullScreen())
	if err != nil {
		return 0, err
	}
	defer session.Close()
	v := newView(Options{Rows: o.Rows, Query: o.Query, Colour: o.Colour}, picking)
	l := loop{view: v, session: session, terminal: o.Terminal, now: time.Now}
	if err := l.run(ctx); err != nil {
		return 0, err
	}
	return v.picked, nil
}
