// Package ask is every question to a person: one policy for each kind of question.
//
// Every question has an error for where no person can be asked: it says what to
// type instead. From the first question on the terminal shows nothing of what is
// typed while jangle works, and what was typed meanwhile is no answer to the next
// question and does not go to the shell.
package ask

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/text"
)

// Person is who sits at the terminal. It is used by one goroutine at a time.
type Person struct {
	// Open opens the terminal. Its error is that no person can be asked.
	Open func() (*term.Terminal, error)
	// Tell writes for a person what is no question; its arguments are made safe.
	Tell   func(format string, args ...any)
	Getenv func(string) string
	Rand   io.Reader

	terminal *term.Terminal
	holds    int
}

// Hold keeps the terminal quiet from the first question on until the returned
// function is called: for several questions with work in between.
func (p *Person) Hold() (release func()) {
	p.holds++
	return func() {
		if p.holds--; p.holds == 0 && p.terminal != nil {
			_ = p.terminal.Close()
			p.terminal = nil
		}
	}
}

// start is the beginning of a question to which nothing that was typed before is an
// answer.
func (p *Person) start(otherwise error) (t *term.Terminal, release func(), err error) {
	if p.terminal != nil {
		p.terminal.Flush()
	}
	return p.goOn(otherwise)
}

// goOn opens the terminal, or takes that of the questions before, as long as they
// are held together.
func (p *Person) goOn(otherwise error) (t *term.Terminal, release func(), err error) {
	release = p.Hold()
	if p.terminal == nil {
		t, err := p.Open()
		if err == nil {
			err = t.Quiet()
		}
		if err != nil {
			release()
			if otherwise == nil {
				otherwise = err
			}
			return nil, nil, otherwise
		}
		p.terminal = t
	}
	return p.terminal, release, nil
}

// Confirm asks whether to go on; Enter alone is no. nil is yes.
func (p *Person) Confirm(ctx context.Context, question string, otherwise error) error {
	t, release, err := p.start(otherwise)
	if err != nil {
		return err
	}
	defer release()
	for {
		answer, err := t.ReadLine(ctx, strings.TrimSuffix(question, "?")+"? [y/N] ")
		if err != nil {
			return err
		}
		switch answer = strings.TrimSpace(width.Fold.String(answer)); strings.ToLower(answer) {
		case "y", "yes", "はい":
			return nil
		case "", "n", "no", "いいえ":
			return failure.New(failure.Failed, "", "nothing was changed")
		}
		p.Say("%q is neither yes nor no; y or n, please", answer)
	}
}

// Choose shows numbered options under a question until one is taken, and returns
// its index from 0.
func (p *Person) Choose(ctx context.Context, question string, options []string, otherwise error) (int, error) {
	t, release, err := p.start(otherwise)
	if err != nil {
		return 0, err
	}
	defer release()
	fmt.Fprintf(t, "%s\n", term.SafeLines(text.T(question)))
	for i, o := range options {
		fmt.Fprintf(t, "  %d  %s\n", i+1, term.Safe(text.T(o)))
	}
	for {
		answer, err := t.ReadLine(ctx, fmt.Sprintf("1-%d: ", len(options)))
		if err != nil {
			return 0, err
		}
		answer = strings.TrimSpace(width.Fold.String(answer))
		if n, err := strconv.Atoi(answer); err == nil && 1 <= n && n <= len(options) {
			return n - 1, nil
		}
		p.Say("%q is none of them; a number from 1 to %d, please", answer, len(options))
	}
}

// Line asks for a line of text, which is shown while it is typed, without the
// blanks around it. Several lines can be pasted for several of them.
func (p *Person) Line(ctx context.Context, prompt string, otherwise error) (string, error) {
	t, release, err := p.goOn(otherwise)
	if err != nil {
		return "", err
	}
	defer release()
	line, err := t.ReadLine(ctx, text.T(prompt))
	return strings.TrimSpace(line), err
}

// Secret asks for one secret, of which nothing is shown. The caller clears it.
func (p *Person) Secret(ctx context.Context, prompt string, otherwise error) ([]byte, error) {
	t, release, err := p.start(otherwise)
	if err != nil {
		return nil, err
	}
	defer release()
	return t.ReadSecret(ctx, text.T(prompt))
}

// Say writes a sentence to the terminal of the questions that are held together.
func (p *Person) Say(format string, args ...any) {
	if p.terminal != nil {
		fmt.Fprintf(p.terminal, "%s\n", term.Safe(text.T(format, args...)))
	}
}
