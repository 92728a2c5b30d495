//go:build unix

package term

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	xterm "golang.org/x/term"

	"golang.org/x/sys/unix"
)

// Relay is a time in which every byte that is typed goes to the terminal of
// another program, which makes keys and signals of it: Ctrl-C is for that
// program.
type Relay struct {
	t       *Terminal
	state   *xterm.State // nil in the background
	signals chan os.Signal
	done    chan struct{}
	ended   chan struct{}
}

// StartRelay takes the terminal: bytes go to keys, and resize is called with
// columns and rows when the window changes. In the background, where reading
// would stop the program (SIGTTIN), nothing is taken. Whoever calls it defers
// Close.
func (t *Terminal) StartRelay(keys io.Writer, resize func(columns, rows int)) (*Relay, error) {
	r := &Relay{t: t, signals: make(chan os.Signal, 4), done: make(chan struct{}), ended: make(chan struct{})}
	// Only the foreground may read the terminal.
	if group, err := unix.IoctlGetInt(int(t.in.Fd()), unix.TIOCGPGRP); err == nil && group == unix.Getpgrp() {
		state, err := xterm.MakeRaw(int(t.in.Fd()))
		if err != nil {
			return nil, fmt.Errorf("%w: cannot change the terminal's modes: %w", ErrNoTerminal, err)
		}
		r.state = state
	}
	signal.Notify(r.signals, syscall.SIGWINCH, syscall.SIGCONT)
	go r.run(keys, resize)
	return r, nil
}

func (r *Relay) run(keys io.Writer, resize func(columns, rows int)) {
	defer close(r.ended)
	var typed <-chan chunk
	if r.state != nil {
		_, _ = keys.Write(r.t.pending)
		r.t.drop(len(r.t.pending))
		typed = r.t.reader.next()
	}
	for {
		select {
		case <-r.done:
			return
		case s := <-r.signals:
			if s == syscall.SIGCONT && r.state != nil { // the shell set its own modes
				_, _ = xterm.MakeRaw(int(r.t.in.Fd()))
			}
			resize(r.t.Size())
		case c := <-typed:
			r.t.reader.received()
			_, _ = keys.Write(c.bytes)
			clear(c.bytes)
			if len(c.bytes) == 0 && c.err != nil {
				typed = nil
				continue
			}
			typed = r.t.reader.next()
		}
	}
}

// Close gives the terminal back as it was.
func (r *Relay) Close() error {
	signal.Stop(r.signals)
	close(r.done)
	<-r.ended
	if r.state == nil {
		return nil
	}
	return xterm.Restore(int(r.t.in.Fd()), r.state)
}
