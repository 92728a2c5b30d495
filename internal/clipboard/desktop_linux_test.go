package clipboard

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/clipboard/desktoptest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// This test binary is also a program that copies its standard input, and the
// one that clears the clipboard later.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == ClearerArgument:
		wait := func(_ context.Context, d time.Duration) error { time.Sleep(d); return nil }
		system := ClearerSystem{System: System{Getenv: os.Getenv}, Now: time.Now, Wait: wait}
		_ = RunClearer(context.Background(), os.Stdin, system)
	case len(os.Args) == 2 && os.Args[1] == copierArgument:
		text, _ := io.ReadAll(os.Stdin)
		o := CopyOptions{System: System{Getenv: os.Getenv}, ClearAfter: 100 * time.Millisecond, Executable: os.Args[0]}
		if _, err := Copy(context.Background(), string(text), o); err != nil {
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

const copierArgument = "copier"

// onDesktops runs a test with every clipboard program of every desktop.
func onDesktops(t *testing.T, test func(t *testing.T, c *Clipboard, s System)) {
	for _, d := range []struct {
		program string
		start   func(*testing.T)
		hide    string
	}{
		{"wl-copy", desktoptest.Wayland, ""},
		{"xclip", desktoptest.X11, ""},
		{"xsel", desktoptest.X11, "xclip"},
	} {
		t.Run(d.program, func(t *testing.T) {
			tooltest.Need(t, d.program)
			d.start(t)
			s := System{Getenv: os.Getenv, LookPath: func(name string) (string, error) {
				if name == d.hide {
					return "", exec.ErrNotFound
				}
				return exec.LookPath(name)
			}}
			c, err := Find(s)
			if err != nil {
				t.Fatal(err)
			}
			if c.Name() != d.program {
				t.Fatalf("uses %s", c.Name())
			}
			test(t, c, s)
		})
	}
}

func TestWriteReadClear(t *testing.T) {
	onDesktops(t, func(t *testing.T, c *Clipboard, _ System) {
		ctx := context.Background()
		if _, err := c.Read(ctx); !errors.Is(err, ErrEmpty) {
			t.Errorf("an empty clipboard: %v", err)
		}
		long := 100_000
		if c.Name() == "xsel" {
			long = 3_000 // it hands out more than 4,000 bytes in parts, and hangs in one of eight times
		}
		for _, text := range []string{"492039", "otpauth://totp/日本?secret=A\notpauth://totp/b?secret=B", strings.Repeat("x", long)} {
			if err := c.Write(ctx, []byte(text)); err != nil {
				t.Fatal(err)
			}
			// xsel returns before it owns the selection.
			waitUntil(t, "there", func() bool {
				got, err := c.Read(ctx)
				return err == nil && string(got.Text) == text && got.Image == nil
			})
			if err := c.ClearIfStill(ctx, []byte("something else")); err != nil {
				t.Fatal(err)
			}
			if got, err := c.Read(ctx); string(got.Text) != text {
				t.Fatalf("cleared what is not ours: %q, %v", got.Text, err)
			}
		}
		if err := c.Write(ctx, []byte("492039")); err != nil {
			t.Fatal(err)
		}
		waitUntil(t, "there", func() bool {
			got, _ := c.Read(ctx)
			return string(got.Text) == "492039"
		})
		if err := c.ClearIfStill(ctx, []byte("492039")); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Read(ctx); !errors.Is(err, ErrEmpty) {
			t.Errorf("after clearing: %q, %v", got.Text, err)
		}
	})
}

func TestCopyClearsAfterwards(t *testing.T) {
	onDesktops(t, func(t *testing.T, c *Clipboard, s System) {
		if c.Name() == "xsel" {
			t.Skip("the program that clears looks for itself and finds xclip")
		}
		ctx := context.Background()
		o := CopyOptions{System: s, ClearAfter: 300 * time.Millisecond, Executable: os.Args[0]}
		message, err := Copy(ctx, "492039", o)
		if err != nil || !strings.Contains(message, "will be cleared in 0 s") {
			t.Fatalf("%q, %v", message, err)
		}
		if got, _ := c.Read(ctx); string(got.Text) != "492039" {
			t.Fatalf("the clipboard holds %q", got.Text)
		}
		waitUntil(t, "cleared", func() bool {
			_, err := c.Read(ctx)
			return errors.Is(err, ErrEmpty)
		})
	})
}

func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not %s after 10 s", what)
		}
	}
}

func TestImage(t *testing.T) {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
	onDesktops(t, func(t *testing.T, c *Clipboard, _ System) {
		copyImage := map[string][]string{
			"wl-copy": {"wl-copy", "--type", "image/png"},
			"xclip":   {"xclip", "-selection", "clipboard", "-t", "image/png", "-in"},
		}[c.Name()]
		if copyImage == nil {
			t.Skip("xsel knows text only")
		}
		ctx := context.Background()
		if err := (command{path: copyImage[0]}).start(ctx, copyImage, file.Bytes()); err != nil {
			t.Fatal(err)
		}
		waitUntil(t, "the picture is there", func() bool { // the program takes the clipboard a moment after it began
			got, err := c.Read(ctx)
			return err == nil && bytes.Equal(got.Image, file.Bytes())
		})
	})
}

// Requirement 1: the text is in nobody's arguments or environment.
func TestNoTextInArguments(t *testing.T) {
	tooltest.Need(t, "strace", "xclip")
	desktoptest.X11(t)
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-qq", "-e", "trace=execve", "-v", "-s", "9999", "-o", trace, os.Args[0], copierArgument)
	cmd.Stdin = strings.NewReader("918273645")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill() // xclip stays, and strace with it
	var log []byte
	waitUntil(t, "copied, compared and cleared", func() bool {
		log, _ = os.ReadFile(trace)
		return bytes.Contains(log, []byte(ClearerArgument)) &&
			bytes.Count(log, []byte("\"-out\"")) >= 1 && bytes.Count(log, []byte("\"-in\"")) >= 2
	})
	if bytes.Contains(log, []byte("918273645")) {
		t.Error("the text is in arguments or environment")
	}
}

// A real tmux takes the text of the sequence for it, with set-clipboard on.
func TestOSC52ReachesTmux(t *testing.T) {
	tooltest.Need(t, "tmux")
	dir := t.TempDir()
	t.Setenv("TMUX_TMPDIR", dir)
	t.Setenv("TMUX", "")
	var sequence bytes.Buffer
	terminal := osc52{System{Getenv: func(name string) string { return map[string]string{"TMUX": "x"}[name] }, Terminal: &sequence}}
	if err := terminal.write(t.Context(), []byte("492039")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/sequence", sequence.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tmux := func(args ...string) (string, error) {
		out, err := exec.Command("tmux", append([]string{"-L", "test", "-f", "/dev/null"}, args...)...).CombinedOutput()
		return string(out), err
	}
	t.Cleanup(func() { _, _ = tmux("kill-server") })
	// The pane waits for the option to be set before it writes.
	if out, err := tmux("new-session", "-d", "tmux wait-for ready; cat "+dir+"/sequence; sleep 60"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, args := range [][]string{{"set-option", "-s", "set-clipboard", "on"}, {"wait-for", "-S", "ready"}} {
		if out, err := tmux(args...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	waitUntil(t, "in tmux's buffer", func() bool {
		out, err := tmux("show-buffer")
		return err == nil && out == "492039"
	})
}
