//go:build unix

package clipboard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v
			}
		}
		return ""
	}
}

func having(programs ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, p := range programs {
			if p == name {
				return "/usr/bin/" + p, nil
			}
		}
		return "", exec.ErrNotFound
	}
}

func TestFind(t *testing.T) {
	all := having("wl-copy", "xclip", "xsel", "pbcopy", "clip.exe")
	for _, c := range []struct {
		name     string
		goos     string
		env      []string
		programs func(string) (string, error)
		terminal bool
		want     string // or a part of the error
	}{
		{"wayland", "linux", []string{"WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0"}, all, false, "wl-copy"},
		{"wayland by X", "linux", []string{"WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0"}, having("xclip"), false, "xclip"},
		{"x", "linux", []string{"DISPLAY=:0"}, all, false, "xclip"},
		{"x with xsel", "linux", []string{"DISPLAY=:0"}, having("xsel"), false, "xsel"},
		{"nothing installed", "linux", []string{"WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0"}, having(), false, "install wl-clipboard or xclip"},
		{"no display", "linux", nil, all, true, "neither WAYLAND_DISPLAY nor DISPLAY"},
		{"ssh", "linux", []string{"SSH_TTY=/dev/pts/0"}, all, true, "OSC 52"},
		{"ssh without a terminal", "linux", []string{"SSH_TTY=/dev/pts/0"}, all, false, "no clipboard"},
		{"ssh with X forwarding", "linux", []string{"SSH_TTY=/dev/pts/0", "DISPLAY=localhost:10.0"}, all, true, "xclip"},
		{"mac", "darwin", []string{"DISPLAY=/private/tmp/x"}, all, false, "pbcopy"},
		{"ssh to a mac", "darwin", []string{"SSH_CONNECTION=1 2 3 4"}, all, true, "OSC 52"},
		{"wsl", "linux", []string{"WSL_DISTRO_NAME=Debian"}, all, false, "clip.exe"},
	} {
		s := System{Getenv: environment(c.env...), LookPath: c.programs}
		if c.terminal {
			s.Terminal = &bytes.Buffer{}
		}
		b, err := find(s, c.goos)
		switch {
		case err != nil && (!errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %q, want %q", c.name, err, c.want)
		case err == nil && b.name() != c.want:
			t.Errorf("%s: uses %s, want %s", c.name, b.name(), c.want)
		}
	}
}

func TestOSC52(t *testing.T) {
	const bare = "\x1b]52;c;NDkyMDM5\x07"
	for _, c := range []struct{ env, want string }{
		{"", bare},
		{"TMUX=/tmp/tmux-0/default,1,0", "\x1bPtmux;\x1b\x1b]52;c;NDkyMDM5\x07\x1b\\" + bare},
		{"STY=1234.pts-0.host", "\x1bP" + bare + "\x1b\\"},
	} {
		var terminal bytes.Buffer
		o := CopyOptions{
			System:     System{Getenv: environment("SSH_TTY=/dev/pts/0", c.env), LookPath: having(), Terminal: &terminal},
			ClearAfter: time.Second, Executable: "/nonexistent",
		}
		message, err := Copy(context.Background(), "492039", o)
		if err != nil || terminal.String() != c.want {
			t.Errorf("%s: wrote %q, %v, want %q", c.env, terminal.String(), err, c.want)
		}
		if !strings.Contains(message, "not cleared") {
			t.Errorf("the message promises too much: %q", message)
		}
	}
	c := Clipboard{osc52{}}
	if _, err := c.Read(context.Background()); !errors.Is(err, ErrWriteOnly) {
		t.Errorf("reading: %v", err)
	}
}

// fakeClearer counts the wall clock itself; sleeps are the laptop's.
type fakeClearer struct {
	now   time.Time
	waits int
	sleep time.Duration // what each wait takes on top
}

func (f *fakeClearer) system(s System) ClearerSystem {
	return ClearerSystem{System: s, Now: func() time.Time { return f.now }, Wait: func(_ context.Context, d time.Duration) error {
		f.waits++
		f.now = f.now.Add(d + f.sleep)
		return nil
	}}
}

func orderFor(t *testing.T, o order) *bytes.Reader {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

func TestClearerWaitsByTheWallClock(t *testing.T) {
	s := System{Getenv: environment(), LookPath: having()}
	f := fakeClearer{now: time.Unix(1_800_000_000, 0)}
	err := RunClearer(context.Background(), orderFor(t, order{Text: "1", After: 30 * time.Second}), f.system(s))
	if !errors.Is(err, ErrNone) || f.waits != 30 {
		t.Errorf("%d waits, %v", f.waits, err)
	}
	f = fakeClearer{now: time.Unix(1_800_000_000, 0), sleep: time.Hour} // the lid was closed
	_ = RunClearer(context.Background(), orderFor(t, order{Text: "1", After: 30 * time.Second}), f.system(s))
	if f.waits != 1 {
		t.Errorf("%d waits although the laptop slept", f.waits)
	}
}

func TestLaterCopyTakesOver(t *testing.T) {
	s := System{Getenv: environment("XDG_RUNTIME_DIR=" + t.TempDir()), LookPath: having()}
	if err := claim(s, "second"); err != nil {
		t.Fatal(err)
	}
	f := fakeClearer{}
	err := RunClearer(context.Background(), orderFor(t, order{Text: "1", After: 30 * time.Second, Token: "first"}), f.system(s))
	if err != nil || f.waits != 1 {
		t.Errorf("the first clearer waits %d times, %v", f.waits, err)
	}
	f = fakeClearer{}
	err = RunClearer(context.Background(), orderFor(t, order{Text: "1", After: 30 * time.Second, Token: "second"}), f.system(s))
	if !errors.Is(err, ErrNone) || f.waits != 30 {
		t.Errorf("the second clearer waits %d times, %v", f.waits, err)
	}
}

func TestClearerWithoutAnOrder(t *testing.T) {
	var f fakeClearer
	if err := RunClearer(context.Background(), strings.NewReader("junk"), f.system(System{})); err == nil {
		t.Error("junk is an order")
	}
}

func TestCopyThatCannotBeCleared(t *testing.T) {
	script := fakeProgram(t, "xclip", "cat >/dev/null")
	o := CopyOptions{
		System:     System{Getenv: environment("DISPLAY=:0"), LookPath: func(string) (string, error) { return script, nil }},
		ClearAfter: time.Second, Executable: "/nonexistent/jangle",
	}
	if message, err := Copy(context.Background(), "1", o); err != nil || !strings.Contains(message, "it is not cleared") {
		t.Errorf("%q, %v", message, err)
	}
}

func TestFailingProgramIsAnError(t *testing.T) {
	script := fakeProgram(t, "xclip", "cat >/dev/null; exit 1")
	o := CopyOptions{System: System{Getenv: environment("DISPLAY=:0"), LookPath: func(string) (string, error) { return script, nil }}}
	if message, err := Copy(context.Background(), "1", o); err == nil {
		t.Errorf("copied, it says: %q", message)
	}
}

func TestSensitiveIsAskedForWhereItIsKnown(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ help, want string }{
		{"  -x, --sensitive  Mark as sensitive", "--type text/plain;charset=utf-8 --sensitive"},
		{"  -n, --trim-newline", "--type text/plain;charset=utf-8"},
	} {
		script := fakeProgram(t, "wl-copy", `if [ "$1" = --help ]; then echo "`+c.help+`"; else echo "$*" > `+dir+`/args; cat > `+dir+`/text; fi`)
		s := System{Getenv: environment("WAYLAND_DISPLAY=w"), LookPath: func(string) (string, error) { return script, nil }}
		found, err := Find(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := found.Write(context.Background(), []byte("492039")); err != nil {
			t.Fatal(err)
		}
		args, _ := os.ReadFile(dir + "/args")
		text, _ := os.ReadFile(dir + "/text")
		if got := strings.TrimSpace(string(args)); got != c.want || string(text) != "492039" {
			t.Errorf("arguments %q, text %q", got, text)
		}
	}
}

func TestHugeContentIsRefused(t *testing.T) {
	script := fakeProgram(t, "xclip", `case "$*" in *TARGETS*) echo STRING;; *) head -c 30000000 /dev/zero;; esac`)
	found, err := Find(System{Getenv: environment("DISPLAY=:0"), LookPath: func(string) (string, error) { return script, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := found.Read(context.Background()); err == nil {
		t.Errorf("read %d bytes", len(got.Text))
	}
}

func TestAppleScriptPicture(t *testing.T) {
	got, err := decodeAppleScript([]byte("«data PNGf89504E47»\n"))
	if err != nil || string(got) != "\x89PNG" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := decodeAppleScript([]byte("missing value")); err == nil {
		t.Error("no picture is a picture")
	}
}

func fakeProgram(t *testing.T, name, body string) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
