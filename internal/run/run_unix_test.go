//go:build unix

package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func sh(script string) Command {
	return Command{Argv: []string{"sh", "-c", script}, Output: 1 << 10, Time: time.Hour}
}

func TestOutput(t *testing.T) {
	c := sh("cat; echo done")
	c.Input = []byte("in ")
	if out, err := Output(t.Context(), c); err != nil || string(out) != "in done\n" {
		t.Errorf("%q, %v", out, err)
	}
	_, err := Output(t.Context(), sh("printf 'no \\033]0;title\\007\\nmore' >&2; exit 3"))
	var failed *Error
	var ended *exec.ExitError
	if !errors.As(err, &failed) || !errors.As(err, &ended) || failed.Said != `no \x1b]0;title\x07` || failed.Program != "sh" {
		t.Errorf("%#v", err)
	}
	if _, err := Output(t.Context(), Command{Argv: []string{"/nonexistent/x\x1b"}, Time: time.Hour}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q", err)
	}
}

// At a bound the program is killed, and what it started with it.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		time   time.Duration
		want   error
	}{
		"too much":           {"cat /dev/zero", time.Hour, ErrTooMuch},
		"too much on stderr": {"cat /dev/zero >&2", time.Hour, ErrTooMuch},
		"too long":           {"sleep 1000", 50 * time.Millisecond, ErrTooLong},
		"deaf":               {"trap '' INT TERM HUP; sleep 1000", 50 * time.Millisecond, ErrTooLong},
	} {
		for _, place := range []Place{Apart, AtTerminal} {
			note := filepath.Join(t.TempDir(), "pid")
			command := sh("sleep 1000 & echo $! > " + note + ".new; mv " + note + ".new " + note + "; " + c.script)
			command.Time, command.Place = c.time, place
			if c.want == ErrTooLong { // the note is there before the time counts
				command.Time = time.Hour
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					for {
						if _, err := os.Stat(note); err == nil {
							cancel(ErrTooLong)
							return
						}
						time.Sleep(time.Millisecond)
					}
				}()
				if _, err := Output(ctx, command); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, err := Output(t.Context(), command); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			text, err := os.ReadFile(note)
			if err != nil {
				t.Fatal(err)
			}
			pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			if alive(pid) {
				t.Errorf("%s: its child %d lives", name, pid)
			}
		}
	}
	short := sh("sleep 1000")
	short.Time = 20 * time.Millisecond
	if _, err := Output(t.Context(), short); !errors.Is(err, ErrTooLong) {
		t.Errorf("the time's end: %v", err)
	}
}

// alive waits for the kernel to finish with a process that was killed: it may be
// a zombie that its new parent has yet to take.
func alive(pid int) bool {
	for range 1000 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err == nil {
			if _, after, ok := bytes.Cut(stat, []byte(") ")); ok && after[0] == 'Z' {
				return false
			}
		} else if syscall.Kill(pid, 0) != nil {
			return false
		}
		time.Sleep(time.Millisecond)
	}
	return true
}

func TestSay(t *testing.T) {
	var said bytes.Buffer
	c := sh(`printf 'gr\303' >&2; sleep 0.05; printf '\274n\033[2J\npin? ' >&2; exit 1`)
	c.Say = &said
	_, err := Output(t.Context(), c)
	if want := "grün\\x1b[2J\npin? "; said.String() != want || err == nil || err.Error() != "sh: exit status 1" {
		t.Errorf("%q, %v", said.String(), err)
	}
}

// What the program leaves in the background does not hold us.
func TestLeftInTheBackground(t *testing.T) {
	out, err := Output(t.Context(), sh("sleep 3 & echo here"))
	if err != nil || string(out) != "here\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestInterrupted(t *testing.T) {
	for _, script := range []string{"kill -INT $$; sleep 1000", "exit 130"} {
		if _, err := Output(t.Context(), sh(script)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// FuzzSay: wherever the pieces are cut, no control character comes through.
func FuzzSay(f *testing.F) {
	f.Add([]byte("a\x1b]0;t\x07ü\xff"), 2)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		if size < 1 {
			t.Skip()
		}
		var out bytes.Buffer
		s := safely{w: &out, limited: &limited{most: 1 << 20, over: func(error) {}}}
		for b := text; len(b) > 0; {
			n := min(size, len(b))
			if _, err := s.Write(b[:n]); err != nil {
				t.Skip()
			}
			b = b[n:]
		}
		for _, r := range out.String() {
			if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '�' && !bytes.Contains(text, []byte("�")) {
				t.Fatalf("%q gives %q", text, out.String())
			}
		}
	})
}
