package cli

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestPagesStopped: whatever ends the pages, nothing of them stays, and what was
// on the screen is said.
func TestPagesStopped(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 5, steamLink)
	for name, c := range map[string]struct {
		keys   string
		status int
		says   string
	}{
		"q":      {"q", 6, "handed over 4 of 6"},
		"escape": {"\x1b", 6, "handed over 4 of 6"},
		"ctrl-c": {"\x03", 130, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.onTerminal(t, 120, 60, "export", "--to", "google-authenticator", "--yes", "--per-page", "2")
			s.WaitFor("page 1 of 3")
			s.WaitFor("q stops")
			s.Send(" ")
			s.WaitFor("page 2 of 3")
			s.WaitFor("q stops")
			s.Send(c.keys)
			s.WaitFor(c.says)
			s.End()
			for _, want := range []string{"cannot hold Steam (ken)", "handed over 4 of 6", "stopped before the last page", "not carried: Steam (ken)"} {
				if !bytes.Contains(s.Output(), []byte(want)) {
					t.Errorf("%q is not said", want)
				}
			}
			if s.Status() != c.status {
				t.Errorf("status %d, want %d", s.Status(), c.status)
			}
			checkGone(t, s, 120, 60)
		})
	}
	t.Run("signal", func(t *testing.T) {
		s := p.onTerminal(t, 120, 60, "export", "--to", "google-authenticator", "--yes")
		s.WaitFor("scan it, then any key")
		s.Signal(syscall.SIGTERM)
		if got := s.End(); got != 0 || s.Status() != 130 {
			t.Errorf("ended by %v, status %d: %s", got, s.Status(), s.Output())
		}
		checkGone(t, s, 120, 60)
	})
}

// TestPagesGoBack: an arrow goes back, pasted text turns no page, and a window of
// another size is drawn again, or says what it needs.
func TestPagesGoBack(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 3)
	s := p.onTerminal(t, 120, 60, "export", "--to", "google-authenticator", "--yes", "--per-page", "1")
	s.WaitFor("page 1 of 3")
	s.Send(" ")
	s.WaitFor("page 2 of 3")
	s.Send("\x1b[D")
	s.WaitFor("page 1 of 3")
	s.WaitFor("q stops")
	s.Resize(44, 20)
	s.WaitFor("needs a terminal of 45 columns")
	s.Resize(45, 25)
	s.WaitFor("page 1 of 3")
	s.WaitFor("← goes back")
	readBoth(t, pixels(t, emulate(t, lastScreen(s), 45, 25), themes()["dark"]))
	s.Send("\x0c")
	s.WaitFor("page 1 of 3")
	s.Send("\x03")
	s.End()
	checkGone(t, s, 120, 60)
}

// lastScreen is what was sent since the screen was wiped last.
func lastScreen(s *termtest.Program) []byte {
	return s.Output()[bytes.LastIndex(s.Output(), []byte("\x1b[0m\x1b[1;1H\x1b[2K")):]
}

// TestPicturesOnTerminals: the terminal's own pictures hold the same code, fit
// the window, and lie below both lines of text.
func TestPicturesOnTerminals(t *testing.T) {
	t.Parallel()
	p := withAccounts(t, 12)
	for _, c := range []struct {
		style   string
		env     string
		begins  string
		picture func(*testing.T, string) []byte
	}{
		{"kitty", "KITTY_WINDOW_ID=1", "\x1b_Ga=T,f=100", kittyPicture},
		{"iterm2", "TERM_PROGRAM=WezTerm", "\x1b]1337;File=inline=1;", itermPicture},
		{"sixel", "TERM=foot", "\x1bP0;0;0q", sixelPicture},
	} {
		for _, auto := range []bool{false, true} {
			t.Run(fmt.Sprint(c.style, " auto ", auto), func(t *testing.T) {
				args, env := []string{"export", "--to", "google-authenticator", "--yes", "--style", c.style}, []string(nil)
				if auto {
					args, env = args[:4], []string{c.env}
				}
				const columns, rows = 120, 40 // of 8 by 16 pixels, as this terminal does not tell
				s := p.onTerminalWith(t, columns, rows, env, args...)
				s.WaitFor("page 1 of ")
				s.WaitFor("\x1b[2;1Hscan it")
				s.WaitFor("\x1b[3;1H" + c.begins)
				s.Send(" ")
				s.WaitFor("page 2 of ")
				page, _, _ := strings.Cut(string(s.Output()), "page 2 of ")
				picture := c.picture(t, page[strings.Index(page, c.begins):])
				side := decodePNG(t, picture).Bounds().Dx()
				if side > (rows-3)*16 || side > columns*8 {
					t.Errorf("%d pixels do not fit", side)
				}
				if text := readBoth(t, picture); !strings.HasPrefix(text, "otpauth-migration://") {
					t.Errorf("read %q", text)
				}
				s.Send("\x03")
				s.End()
				checkGone(t, s, columns, rows)
				if erased := strings.HasSuffix(beforeLeaving(s), "\x1b_Ga=d,d=A,q=2\x1b\\"); c.style == "kitty" && !erased {
					t.Error("the picture was not taken off the screen")
				}
			})
		}
	}
}

// beforeLeaving is what was sent before the last wiping.
func beforeLeaving(s *termtest.Program) string {
	return string(s.Output()[:bytes.LastIndex(s.Output(), []byte("\x1b[0m\x1b[1;1H\x1b[2K"))])
}

func kittyPicture(t *testing.T, page string) []byte {
	t.Helper()
	var text strings.Builder
	for _, m := range regexp.MustCompile(`\x1b_G([^;]*);([^\x1b]*)\x1b\\`).FindAllStringSubmatch(page, -1) {
		text.WriteString(m[2])
		if strings.HasSuffix(m[1], "m=0") {
			break
		}
	}
	return unbase64(t, text.String())
}

func itermPicture(t *testing.T, page string) []byte {
	t.Helper()
	_, data, _ := strings.Cut(page, ":")
	data, _, _ = strings.Cut(data, "\a")
	return unbase64(t, data)
}

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestNothingInScrollback looks in a real terminal, tmux, that has no alternate
// screen and keeps a history.
func TestNothingInScrollback(t *testing.T) {
	tooltest.Need(t, "tmux")
	p := withAccounts(t, 2)
	socket := t.TempDir() + "/tmux"
	tmux := func(args ...string) string {
		cmd := exec.Command("tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		cmd.Env = append(p.env, "TERM=xterm-256color", "LC_ALL=C.UTF-8")
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	defer tmux("kill-server")
	tmux("start-server", ";", "set", "-g", "alternate-screen", "off", ";", "new-session", "-d", "-x", "100", "-y", "50",
		"'"+p.path+"' export --to google-authenticator --yes; echo over; cat")
	seen := func(text string) string {
		for range 100 {
			if screen := tmux("capture-pane", "-p", "-S", "-"); strings.Contains(screen, text) {
				return screen
			}
			time.Sleep(100 * time.Millisecond) // another process: there is nothing to wait on
		}
		t.Fatalf("%q does not come: %s", text, tmux("capture-pane", "-p", "-S", "-"))
		return ""
	}
	if !strings.Contains(seen("any key ends"), "▄") {
		t.Fatal("no page was shown")
	}
	tmux("send-keys", "x")
	seen("enter skips")
	tmux("send-keys", "Enter")
	if all := seen("over\n"); strings.Contains(all, "▄") || strings.Contains(all, "any key ends") {
		t.Errorf("still there: %s", all)
	}
}
