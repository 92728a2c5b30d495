package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	xterm "golang.org/x/term"
)

// escapeWait is how long a lone ESC may be the beginning of a sequence. The
// bytes of one come in one piece; over a slow line, close together.
const escapeWait = 50 * time.Millisecond

// Session is a time in which the terminal gives every key at once and shows
// none of them. It owns the signals for that time: whatever ends or suspends
// the program, the terminal is as it was first.
type Session struct {
	t        *Terminal
	screen   Screen
	state    *xterm.State
	signals  chan os.Signal
	resized  <-chan struct{} // where no signal tells of it
	stop     func()
	escapes  func() // turns escape sequences off again, on Windows
	last     []byte // the bytes of the last event; a typed secret is read here
	pasting  bool
	released bool
}

// Screen is what a session writes when it takes the terminal and when it gives
// it back, also around a suspension.
type Screen struct{ Enter, Leave string }

// FullScreen is the alternate screen (nothing stays in the scrollback) with the
// cursor hidden, mouse clicks reported in SGR form and pastes marked. Leave
// undoes it in the opposite order.
func FullScreen() Screen {
	return Screen{
		Enter: "\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[2J\x1b[H",
		Leave: "\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[0m\x1b[?25h\x1b[?1049l",
	}
}

// EventKind says what an Event is about.
type EventKind int

// The kinds of event.
const (
	_           EventKind = iota
	KeyEvent              // Key
	MouseEvent            // Mouse
	ResizeEvent           // the window has another size; ask Size
	ResumeEvent           // back from a suspension: draw everything again
	TickEvent             // the timer given to Next
)

// Event is something that happened at the terminal.
type Event struct {
	Kind   EventKind
	Key    Key
	Mouse  Mouse
	Pasted bool // the key is part of a paste, not pressed
}

// Start takes the terminal. Whoever calls it defers Close, which also covers a
// panic.
func (t *Terminal) Start(screen Screen) (*Session, error) {
	s := &Session{t: t, screen: screen, signals: make(chan os.Signal, 16)}
	signal.Notify(s.signals, watchedSignals()...)
	if err := s.enter(); err != nil {
		signal.Stop(s.signals)
		return nil, err
	}
	s.resized, s.stop = watchSize(t)
	return s, nil
}

func (s *Session) enter() error {
	state, err := xterm.MakeRaw(int(s.t.in.Fd()))
	if err != nil {
		return fmt.Errorf("%w: cannot change the terminal's modes: %w", ErrNoTerminal, err)
	}
	if s.state == nil {
		s.state = state // of before; after a resume, what is there may be ours
	}
	s.escapes = enableEscapes(s.t.out)
	_, err = io.WriteString(s.t.out, s.screen.Enter)
	s.released = false
	return err
}

// release gives the terminal back: as it was before the program, or, between two
// questions, quiet. It can be called again without effect.
func (s *Session) release(to func(modes) modes) error {
	if s.released {
		return nil
	}
	s.released = true
	_, err := io.WriteString(s.t.out, s.screen.Leave)
	s.escapes()
	if s.t.loud != nil {
		return errors.Join(err, setModes(s.t.in, to(*s.t.loud), keepTyped))
	}
	return errors.Join(err, xterm.Restore(int(s.t.in.Fd()), s.state))
}

// Close gives the terminal and the signals back.
func (s *Session) Close() error {
	err := s.release(modes.quiet)
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	signal.Stop(s.signals)
	clear(s.last[:cap(s.last)])
	return err
}

// end is Close before a signal ends the program.
func (s *Session) end() { _, _ = s.Close(), s.t.Loud() }

// Next waits for the next event. tick may be nil. A signal that ends programs
// gives the terminal back and does what it does; Ctrl-C is a key here.
// Errors: ErrInterrupted, ErrEOF when the terminal was closed, and that of ctx.
func (s *Session) Next(ctx context.Context, tick <-chan time.Time) (Event, error) {
	for {
		if e, ok := s.take(mayGoOn); ok {
			return e, nil
		}
		var escape <-chan time.Time
		if len(s.t.pending) > 0 {
			escape = time.After(escapeWait)
		}
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case c := <-s.t.reader.next():
			s.t.reader.received()
			s.t.pending = append(s.t.pending, c.bytes...)
			clear(c.bytes)
			switch {
			case len(c.bytes) > 0 || c.err == nil:
			case errors.Is(c.err, io.EOF):
				return Event{}, ErrEOF
			default:
				return Event{}, fmt.Errorf("%w: %w", ErrEOF, c.err)
			}
		case <-escape:
			if e, ok := s.take(final); ok {
				return e, nil
			}
		case <-tick:
			return Event{Kind: TickEvent}, nil
		case <-s.resized:
			return Event{Kind: ResizeEvent}, nil
		case sig := <-s.signals:
			return s.signal(ctx, sig)
		}
	}
}

// take decodes what was read already.
func (s *Session) take(end ending) (Event, bool) {
	for len(s.t.pending) > 0 {
		d := decode(s.t.pending, end)
		if d.n == 0 {
			break
		}
		s.last = append(s.last[:0], s.t.pending[:d.n]...)
		s.t.drop(d.n)
		if d.paste != pasteNone {
			s.pasting = d.paste == pasteBegins
		}
		if d.kind != 0 {
			return Event{Kind: d.kind, Key: d.key, Mouse: d.mouse, Pasted: s.pasting}, true
		}
	}
	return Event{}, false
}

// Suspend stops the program as Ctrl-Z does, with the terminal given back, and
// returns when it runs again. Where there is no such thing it does nothing.
func (s *Session) Suspend() error { return s.suspend(wholeJob) }

// drop forgets the first n bytes, which may be part of a secret.
func (t *Terminal) drop(n int) {
	rest := copy(t.pending, t.pending[n:])
	clear(t.pending[rest:])
	t.pending = t.pending[:rest]
}
