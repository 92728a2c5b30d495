package term

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The tests of this file run this test binary again as a program on a terminal
// of its own: signals and job control cannot be tried on ourselves.
const childVariable = "JANGLE_TERM_TEST_CHILD"

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

func runChild(mode string) string {
	t, err := Open()
	if err != nil {
		return err.Error()
	}
	defer t.Close()
	ctx := context.Background()
	switch mode {
	case "evil":
		_, err := t.ReadLine(ctx, "evil\x1b[2J: ")
		return fmt.Sprint(err)
	case "secret":
		b, err := t.ReadSecret(ctx, "secret: ")
		return fmt.Sprintf("%d %.40q %v", len(b), b, err)
	case "line":
		s, err := t.ReadLine(ctx, "line: ")
		return fmt.Sprintf("%q %v", s, err)
	case "key":
		k, err := t.ReadKey(ctx)
		return fmt.Sprintf("%v %v", k, err)
	case "timeout":
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := t.ReadSecret(ctx, "secret: ")
		b, again := t.ReadSecret(context.Background(), "again: ")
		return fmt.Sprintf("%v, then %q %v", err, b, again)
	case "nohup":
		signal.Ignore(syscall.SIGHUP)
		return fmt.Sprint(watchedSignals())
	case "panic":
		defer func() { _ = recover() }()
		s, _ := t.Start(FullScreen())
		defer s.Close()
		fmt.Fprint(t, "secret: ")
		panic("boom")
	}
	return "no such mode"
}

func start(t *testing.T, mode string) *termtest.Program {
	t.Helper()
	return termtest.Start(t, []string{childVariable + "=" + mode}, os.Args[0])
}

// rounds is how often each way out is tried.
const rounds = 20

// Requirement: the modes are the same after every way out of a prompt.
// Plain x/term.ReadPassword fails Ctrl-C, SIGTERM and SIGHUP.
func TestModesAfterEveryWayOut(t *testing.T) {
	for _, way := range []struct {
		name   string
		mode   string
		keys   string
		signal syscall.Signal
		want   string // in the result, or
		killed syscall.Signal
	}{
		{name: "enter", keys: "wxyz 2345\r", want: `9 "wxyz 2345" <nil>`},
		{name: "ctrl-c", keys: "abc\x03", want: "interrupted"},
		{name: "ctrl-d", keys: "\x04", want: ErrEOF.Error()},
		{name: "ctrl-backslash", keys: "abc\x1c", want: "interrupted"},
		{name: "SIGINT", signal: syscall.SIGINT, want: "interrupted"},
		{name: "SIGTERM", signal: syscall.SIGTERM, killed: syscall.SIGTERM},
		{name: "SIGHUP", signal: syscall.SIGHUP, killed: syscall.SIGHUP},
		{name: "panic", mode: "panic"},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			for range rounds {
				mode := way.mode
				if mode == "" {
					mode = "secret"
				}
				c := start(t, mode)
				c.WaitFor("secret: ")
				if way.signal != 0 {
					c.Signal(way.signal)
				}
				if way.keys != "" {
					c.Send(way.keys)
				}
				if killed := c.End(); killed != way.killed {
					t.Errorf("killed by %v, want %v", killed, way.killed)
				}
				if !strings.Contains(c.Results, way.want) {
					t.Errorf("result %q, want %q", c.Results, way.want)
				}
				c.CheckModes()
			}
		})
	}
}

func TestSuspendAndResume(t *testing.T) {
	for range rounds {
		c := start(t, "job:secret")
		c.WaitFor("secret: ")
		c.Send("abc\x1a")
		c.WaitForResult("stopped, modes as before: true")
		c.WaitFor("secret: ") // asked again when it is back
		c.Send("def\r")
		if c.End(); !strings.Contains(c.Results, `6 "abcdef" <nil>`) {
			t.Errorf("result %q", c.Results)
		}
		c.CheckModes()
	}
}

func TestStopThatCannotBeSeen(t *testing.T) {
	c := start(t, "secret")
	c.WaitFor("secret: ")
	c.Signal(syscall.SIGSTOP)
	c.ResetModes()
	c.Signal(syscall.SIGCONT)
	c.WaitFor("secret: ")
	if c.Echoes() {
		t.Error("echo is on after SIGSTOP and SIGCONT")
	}
	c.Send("x\r")
	c.End()
	c.CheckModes()
}

func TestAnswers(t *testing.T) {
	big := strings.Repeat("A", MaxAnswer)
	for _, c := range []struct{ mode, prompt, keys, want string }{
		{"secret", "secret: ", "a\x7fbc\x15xy\r", `2 "xy" <nil>`},
		{"secret", "secret: ", "ab\x1b[Ac\r", `3 "abc" <nil>`},
		{"secret", "secret: ", "a\xffb\x00c\r", `5 "a\xffb\x00c" <nil>`},
		{"secret", "secret: ", big + "\r", `4096 "AAAA`},
		{"secret", "secret: ", big + "B\r", ErrTooLong.Error()},
		{"secret", "secret: ", strings.Repeat(big, 256) + "\r", ErrTooLong.Error()},
		{"line", "line: ", "Café 日\x7f本\r", `"Café 本" <nil>`},
		{"line", "line: ", "one two\x17three\r", `"one three" <nil>`},
		{"key", "", "\x1b[B", fmt.Sprintf("%v <nil>", Key{Code: KeyDown})},
		{"key", "", "\x1b", fmt.Sprintf("%v <nil>", Key{Code: KeyEscape})},
		{"timeout", "again: ", "later\r", `context deadline exceeded, then "later" <nil>`},
	} {
		child := start(t, c.mode)
		child.WaitFor(c.prompt)
		go child.Send(c.keys)
		if child.End(); !strings.Contains(child.Results, c.want) {
			t.Errorf("%s %.20q: result %q, want %q", c.mode, c.keys, child.Results, c.want)
		}
		child.CheckModes()
	}
}

func TestSecretIsNotEchoedAndPromptsAreSafe(t *testing.T) {
	c := start(t, "secret")
	c.WaitFor("secret: ")
	c.Send("hidden\x03")
	c.End()
	if got := string(c.Output()); got != "secret: \r\n" {
		t.Errorf("the screen shows %q", got)
	}

	c = start(t, "evil")
	c.WaitFor(`evil\x1b[2J`)
	c.Send("\x03")
	c.End()
}

func TestNoTerminal(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), childVariable+"=secret")
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if result, _ := io.ReadAll(read); !strings.Contains(string(result), ErrNoTerminal.Error()) {
		t.Errorf("result %q", result)
	}
}

// A program that no shell watches must not stop for ever.
func TestCtrlZWithoutJobControlDoesNothing(t *testing.T) {
	c := start(t, "secret")
	c.WaitFor("secret: ")
	c.Send("ab\x1ac\r")
	if c.End(); !strings.Contains(c.Results, `3 "abc" <nil>`) {
		t.Errorf("result %q", c.Results)
	}
}

func TestStopSignalFromOutside(t *testing.T) {
	c := start(t, "secret")
	c.WaitFor("secret: ")
	c.Signal(syscall.SIGTSTP)
	c.WaitForStop()
	c.CheckModes()
	c.Signal(syscall.SIGCONT)
	c.WaitFor("secret: ")
	c.Send("x\r")
	c.End()
	c.CheckModes()
}

func TestNohupIsRespected(t *testing.T) {
	c := start(t, "nohup")
	c.End()
	if strings.Contains(c.Results, "hangup") || !strings.Contains(c.Results, "interrupt") {
		t.Errorf("listens for %s", c.Results)
	}
}
