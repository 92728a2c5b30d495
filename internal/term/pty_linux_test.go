package term

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// The tests of this file run this test binary again as a program on a terminal
// of its own: signals and job control cannot be tried on ourselves.
const childVariable = "JANGLE_TERM_TEST_CHILD"

func TestMain(m *testing.M) {
	mode := os.Getenv(childVariable)
	if mode == "" {
		os.Exit(m.Run())
	}
	results := os.NewFile(3, "results")
	if job, ok := strings.CutPrefix(mode, "job:"); ok {
		runJob(job, results)
		return
	}
	fmt.Fprintln(results, runChild(mode))
}

func runChild(mode string) string {
	t, err := Open()
	if err != nil {
		return err.Error()
	}
	defer t.Close()
	ctx := context.Background()
	switch mode {
	case "secret":
		b, err := t.ReadSecret(ctx, "secret: ")
		return fmt.Sprintf("%d %.40q %v", len(b), b, err)
	case "line":
		s, err := t.ReadLine(ctx, "line: ")
		return fmt.Sprintf("%q %v", s, err)
	case "confirm":
		yes, err := t.Confirm(ctx, "sure?", DefaultNo)
		return fmt.Sprintf("%v %v", yes, err)
	case "choose":
		n, err := t.Choose(ctx, "which?", []string{"first", "evil\x1b[2J"})
		return fmt.Sprintf("%d %v", n, err)
	case "key":
		k, err := t.ReadKey(ctx)
		return fmt.Sprintf("%v %v", k, err)
	case "timeout":
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := t.ReadSecret(ctx, "secret: ")
		b, again := t.ReadSecret(context.Background(), "again: ")
		return fmt.Sprintf("%v, then %q %v", err, b, again)
	case "panic":
		defer func() { _ = recover() }()
		s, _ := t.Start(FullScreen())
		defer s.Close()
		fmt.Fprint(t, "secret: ")
		panic("boom")
	}
	return "no such mode"
}

// runJob is a shell with one job: it starts the child in the foreground, and
// when the child stops, reports the terminal's modes and continues it.
func runJob(mode string, results *os.File) {
	before := modesOf(os.Stdin)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+mode)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{results}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(results, err)
		return
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if err != nil || !status.Stopped() {
			return
		}
		fmt.Fprintf(results, "stopped by %v, modes as before: %v\n", status.StopSignal(), modesOf(os.Stdin) == before)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT)
	}
}

func modesOf(f *os.File) unix.Termios {
	m, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		panic(err)
	}
	return *m
}

// child is the program on its terminal.
type child struct {
	t          *testing.T
	cmd        *exec.Cmd
	master     *os.File
	slave      *os.File
	results    *os.File
	before     unix.Termios
	screen     bytes.Buffer
	resultText bytes.Buffer
}

func start(t *testing.T, mode string) *child {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, master: master, slave: slave, results: read, before: modesOf(slave)}
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(os.Environ(), childVariable+"="+mode)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = slave, slave, slave
	c.cmd.ExtraFiles = []*os.File{write}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); master.Close(); slave.Close(); read.Close() })
	return c
}

// waitFor reads the screen until text was written.
func (c *child) waitFor(text string) {
	c.t.Helper()
	waitIn(c.t, c.master, &c.screen, text)
}

func (c *child) waitForResult(text string) {
	c.t.Helper()
	waitIn(c.t, c.results, &c.resultText, text)
}

// waitIn drops what it found, so that the next wait is for something new.
func waitIn(t *testing.T, f *os.File, seen *bytes.Buffer, text string) {
	t.Helper()
	_ = f.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 4096)
	for {
		if _, after, ok := strings.Cut(seen.String(), text); ok {
			seen.Reset()
			seen.WriteString(after)
			return
		}
		n, err := f.Read(buf)
		seen.Write(buf[:n])
		if err != nil && !strings.Contains(seen.String(), text) {
			t.Fatalf("waiting for %q: %v; there is %q", text, err, seen.String())
		}
	}
}

func (c *child) send(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.master, keys); err != nil {
		c.t.Fatal(err)
	}
}

// end waits for the child and returns its result and how it ended.
func (c *child) end() (string, *os.ProcessState) {
	c.t.Helper()
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, c.master); close(drained) }()
	_ = c.results.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.Copy(&c.resultText, c.results)
	_ = c.cmd.Wait()
	return c.resultText.String(), c.cmd.ProcessState
}

