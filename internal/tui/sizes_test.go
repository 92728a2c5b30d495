package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/term/termtest"
)

func TestEverySizeFits(t *testing.T) {
	for _, colour := range []bool{false, true} {
		f := newFixture(t, func(o *Options) {
			o.Colour = colour
			for _, name := range termtest.Hostile() {
				o.Rows = append(o.Rows, Row{Issuer: name, Name: name, Group: name})
			}
		})
		f.now = noon.Add(26 * time.Second)
		for _, size := range [][2]int{{1, 1}, {2, 1}, {1, 2}, {3, 3}, {10, 4}, {20, 5}, {40, 10}, {79, 23}, {80, 24}, {132, 50}, {300, 100}, {500, 200}} {
			f.v.resize(size[0], size[1])
			for range 30 {
				f.press("<pgdn>")
				checkFrame(t, f.v.frame(f.now), size[0], size[1])
			}
			f.press("?")
			checkFrame(t, f.v.frame(f.now), size[0], size[1])
			f.press("<enter>", "<home>")
		}
	}
}

// checkFrame follows the column moves and measures where the text ends.
func checkFrame(t *testing.T, frame []string, width, height int) {
	t.Helper()
	if len(frame) > height {
		t.Errorf("%d lines on %d", len(frame), height)
	}
	for _, l := range frame {
		if strings.Contains(l, "\n") {
			t.Fatalf("a line break in %q", l)
		}
		if err := termtest.CheckScreen(l); err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(l, "\x1b[") {
			column := 1
			if at := strings.IndexAny(part, "Gm"); at > 0 {
				if part[at] == 'G' {
					_, _ = fmt.Sscan(part[:at], &column)
				}
				if strings.Trim(part[:at], "0123456789;") == "" {
					part = part[at+1:]
				}
			}
			if column+term.Width(part)-1 > width {
				t.Fatalf("width %d: %q ends at %d", width, part, column+term.Width(part)-1)
			}
		}
	}
}
