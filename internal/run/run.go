// Package run is how jangle runs other programs: gpg, the desktop's clipboard and
// screen tools, the person's own passphrase command.
//
// A program is called by its arguments and never through a shell. What it may
// print and how long it may take has a bound; at the bound it is killed with all
// that it started and that is still in its process group. What it says on stderr
// is made safe before a terminal sees it. It gets our environment, in which
// jangle never puts a secret.
//
// Four callers of os/exec stay outside, held by cmd/jangle/layers_test.go:
// internal/answer runs the person's own program with the person's own streams,
// reads only what passes through a terminal, in pieces, and keeps none of it.
// internal/crypt has filippo.io/age start plugins, and internal/vault/keyring has
// go-keyring start /usr/bin/security: both libraries offer no way to do it for
// them. (A plugin is waited for as long as a person needs to touch a token; its
// name is looked up among installed programs only.) internal/bench and
// internal/tooltest serve tests.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/term"
)

// ErrNotFound: there is no such program in PATH.
var ErrNotFound = exec.ErrNotFound

// Why a program was killed.
var (
	ErrTooMuch = errors.New("printed more than it may")
	ErrTooLong = errors.New("gave no answer in time")
)

// maxSaid is the most that a program may print on stderr, in bytes.
const maxSaid = 1 << 20

// Place says where a program runs.
type Place int

const (
	// Apart is a session of its own without a terminal: closing ours does not end
	// what the program leaves in the background.
	Apart Place = iota
	// AtTerminal lets the program ask the person: it has the terminal until it
	// ends, and Ctrl-C goes to it.
	AtTerminal
)

// Command is a program and its bounds.
type Command struct {
	Argv   []string // the program, looked up in PATH, and its arguments
	Input  []byte   // its standard input; nil for the null device
	Output int      // the most that it may print on stdout, in bytes; 0: the null device
	Time   time.Duration
	Place  Place

	// Say gets what the program writes to stderr, made safe, while it runs. nil:
	// the first line of it becomes part of the error. A program with neither
	// Say nor Output has no pipe to us, and may leave itself in the background.
	Say io.Writer
}

// Error is how a program failed; its text is safe for a terminal.
type Error struct {
	Program string // its name without folders
	Said    string // the first line that it wrote to stderr, safe, if Command.Say was nil
	Err     error  // ErrTooMuch, ErrTooLong, context.Canceled, *exec.ExitError or why it did not start
}

func (e *Error) Error() string {
	if e.Said == "" {
		return fmt.Sprintf("%s: %s", e.Program, term.Safe(e.Err.Error()))
	}
	return fmt.Sprintf("%s: %s (%s)", e.Program, e.Said, term.Safe(e.Err.Error()))
}

func (e *Error) Unwrap() error { return e.Err }

// Output runs the program to its end and returns what it printed. The error is an
// *Error.
func Output(ctx context.Context, c Command) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, c.Time, ErrTooLong)
	defer stop()
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.WaitDelay = time.Second // for pipes that something in the background keeps
	cmd.Cancel = func() error { return killAll(cmd.Process) }
	if c.Input != nil {
		cmd.Stdin = bytes.NewReader(c.Input)
	}
	out, said := limited{most: c.Output, over: cancel}, limited{most: maxSaid, over: cancel}
	if c.Output > 0 {
		cmd.Stdout = &out
	}
	switch {
	case c.Say != nil:
		cmd.Stderr = &safely{w: c.Say, limited: &said}
	case c.Output > 0:
		cmd.Stderr = &said
	}
	handBack := setPlace(cmd, c.Place)
	err := cmd.Run()
	handBack()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well, and what it printed itself is read
	}
	if err == nil && ctx.Err() == nil {
		return out.Bytes(), nil
	}
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.As(err, &ended) && interrupted(ended):
		err = context.Canceled
	}
	failed := &Error{Program: term.Safe(filepath.Base(c.Argv[0])), Err: err}
	if c.Say == nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		failed.Said = fmt.Sprintf("%.200s", term.Safe(line))
	}
	return nil, failed
}

// interrupted reports whether a program ended by Ctrl-C, which a shell passes on
// as 128 and the signal's number.
func interrupted(ended *exec.ExitError) bool {
	s, ok := ended.Sys().(syscall.WaitStatus)
	return ok && s.Signaled() && s.Signal() == syscall.SIGINT || ended.ExitCode() == 130
}

// Leave starts a program apart, in the root folder, where it blocks no unmounting,
// hands it its input (less than a pipe holds: 4 KiB) and does not wait for it.
func Leave(argv []string, input []byte) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = string(filepath.Separator)
	setPlace(cmd, Apart)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = pipe.Write(input)
	return errors.Join(err, pipe.Close(), cmd.Process.Release())
}

// Find looks a program up in PATH, where the current folder does not count.
func Find(name string) (path string, err error) { return exec.LookPath(name) }

// limited keeps what is written, and stops the program when that is too much.
// The buffer is not embedded: its ReadFrom knows no limit.
type limited struct {
	kept bytes.Buffer
	most int
	over context.CancelCauseFunc
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.most-l.kept.Len() {
		l.over(fmt.Errorf("%w: over %d bytes", ErrTooMuch, l.most))
		return 0, ErrTooMuch
	}
	return l.kept.Write(p)
}

func (l *limited) Bytes() []byte  { return l.kept.Bytes() }
func (l *limited) String() string { return l.kept.String() }

// safely hands on what may be shown, a prompt without a line end too. A letter
// that is cut waits for its rest.
type safely struct {
	w io.Writer
	*limited
	cut []byte
}

func (s *safely) Write(p []byte) (int, error) {
	if n, err := s.limited.Write(p); err != nil {
		return n, err
	}
	text := append(s.cut, p...)
	whole := len(text)
	for back := 1; back < min(utf8.UTFMax, len(text)+1); back++ {
		if i := len(text) - back; utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				whole = i
			}
			break
		}
	}
	s.cut = bytes.Clone(text[whole:])
	_, err := io.WriteString(s.w, term.SafeLines(string(text[:whole])))
	return len(p), err
}