func (c *child) checkModes() {
	c.t.Helper()
	if after := modesOf(c.slave); after != c.before {
		c.t.Errorf("terminal modes: before %+v, after %+v", c.before, after)
	}
}

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
				c.waitFor("secret: ")
				if way.signal != 0 {
					_ = c.cmd.Process.Signal(way.signal)
				}
				if way.keys != "" {
					c.send(way.keys)
				}
				result, state := c.end()
				if !strings.Contains(result, way.want) {
					t.Errorf("result %q, want %q", result, way.want)
				}
				if got := state.Sys().(syscall.WaitStatus); way.killed != 0 && got.Signal() != way.killed {
					t.Errorf("ended with %v, want %v", got, way.killed)
				}
				c.checkModes()
			}
		})
	}
}

func TestSuspendAndResume(t *testing.T) {
	for range rounds {
		c := start(t, "job:secret")
		c.waitFor("secret: ")
		c.send("abc\x1a")
		c.waitForResult("stopped by stopped (signal), modes as before: true")
		c.waitFor("secret: ") // asked again when it is back
		c.send("def\r")
		if result, _ := c.end(); !strings.Contains(result, `6 "abcdef" <nil>`) {
			t.Errorf("result %q", result)
		}
		c.checkModes()
	}
}

func TestStopThatCannotBeSeen(t *testing.T) {
	c := start(t, "secret")
	c.waitFor("secret: ")
	_ = c.cmd.Process.Signal(syscall.SIGSTOP)
	if err := unix.IoctlSetTermios(int(c.slave.Fd()), unix.TCSETS, &c.before); err != nil { // as a shell does
		t.Fatal(err)
	}
	_ = c.cmd.Process.Signal(syscall.SIGCONT)
	c.waitFor("secret: ")
	if modesOf(c.slave).Lflag&unix.ECHO != 0 {
		t.Error("echo is on after SIGSTOP and SIGCONT")
	}
	c.send("x\r")
	c.end()
	c.checkModes()
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
		{"confirm", "sure? [y/N] ", "\r", "false <nil>"},
		{"confirm", "sure? [y/N] ", "maybe\ryes\r", "true <nil>"},
		{"choose", "1-2: ", "7\r2\r", "1 <nil>"},
		{"key", "", "\x1b[B", fmt.Sprintf("%v <nil>", Key{Code: KeyDown})},
		{"key", "", "\x1b", fmt.Sprintf("%v <nil>", Key{Code: KeyEscape})},
		{"timeout", "again: ", "later\r", `context deadline exceeded, then "later" <nil>`},
	} {
		child := start(t, c.mode)
		child.waitFor(c.prompt)
		go child.send(c.keys)
		if result, _ := child.end(); !strings.Contains(result, c.want) {
			t.Errorf("%s %.20q: result %q, want %q", c.mode, c.keys, result, c.want)
		}
		child.checkModes()
	}
}

func TestSecretIsNotEchoedAndPromptsAreSafe(t *testing.T) {
	c := start(t, "secret")
	c.waitFor("secret: ")
	c.send("hidden\x03")
	shown, _ := io.ReadAll(io.LimitReader(c.master, 2))
	if string(shown) != "\r\n" {
		t.Errorf("after the prompt the screen shows %q", shown)
	}
	c.end()

	c = start(t, "choose")
	c.waitFor(`evil\x1b[2J`)
	c.send("\x03")
	c.end()
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
	c.waitFor("secret: ")
	c.send("ab\x1ac\r")
	if result, _ := c.end(); !strings.Contains(result, `3 "abc" <nil>`) {
		t.Errorf("result %q", result)
	}
}

func TestStopSignalFromOutside(t *testing.T) {
	c := start(t, "secret")
	c.waitFor("secret: ")
	_ = c.cmd.Process.Signal(syscall.SIGTSTP)
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("status %v, %v", status, err)
	}
	c.checkModes()
	_ = c.cmd.Process.Signal(syscall.SIGCONT)
	c.waitFor("secret: ")
	c.send("x\r")
	c.end()
	c.checkModes()
}

func TestNohupIsRespected(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	if slices.Contains(watchedSignals(), os.Signal(syscall.SIGHUP)) {
		t.Error("a hang-up that is ignored is listened for")
	}
}
