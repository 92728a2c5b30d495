// Package answer runs another program and hands it one secret text, in the way
// that the program takes it: on standard input, on a descriptor, or typed at a
// prompt on a terminal of its own.
//
// The text is never an argument, because every user of the machine can read
// those (proc(5), /proc/PID/cmdline), and it is in the environment only where
// the caller put it there.
//
// A prompt is answered on a pseudo-terminal, as expect(1) does it, because the
// programs that ask for a code (ssh, sudo, su) read it from the terminal and not
// from standard input. Only what was a terminal before is replaced by it: with
// "… > file" the file gets the program's bytes and nothing else.
package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jangle-otp/jangle/internal/term"
)

// What can be wrong before the program runs.
var (
	ErrNotFound     = errors.New("no such program")
	ErrNotAllowed   = errors.New("the program cannot be executed")
	ErrNotAvailable = errors.New("not available on this system")
)

// Program is a program to be run, with the streams that it shares with us.
type Program struct {
	Path string   // from Find
	Args []string // all arguments, the name it was called by first
	Env  []string // the whole environment; nil for ours

	In       io.Reader
	Out, Err io.Writer

	// PassOn are the signals that are sent to the program when we get them. A
	// Ctrl-C typed at a terminal reaches the program without us.
	PassOn []os.Signal
}

// Find looks a program up as a shell would, so that a name that is wrong is
// known before a code was used up.
func Find(name string) (path string, err error) {
	path, err = exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("%w: %s", ErrNotAllowed, name)
	case errors.Is(err, exec.ErrDot):
		return "", fmt.Errorf("%w: %s is in the current folder; write ./%s", ErrNotAllowed, name, name)
	}
	return "", fmt.Errorf("%w: %s", ErrNotFound, name)
}

// Prompt is a question that a program asks on its terminal.
type Prompt struct {
	// Text is a part of the question, in any case; its last line is on the last line
	// that the program wrote.
	Text string
	// Answer makes the answer when the question was seen: a code that was made
	// at the start would be old after a slow login. It is called once at most; its
	// context ends with the program. Its error hangs the program's terminal up and
	// is what RunAtPrompt returns.
	Answer func(ctx context.Context) (string, error)
	// Person is the terminal of the person who may type too; nil if there is none.
	Person *term.Terminal
	// Log gets what the program writes to its terminal where there is no person;
	// the answer is masked in it.
	Log io.Writer
}

// Outcome is how a program that was watched for a prompt ended.
type Outcome struct {
	Status int  // as of Run
	Made   bool // the prompt was seen, and the answer made
	Typed  bool // the program still asked by then, and got it
}

func (p Program) command() *exec.Cmd {
	return &exec.Cmd{Path: p.Path, Args: p.Args, Env: p.Env, Stdin: p.In, Stdout: p.Out, Stderr: p.Err}
}

// Run runs the program and returns its exit status, 128 and more for a signal.
func (p Program) Run() (status int, err error) { return p.run(p.command()) }

// RunWithInput makes a line and the end of the input the program's standard
// input. Ours is not touched: in "while read host; do …; done < list" the list
// belongs to the loop.
func (p Program) RunWithInput(line string) (status int, err error) {
	cmd := p.command()
	cmd.Stdin = strings.NewReader(line + "\n")
	return p.run(cmd)
}

// run starts the program and waits for it.
func (p Program) run(cmd *exec.Cmd) (int, error) {
	signals := listen(p.PassOn)
	defer signal.Stop(signals)
	if err := start(cmd); err != nil {
		return 0, err
	}
	return wait(cmd, signals)
}

func start(cmd *exec.Cmd) error {
	err := cmd.Start()
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return err
}

// listen begins to catch signals before the program runs, so that none is lost in
// between.
func listen(which []os.Signal) chan os.Signal {
	signals := make(chan os.Signal, 8)
	if len(which) > 0 { // none would mean all
		signal.Notify(signals, which...)
	}
	return signals
}

func wait(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s)
		case err := <-done:
			var ended *exec.ExitError
			if err != nil && !errors.As(err, &ended) {
				return 0, err
			}
			// What a shell makes of the end of a program: 128 and the number of the
			// signal that killed it.
			if w, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
				return 128 + int(w.Signal()), nil
			}
			return cmd.ProcessState.ExitCode(), nil
		}
	}
}
