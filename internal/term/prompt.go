package term

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxAnswer is how many bytes an answer may have: an otpauth URI is at most that
// long.
const MaxAnswer = 4096

// ReadSecret asks for a secret and shows nothing of what is typed or pasted. The
// bytes are as they were typed, not necessarily UTF-8; the caller clears them.
// The prompt goes through SafeLines.
//
// Errors: ErrInterrupted after Ctrl-C, ErrEOF after Ctrl-D, ErrTooLong, and that
// of ctx. The terminal's modes are back in every case.
func (t *Terminal) ReadSecret(ctx context.Context, prompt string) ([]byte, error) {
	return t.ask(ctx, prompt, noEcho)
}

// ReadLine asks for a line of text and shows it. Errors are those of ReadSecret.
func (t *Terminal) ReadLine(ctx context.Context, prompt string) (string, error) {
	line, err := t.ask(ctx, prompt, echo)
	return string(line), err
}

// ReadKey waits for one key.
func (t *Terminal) ReadKey(ctx context.Context) (Key, error) {
	s, err := t.Start(Screen{})
	if err != nil {
		return Key{}, err
	}
	defer s.Close()
	for {
		e, err := s.Next(ctx, nil)
		switch {
		case err != nil:
			return Key{}, err
		case e.Kind != KeyEvent:
		case e.Key.Ctrl('c'):
			return Key{}, ErrInterrupted
		default:
			return e.Key, nil
		}
	}
}

type echoing int

const (
	noEcho echoing = iota
	echo
)

func (t *Terminal) ask(ctx context.Context, prompt string, show echoing) ([]byte, error) {
	prompt = strings.ReplaceAll(SafeLines(prompt), "\n", "\r\n")
	s, err := t.Start(Screen{Enter: prompt, Leave: "\r\n"})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	line := answer{show: show, out: t.out, text: make([]byte, 0, MaxAnswer)}
	for {
		e, err := s.Next(ctx, nil)
		stop := err == nil && e.Kind == KeyEvent && e.Key.Ctrl('z')
		if stop {
			err = s.Suspend()
		}
		switch {
		case err != nil:
		case stop, e.Kind == ResumeEvent: // the prompt is there again; what was typed follows
			if show == echo {
				line.write(Safe(string(line.text)))
			}
		case e.Kind == KeyEvent:
			err = line.key(e.Key, s.last)
		}
		switch {
		case err == errAnswered && line.tooLong:
			line.wipe()
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLong, MaxAnswer)
		case err == errAnswered:
			return line.text, nil
		case err != nil:
			line.wipe()
			return nil, err
		}
	}
}

// answer is what was typed so far. It never grows beyond the memory it began
// with, so that no copy of a secret remains.
type answer struct {
	show    echoing
	out     io.Writer
	text    []byte
	tooLong bool
}

var errAnswered = errors.New("answered")

// key takes one key, whose bytes are raw.
func (a *answer) key(k Key, raw []byte) error {
	switch {
	case k.Code == KeyEnter:
		return errAnswered
	case k.Ctrl('c'), k.Ctrl('\\'):
		return ErrInterrupted
	case k.Ctrl('d') && len(a.text) == 0:
		return ErrEOF
	case k.Code == KeyBackspace:
		_, n := utf8.DecodeLastRune(a.text)
		a.erase(n)
	case k.Ctrl('u'):
		a.erase(len(a.text))
	case k.Ctrl('w'): // the last word
		a.erase(len(a.text) - (bytes.LastIndexByte(bytes.TrimRight(a.text, " "), ' ') + 1))
	case k.Code == KeyRune && !k.Alt, k.Code == KeyTab, k.Ctrl('@'):
		if len(a.text)+len(raw) > MaxAnswer {
			a.tooLong = true
			return nil
		}
		a.text = append(a.text, raw...)
		if a.show == echo {
			a.write(Safe(string(raw)))
		}
	}
	return nil
}

// erase takes the last n bytes back, on the screen too.
func (a *answer) erase(n int) {
	keep := len(a.text) - n
	if a.show == echo {
		a.write(strings.Repeat("\b \b", Width(Safe(string(a.text[keep:])))))
	}
	clear(a.text[keep:])
	a.text = a.text[:keep]
	if keep == 0 {
		a.tooLong = false
	}
}

func (a *answer) wipe() { clear(a.text[:cap(a.text)]) }

func (a *answer) write(s string) { _, _ = io.WriteString(a.out, s) }
