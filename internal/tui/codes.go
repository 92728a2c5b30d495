package tui

import (
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
)

// codes keeps the codes of rows until they end, so that a code is computed once
// and not every second.
type codes struct {
	compute func(row int, t time.Time) (otp.Code, error)
	now     map[int]computed
	next    map[int]computed
	counter map[int]string // counter-based rows: the code that was made here
}

type computed struct {
	code otp.Code
	err  error
	at   time.Time // when an error was found out
}

// retryAfter is how long an error is believed.
const retryAfter = 30 * time.Second

func newCodes(o Options) codes {
	return codes{compute: o.Code, now: map[int]computed{}, next: map[int]computed{}, counter: map[int]string{}}
}

// at returns the code of a time-based row at t.
func (c *codes) at(row int, t time.Time) (otp.Code, error) {
	return c.cached(c.now, row, t)
}

// after returns the code that follows a code.
func (c *codes) after(row int, code otp.Code) (otp.Code, error) {
	return c.cached(c.next, row, code.Until)
}

// cached also notices a clock that was set back: the code then begins later
// than now.
func (c *codes) cached(in map[int]computed, row int, t time.Time) (otp.Code, error) {
	have, ok := in[row]
	if ok && have.holds(t) {
		return have.code, have.err
	}
	code, err := c.compute(row, t)
	in[row] = computed{code, err, t}
	return code, err
}

func (c computed) holds(t time.Time) bool {
	if c.err != nil {
		return !t.Before(c.at) && t.Before(c.at.Add(retryAfter))
	}
	return !t.Before(c.code.From) && t.Before(c.code.Until)
}

// secondsLeft is how many whole seconds are begun: 30 at the start, 1 at the
// end, never 0 or less.
func secondsLeft(code otp.Code, now time.Time) int {
	left := code.Until.Sub(now)
	return max(1, int((left+time.Second-1)/time.Second))
}
