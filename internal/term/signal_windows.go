package term

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// watchedSignals are Ctrl-Break and the closing of the window. Ctrl-C is a key.
func watchedSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func (s *Session) signal(_ context.Context, sig os.Signal) (Event, error) {
	s.Close()
	return Event{}, fmt.Errorf("%w: %s", ErrInterrupted, sig)
}

type stopping int

const wholeJob stopping = 0

// suspend does nothing: Windows has no job control.
func (s *Session) suspend(stopping) error { return nil }

// watchSize looks twice a second: a console tells of a resize only in input
// records, which the escape sequences that we read replace.
func watchSize(t *Terminal) (<-chan struct{}, func()) {
	resized, done := make(chan struct{}), make(chan struct{})
	go func() {
		w, h := t.Size()
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if w2, h2 := t.Size(); w2 != w || h2 != h {
				w, h = w2, h2
				select {
				case resized <- struct{}{}:
				case <-done:
					return
				}
			}
		}
	}()
	return resized, func() { close(done) }
}
