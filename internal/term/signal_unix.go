//go:build unix

package term

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func watchedSignals() []os.Signal {
	return []os.Signal{
		syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGWINCH,
	}
}

// signal does what sig is for.
func (s *Session) signal(sig os.Signal) (Event, error) {
	switch sig {
	case syscall.SIGWINCH:
		return Event{Kind: ResizeEvent}, nil
	case syscall.SIGTSTP:
		return Event{Kind: ResumeEvent}, s.suspend(os.Getpid())
	case syscall.SIGCONT: // from a stop that could not be seen: SIGSTOP
		return Event{Kind: ResumeEvent}, s.enter()
	case syscall.SIGINT:
		s.Close()
		return Event{}, ErrInterrupted
	}
	// With our own handler gone the signal does its usual work, unless somebody
	// else in the program listens for it, who then decides.
	s.Close()
	_ = syscall.Kill(os.Getpid(), sig.(syscall.Signal))
	return Event{}, fmt.Errorf("%w: %s", ErrInterrupted, sig)
}

// wholeJob is whom Ctrl-Z stops, as kill(2) counts: every process of the pipeline.
const wholeJob = 0

// suspend gives the terminal back, stops, and takes it again afterwards.
func (s *Session) suspend(whom int) error {
	if err := s.release(); err != nil {
		return err
	}
	// The stop reaches the process at any moment from here; SIGCONT says that
	// it is over. In a job without a shell the system ignores the stop and no
	// SIGCONT follows, hence the timer, which does not run while stopped.
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	signal.Reset(syscall.SIGTSTP)
	_ = syscall.Kill(whom, syscall.SIGTSTP)
	select {
	case <-continued:
	case <-time.After(200 * time.Millisecond):
	}
	signal.Notify(s.signals, syscall.SIGTSTP)
	s.forget(syscall.SIGCONT)
	return s.enter()
}

// forget drops one waiting sig: it told of the resume that was just handled.
func (s *Session) forget(sig os.Signal) {
	for range len(s.signals) {
		if got := <-s.signals; got != sig {
			s.signals <- got
		}
	}
}

// watchSize has nothing to do: SIGWINCH tells.
func watchSize(*Terminal) (<-chan struct{}, func()) { return nil, func() {} }

// enableEscapes has nothing to do: every terminal here understands them.
func enableEscapes(*os.File) (restore func()) { return func() {} }
