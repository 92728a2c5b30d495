package tui

import (
	"context"
	"time"

	"github.com/jangle-otp/jangle/internal/term"
)

// loop joins a view to a terminal.
type loop struct {
	view     *view
	session  *term.Session
	terminal *term.Terminal
	now      func() time.Time
	screen   screen
}

func (l *loop) run(ctx context.Context) error {
	for {
		l.view.resize(l.terminal.Size())
		now := l.now()
		if err := l.screen.draw(l.terminal, l.view.frame(now)); err != nil {
			return err
		}
		event, err := l.session.Next(ctx, l.tick(now))
		if err != nil {
			return err
		}
		switch l.handle(ctx, event) {
		case leave:
			return nil
		case interrupt:
			return term.ErrInterrupted
		case suspend:
			if err := l.session.Suspend(); err != nil {
				return err
			}
			l.screen.forget()
		case redraw:
			l.screen.forget()
		}
	}
}

func (l *loop) handle(ctx context.Context, e term.Event) outcome {
	switch e.Kind {
	case term.KeyEvent:
		return l.view.key(ctx, e.Key, e.Pasted, l.now())
	case term.MouseEvent:
		return l.view.mouse(ctx, e.Mouse, l.now())
	case term.ResizeEvent, term.ResumeEvent:
		return redraw
	}
	return stay
}

// tick is nil when nothing on the screen changes by itself.
func (l *loop) tick(now time.Time) <-chan time.Time {
	if !l.view.ticking() {
		return nil
	}
	return time.After(untilNextSecond(now))
}

// untilNextSecond is a little more than it takes, so that the clock has reached
// the next second when the timer fires.
func untilNextSecond(now time.Time) time.Duration {
	return now.Truncate(time.Second).Add(time.Second + time.Millisecond).Sub(now)
}
