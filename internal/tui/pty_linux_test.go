package tui

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hinshun/vt10x"

	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The tests of this file run this test binary again as a program that shows the
// view on a terminal of its own, and read what a terminal emulator makes of it.
const childVariable = "JANGLE_TUI_TEST_CHILD"

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

func runChild(mode string) (result string) {
	t, err := term.Open()
	if err != nil {
		return err.Error()
	}
	defer t.Close()
	if mode == "pick" {
		i, err := Pick(context.Background(), PickOptions{Terminal: t, Rows: fakeRows()})
		return fmt.Sprintf("picked %d, %v", i, err)
	}
	defer func() {
		if p := recover(); p != nil {
			result = fmt.Sprint("panic: ", p)
		}
	}()
	var copied []string
	var mu sync.Mutex
	err = Run(context.Background(), Options{
		Terminal: t, Rows: fakeRows(), Now: time.Now, Code: fakeCode, Colour: true,
		NextHOTP: func(context.Context, int) (string, error) { return "755224", nil },
		Copy: func(_ context.Context, code string) (string, error) {
			if mode == "panic" {
				panic("boom")
			}
			mu.Lock()
			defer mu.Unlock()
			copied = append(copied, code)
			return fmt.Sprint("copied number ", len(copied)), nil
		},
	})
	return fmt.Sprintf("copied %d, %v", len(copied), err)
}

func start(t *testing.T, mode string) *termtest.Program {
	t.Helper()
	p := termtest.Start(t, []string{childVariable + "=" + mode}, os.Args[0])
	p.WaitFor("q quit")
	return p
}

// emulate shows what a terminal of that size shows after all that was written.
func emulate(t *testing.T, output []byte, columns, rows int) vt10x.Terminal {
	t.Helper()
	vt := vt10x.New(vt10x.WithSize(columns, rows))
	if _, err := vt.Write(output); err != nil {
		t.Fatal(err)
	}
	return vt
}

// checkRestored fails unless the terminal is as it was: modes, alternate screen,
// cursor, mouse, marked pastes.
func checkRestored(t *testing.T, p *termtest.Program) {
	t.Helper()
	p.CheckModes()
	vt := emulate(t, p.Output(), 80, 24)
	if m := vt.Mode(); m&(vt10x.ModeAltScreen|vt10x.ModeMouseMask) != 0 {
		t.Errorf("modes of the terminal afterwards: %b", m)
	}
	if !vt.CursorVisible() {
		t.Error("the cursor is hidden afterwards")
	}
	if text := strings.TrimSpace(vt.String()); strings.Contains(text, "GitHub") {
		t.Errorf("left on the screen: %s", text)
	}
	for on, off := range map[string]string{"\x1b[?2004h": "\x1b[?2004l", "\x1b[?1006h": "\x1b[?1006l", "\x1b[?25l": "\x1b[?25h", "\x1b[?2026h": "\x1b[?2026l"} {
		if bytes.LastIndex(p.Output(), []byte(off)) < bytes.LastIndex(p.Output(), []byte(on)) {
			t.Errorf("%q was not undone", on)
		}
	}
}

// rounds is how often each way out is tried.
const rounds = 20

func TestTerminalIsGivenBack(t *testing.T) {
	for _, way := range []struct {
		name   string
		mode   string
		keys   string
		signal syscall.Signal
		killed syscall.Signal
		want   string
	}{
		{name: "q", keys: "q", want: "<nil>"},
		{name: "escape", keys: "\x1b", want: "<nil>"},
		{name: "ctrl-c", keys: "\x03", want: "interrupted"},
		{name: "SIGINT", signal: syscall.SIGINT, want: "interrupted"},
		{name: "SIGTERM", signal: syscall.SIGTERM, killed: syscall.SIGTERM},
		{name: "SIGHUP", signal: syscall.SIGHUP, killed: syscall.SIGHUP},
		{name: "panic", mode: "panic", keys: "\r", want: "panic: boom"},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			for range rounds {
				mode := way.mode
				if mode == "" {
					mode = "view"
				}
				p := start(t, mode)
				if way.signal != 0 {
					p.Signal(way.signal)
				}
				p.Send(way.keys)
				if killed := p.End(); killed != way.killed || !strings.Contains(p.Results, way.want) {
					t.Errorf("killed by %v, result %q", killed, p.Results)
				}
				checkRestored(t, p)
			}
		})
	}
}

