package tui

import (
	"context"
	"time"

	"github.com/jangle-otp/jangle/internal/term"
)

// copyCode copies the code of a row. A counter-based row that shows no code yet
// gets one made: Enter is the request.
func (v *view) copyCode(ctx context.Context, i int, now time.Time) {
	label := v.entries[i].label()
	code, ok := v.codes.counter[i]
	if v.entries[i].CounterBased && !ok {
		if !v.makeCode(ctx, i, now) {
			return
		}
		code = v.codes.counter[i]
	}
	if !v.entries[i].CounterBased {
		c, err := v.codes.at(i, now)
		if err != nil {
			v.say(now, term.Safe(err.Error()))
			return
		}
		code = c.Text
	}
	if v.o.Copy == nil {
		v.say(now, "there is no clipboard to copy to")
		return
	}
	message, err := v.o.Copy(ctx, code)
	if err != nil {
		v.say(now, term.Safe(err.Error()))
		return
	}
	v.say(now, label+": "+term.Safe(message))
}

// makeCode makes the next code of a counter-based row.
func (v *view) makeCode(ctx context.Context, i int, now time.Time) bool {
	code, err := v.o.NextHOTP(ctx, i)
	if err != nil {
		v.say(now, term.Safe(err.Error()))
		return false
	}
	v.codes.counter[i] = code
	v.say(now, v.entries[i].label()+": next code made, counter saved")
	return true
}
