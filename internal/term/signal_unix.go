//go:build unix

package term

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

func watchedSignals() []os.Signal {
	all := []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGWINCH,
	}
	return slices.DeleteFunc(all, signal.Ignored) // nohup has SIGHUP ignored, and means it
}

// signal does what sig is for.
func (s *Session) signal(ctx context.Context, sig os.Signal) (Event, error) {
	switch sig {
	case syscall.SIGWINCH:
		return Event{Kind: ResizeEvent}, nil
	case syscall.SIGTSTP:
		return Event{Kind: ResumeEvent}, s.suspend(thisProcess)
	case syscall.SIGCONT: // from a stop that could not be seen: SIGSTOP
		return Event{Kind: ResumeEvent}, s.enter()
	case syscall.SIGINT:
		s.end()
		return Event{}, ErrInterrupted
	}
	// Without our own handler the signal does its usual work, unless other
	// code in the program listens for it, which then decides.
	s.end()
	_ = syscall.Kill(os.Getpid(), sig.(syscall.Signal))
	select { // it may take a moment to arrive
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return Event{}, fmt.Errorf("%w: %s", ErrInterrupted, sig)
}

// suspend gives the terminal back, stops, and takes it again afterwards.
//
// Once a Go program has asked for SIGTSTP it cannot have the default action
// back (runtime.sigdisable leaves a handler that does nothing), so the others of
// a pipeline get SIGTSTP and the program itself SIGSTOP.
func (s *Session) suspend(who stopping) error {
	if who == wholeJob && !hasJobControl() {
		return nil
	}
	if err := s.release(func(m modes) modes { return m }); err != nil {
		return err
	}
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	if who == wholeJob {
		signal.Ignore(syscall.SIGTSTP)
		_ = syscall.Kill(0, syscall.SIGTSTP)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	<-continued
	signal.Notify(s.signals, syscall.SIGTSTP)
	// Drop a waiting SIGCONT: it told of the resume that was just handled.
	for range len(s.signals) {
		if got := <-s.signals; got != syscall.SIGCONT {
			s.signals <- got
		}
	}
	return s.enter()
}

type stopping int

const (
	wholeJob    stopping = iota // Ctrl-Z: every process of the pipeline
	thisProcess                 // SIGTSTP was sent to us
)

// watchSize has nothing to do: SIGWINCH tells.
func watchSize(*Terminal) (<-chan struct{}, func()) { return nil, func() {} }

// enableEscapes has nothing to do: every terminal here understands them.
func enableEscapes(*os.File) (restore func()) { return func() {} }
