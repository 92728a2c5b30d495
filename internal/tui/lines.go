package tui

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
)

// LinesOptions is what Lines prints.
type LinesOptions struct {
	Rows []Row
	Now  func() time.Time
	Code func(row int, t time.Time) (otp.Code, error)

	// Wait returns when the span is over or, with its error, when ctx ends.
	Wait func(ctx context.Context, d time.Duration) error

	// Write prints one code; nil for time, label and code.
	Write func(row int, c otp.Code) error

	// Failed is told once of every row that has no code.
	Failed func(row int, err error)
}

// Lines prints a line for every code that begins, the ones of now first: time,
// label and code with tabs between. It is the live view for a pipe, a log and a
// terminal that can only print. Counter-based rows have no place in it. It ends
// with ctx, or when w does not take more.
func Lines(ctx context.Context, w io.Writer, o LinesOptions) error {
	p := linePrinter{LinesOptions: o, entries: newEntries(o.Rows), shown: make([]otp.Code, len(o.Rows)), failed: make([]bool, len(o.Rows))}
	for {
		now := o.Now()
		if err := p.print(w, now); err != nil {
			return err
		}
		if err := o.Wait(ctx, untilNextSecond(now)); err != nil {
			return err
		}
	}
}

type linePrinter struct {
	LinesOptions
	entries []entry
	shown   []otp.Code
	failed  []bool
}

func (p *linePrinter) print(w io.Writer, now time.Time) error {
	for i := range p.entries {
		c := p.shown[i]
		if p.entries[i].CounterBased || p.failed[i] || !now.Before(c.From) && now.Before(c.Until) {
			continue
		}
		code, err := p.Code(i, now)
		if err != nil {
			p.failed[i] = true
			p.Failed(i, err)
			continue
		}
		p.shown[i] = code
		if p.Write != nil {
			if err := p.Write(i, code); err != nil {
				return err
			}
			continue
		}
		at := now.UTC().Format(time.RFC3339)
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", at, p.entries[i].label(), code.Text); err != nil {
			return err
		}
	}
	return nil
}
