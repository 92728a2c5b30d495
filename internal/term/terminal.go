package term

import (
	"errors"
	"fmt"
	"os"

	xterm "golang.org/x/term"
)

// What a question can come back with instead of an answer.
var (
	ErrNoTerminal  = errors.New("no terminal to ask on")
	ErrInterrupted = errors.New("interrupted")
	ErrEOF         = errors.New("the input ended before there was an answer")
	ErrTooLong     = errors.New("the answer is too long")
)

// Terminal is the terminal that a person sits at. It is used by one goroutine
// at a time.
type Terminal struct {
	in, out *os.File
	opened  bool // by Open, so Close closes them
	reader  *reader
	pending []byte // read and not used yet: type-ahead
	loud    *modes // those of before Quiet; nil if it is not quiet
}

// Open opens the controlling terminal, /dev/tty or CONIN$ and CONOUT$, whatever
// standard input and output are. Without one the error is ErrNoTerminal.
func Open() (*Terminal, error) {
	in, out, err := openTTY()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	t := New(in, out)
	t.opened = true
	return t, nil
}

// New uses two files that are a terminal already; Close leaves them open.
func New(in, out *os.File) *Terminal {
	return &Terminal{in: in, out: out, reader: &reader{in: in, ask: make(chan struct{}, 1), got: make(chan chunk, 1)}}
}

// Close forgets what was typed ahead, undoes Quiet and closes what Open opened.
func (t *Terminal) Close() error {
	close(t.reader.ask)
	clear(t.pending)
	t.pending = nil
	err := t.Loud()
	if !t.opened {
		return err
	}
	err = errors.Join(err, t.in.Close())
	if t.out != t.in {
		err = errors.Join(err, t.out.Close())
	}
	return err
}

// Write writes to the terminal, whatever standard output is. Text from outside
// goes through Safe first.
func (t *Terminal) Write(p []byte) (int, error) { return t.out.Write(p) }

// Size returns the columns and rows of the window, 80 by 24 if the terminal
// does not know (a serial line says 0 by 0).
func (t *Terminal) Size() (columns, rows int) {
	w, h, err := xterm.GetSize(int(t.out.Fd()))
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

// IsTerminal reports whether f is a terminal; a nil f is none.
func IsTerminal(f *os.File) bool {
	return f != nil && xterm.IsTerminal(int(f.Fd()))
}

// MayColour reports whether the environment allows colour on a terminal, as
// no-color.org and clig.dev say: not with a NO_COLOR that is not empty, nor on a
// dumb terminal.
func MayColour(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && !Dumb(getenv)
}

// Dumb reports whether the terminal says of itself that it can do nothing but
// print lines: TERM is "dumb". An unset TERM is dumb too, but on Windows, where
// it is never set.
func Dumb(getenv func(string) string) bool {
	t := getenv("TERM")
	return t == "dumb" || t == "" && termIsUsual
}
