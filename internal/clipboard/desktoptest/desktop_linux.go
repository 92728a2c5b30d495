// Package desktoptest starts desktops without a screen, for the tests of what
// needs one: an X server in memory, and a Wayland compositor without outputs.
package desktoptest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// X11 starts an X server of 640 by 480 pixels and sets DISPLAY.
func X11(t *testing.T) {
	t.Helper()
	X11With(t)
}

// X11With is X11 with more arguments for the server.
func X11With(t *testing.T, more ...string) {
	t.Helper()
	tooltest.Need(t, "Xvfb")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	args := append([]string{"-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"}, more...)
	cmd := exec.Command("Xvfb", args...)
	cmd.ExtraFiles = []*os.File{write}
	run(t, cmd)
	write.Close()
	_ = read.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	clearEnvironment(t)
	t.Setenv("DISPLAY", ":"+strings.TrimSpace(line))
}

// Background is the colour of the Wayland output's background, red, green and
// blue, where swaybg is installed.
const Background = "#3366cc"

// Wayland starts sway with one output of 640 by 480 pixels in memory, and sets
// WAYLAND_DISPLAY. sway refuses to be root, so for root it runs as nobody.
func Wayland(t *testing.T) {
	t.Helper()
	tooltest.Need(t, "sway")
	dir, err := os.MkdirTemp("", "wl") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "config")
	text := "output HEADLESS-1 resolution 640x480\noutput HEADLESS-1 bg " + Background + " solid_color\nxwayland disable\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sway", "-c", config)
	if os.Getuid() == 0 {
		tooltest.Need(t, "setpriv")
		if err := os.Chown(dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		cmd = exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sway", "-c", config)
	}
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "WLR_BACKENDS=headless",
		"WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman", "WLR_HEADLESS_OUTPUTS=1")
	run(t, cmd)
	clearEnvironment(t)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("WAYLAND_DISPLAY", waitForSocket(t, dir))
}

func waitForSocket(t *testing.T, dir string) string {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for i := range 5 {
			name := fmt.Sprint("wayland-", i)
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return name
			}
		}
	}
	t.Fatal("sway does not start")
	return ""
}

func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY", "SSH_CONNECTION", "TMUX", "STY", "WSL_DISTRO_NAME"} {
		t.Setenv(name, "")
	}
}

// run starts a server that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
	})
}
