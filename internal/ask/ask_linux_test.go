package ask_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The tests run this test binary again as a program on a terminal of its own.
const childVariable = "JANGLE_ASK_TEST_CHILD"

func TestMain(m *testing.M) {
	mode := os.Getenv(childVariable)
	if mode == "" {
		tooltest.UndoNohup()
		os.Exit(m.Run())
	}
	if job, ok := strings.CutPrefix(mode, "job:"); ok {
		termtest.RunJob(childVariable + "=" + job)
		return
	}
	fmt.Fprintln(termtest.Results(), runChild(mode))
}

var errWrong = errors.New("wrong")

func runChild(mode string) string {
	p := ask.Person{
		Open: term.Open, Tell: func(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) },
		Getenv: os.Getenv, Rand: rand.Reader,
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	goOn := make(chan os.Signal, 1)
	signal.Notify(goOn, syscall.SIGUSR1)
	work := func() { // until the test has typed something meanwhile
		fmt.Fprintln(termtest.Results(), "working")
		select {
		case <-goOn:
		case <-ctx.Done():
		}
	}
	switch mode {
	case "confirm":
		return fmt.Sprint(p.Confirm(ctx, "sure", nil))
	case "choose":
		n, err := p.Choose(ctx, "which?", []string{"first", "evil\x1b[2J"}, nil)
		return fmt.Sprintf("%d %v", n, err)
	case "lines":
		defer p.Hold()()
		a, _ := p.Line(ctx, "first: ", nil)
		b, err := p.Line(ctx, "second: ", nil)
		return fmt.Sprintf("%q %q %v", a, b, err)
	case "unlock":
		err := p.Unlock(ctx, "passphrase: ", nil, errWrong, func(pass []byte) error {
			work()
			if string(pass) != "right" {
				return fmt.Errorf("%w: %d bytes", errWrong, len(pass))
			}
			return ctx.Err()
		})
		return fmt.Sprint(err)
	case "held":
		release := p.Hold()
		pass, err := p.Secret(ctx, "passphrase: ", nil)
		work()
		release()
		work()
		return fmt.Sprintf("%s %v", pass, err)
	}
	return "no such mode"
}

func start(t *testing.T, mode string) *termtest.Program {
	t.Helper()
	return termtest.Start(t, []string{childVariable + "=" + mode}, os.Args[0])
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct{ mode, keys, want, said string }{
		{"confirm", "\r", "nothing was changed", ""},
		{"confirm", "y\r", "<nil>", ""},
		{"confirm", "Yes \r", "<nil>", ""},
		{"confirm", "ｙ\r", "<nil>", ""},
		{"confirm", "ＹＥＳ\r", "<nil>", ""},
		{"confirm", "はい\r", "<nil>", ""},
		{"confirm", "いいえ\r", "nothing was changed", ""},
		{"confirm", "Ｎ\r", "nothing was changed", ""},
		{"confirm", "maybe\ryes\r", "<nil>", `"maybe" is neither yes nor no; y or n, please`},
		{"confirm", "\x03", "interrupted", ""},
		{"choose", "7\r2\r", "1 <nil>", `"7" is none of them; a number from 1 to 2, please`},
		{"choose", "２\r", "1 <nil>", `evil\x1b[2J`},
		{"lines", " one\rtwo \r", `"one" "two" <nil>`, ""},
	} {
		p := start(t, c.mode)
		p.WaitFor(map[string]string{"confirm": "sure? [y/N] ", "choose": "1-2: ", "lines": "first: "}[c.mode])
		p.Send(c.keys)
		if p.End(); !strings.Contains(p.Results, c.want) {
			t.Errorf("%s %q: result %q, want %q", c.mode, c.keys, p.Results, c.want)
		}
		if !strings.Contains(string(p.Output()), c.said) {
			t.Errorf("%s %q: the screen shows %q", c.mode, c.keys, p.Output())
		}
		p.CheckModes()
	}
}

// What is typed while a passphrase is tried is not shown, is not taken for the next
// one, and does not go to the shell. Three tries are all.
func TestTypedAhead(t *testing.T) {
	p := start(t, "unlock")
	for range ask.Tries {
		p.WaitFor("passphrase: ")
		p.Send("wrong\r")
		p.WaitForResult("working")
		if p.Echoes() {
			t.Error("what is typed while it works is shown")
		}
		p.TypeAhead("right")
		p.Signal(syscall.SIGUSR1)
	}
	p.End()
	if !strings.Contains(p.Results, "wrong: 5 bytes") {
		t.Errorf("result %q", p.Results)
	}
	if n := strings.Count(string(p.Output()), "wrong passphrase; once again"); n != ask.Tries-1 || strings.Contains(string(p.Output()), "right") {
		t.Errorf("the screen shows %q", p.Output())
	}
	if n := p.Unread(); n != 0 {
		t.Errorf("%d bytes are left for the shell", n)
	}
	p.CheckModes()

	p = start(t, "unlock")
	p.WaitFor("passphrase: ")
	p.Send("right\r")
	p.WaitForResult("working")
	p.Signal(syscall.SIGTERM)
	if p.End(); !strings.Contains(p.Results, "canceled") {
		t.Errorf("result %q", p.Results)
	}
	p.CheckModes()
}

// The terminal is quiet as long as questions are held together, and no longer; a
// program that is stopped at a question gives it back as it was.
func TestHold(t *testing.T) {
	p := start(t, "job:held")
	p.WaitFor("passphrase: ")
	p.Send("ab\x1a")
	p.WaitForResult("stopped, modes as before: true")
	p.WaitFor("passphrase: ")
	p.Send("c\r")
	p.WaitForResult("working")
	if p.Echoes() {
		t.Error("what is typed while it works is shown")
	}
	p.Send("\x1a\x1c") // would leave the shell a terminal without echo
	p.TypeAhead("ahead")
	p.SignalJob(syscall.SIGUSR1)
	p.WaitForResult("working")
	if n := p.Unread(); n != 0 || !p.Echoes() {
		t.Errorf("after the questions: %d bytes typed ahead, echo %v", n, p.Echoes())
	}
	p.SignalJob(syscall.SIGUSR1)
	if p.End(); !strings.Contains(p.Results, "abc <nil>") {
		t.Errorf("result %q", p.Results)
	}
	p.CheckModes()
}

// Each question says what to type where no person can be asked.
func TestNoPerson(t *testing.T) {
	p := ask.Person{Open: func() (*term.Terminal, error) { return nil, term.ErrNoTerminal }}
	otherwise := errors.New("what to type instead")
	ctx := t.Context()
	for name, q := range map[string]func(error) error{
		"Confirm": func(o error) error { return p.Confirm(ctx, "sure", o) },
		"Choose":  func(o error) error { _, err := p.Choose(ctx, "which?", []string{"a"}, o); return err },
		"Line":    func(o error) error { _, err := p.Line(ctx, "line: ", o); return err },
		"Secret":  func(o error) error { _, err := p.Secret(ctx, "secret: ", o); return err },
		"Unlock":  func(o error) error { return p.Unlock(ctx, "secret: ", o, errWrong, nil) },
		"New":     func(o error) error { _, err := p.NewPassphrase(ctx, ask.New{Otherwise: o}); return err },
	} {
		if err := q(otherwise); !errors.Is(err, otherwise) {
			t.Errorf("%s: %v", name, err)
		}
		if err := q(nil); !errors.Is(err, term.ErrNoTerminal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