func TestSuspendAndResume(t *testing.T) {
	for range rounds {
		p := start(t, "job:view")
		p.Send("\x1a")
		p.WaitForResult("stopped, modes as before: true")
		p.WaitFor("q quit") // everything is drawn again
		p.Send("q")
		p.End()
		checkRestored(t, p)
	}
}

func TestStoppedFromOutside(t *testing.T) {
	p := start(t, "view")
	p.Signal(syscall.SIGTSTP)
	p.WaitForStop()
	p.CheckModes()
	p.Signal(syscall.SIGCONT)
	p.WaitFor("q quit")
	p.Send("q")
	p.End()
	checkRestored(t, p)
}

func TestResizeStorm(t *testing.T) {
	p := start(t, "view")
	sizes := [][2]int{{1, 1}, {500, 200}, {80, 2}, {2, 80}, {40, 10}, {300, 100}, {79, 23}, {20, 3}}
	for i := range 400 {
		size := sizes[i%len(sizes)]
		p.Resize(size[0], size[1])
	}
	p.Resize(100, 30)
	p.Send("/zzz") // an answer shows that the storm was survived
	p.WaitFor("/zzz_")
	p.Resize(80, 24)
	p.Send("\x1b")
	p.WaitFor("q quit")
	p.Send("q")
	if p.End(); !strings.Contains(p.Results, "<nil>") {
		t.Errorf("result %q", p.Results)
	}
	checkRestored(t, p)
}

func TestWhatTheTerminalShows(t *testing.T) {
	p := start(t, "view")
	p.Send("\x1b[B\r") // down, enter
	p.WaitFor("copied number 1")
	p.Send("\x1b[<0;10;5M\x1b[<0;10;5m") // a click on the fifth line
	p.WaitFor("copied number 2")
	screen := emulate(t, p.Output(), 80, 24).String()
	for _, want := range []string{"jangle  5 accounts", "-- Favourites --", "日本銀行", "on request", "copied number 2"} {
		if !strings.Contains(strings.ReplaceAll(screen, "\x00", ""), want) {
			t.Errorf("%q is not on the screen:\n%s", want, screen)
		}
	}
	p.Send("q")
	if p.End(); !strings.Contains(p.Results, "copied 2, <nil>") {
		t.Errorf("result %q", p.Results)
	}
}

func TestPicker(t *testing.T) {
	p := termtest.Start(t, []string{childVariable + "=pick"}, os.Args[0])
	p.WaitFor("enter choose")
	p.Send("jr")
	p.WaitFor("/jr_")
	p.Send("\r")
	if p.End(); !strings.Contains(p.Results, "picked 2, <nil>") {
		t.Errorf("result %q", p.Results)
	}
	checkRestored(t, p)
}

// Nothing is asked of the terminal: no device attributes, no colours, no modes,
// no cursor position. What it would answer ends up in the shell.
func TestNoQueries(t *testing.T) {
	p := start(t, "view")
	p.Send("?q/x")
	p.WaitFor("/x_")
	p.Send("\x1b")
	p.WaitFor("q quit")
	p.Send("q")
	p.End()
	for _, query := range []string{"$p", "?u", "[c", "[>c", "[6n", "[5n", "]10;?", "]11;?", "+q"} {
		if bytes.Contains(p.Output(), []byte(query)) {
			t.Errorf("the terminal is asked %q", query)
		}
	}
}
