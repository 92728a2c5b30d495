package term

import (
	"os"
	"runtime"
	"testing"

	"github.com/creack/pty"
)

func TestColourPolicy(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	defer master.Close()
	defer slave.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	onWindows := runtime.GOOS == "windows"
	for _, c := range []struct {
		name   string
		env    map[string]string
		never  bool
		output *os.File
		want   bool
	}{
		{"terminal", map[string]string{"TERM": "xterm"}, false, slave, true},
		{"--no-color", map[string]string{"TERM": "xterm"}, true, slave, false},
		{"NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false, slave, false},
		{"empty NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": ""}, false, slave, true},
		{"dumb", map[string]string{"TERM": "dumb"}, false, slave, false},
		{"no TERM", nil, false, slave, onWindows},
		{"file", map[string]string{"TERM": "xterm"}, false, null, false},
		{"nothing", map[string]string{"TERM": "xterm"}, false, nil, false},
	} {
		p := ColourPolicy{Getenv: func(k string) string { return c.env[k] }, Output: c.output, Never: c.never}
		if got := p.Enabled(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
