package x11

import (
	"fmt"
	"strconv"
	"strings"
)

// display is where a display's server listens, and which of its screens is meant.
type display struct {
	socket, number string
	screen         int
}

// parseDisplay reads ":0", ":0.1", "unix:0" and, of macOS, "/path/to/socket:0"
// (X(7), "DISPLAY NAMES"). Displays of other machines are refused.
func parseDisplay(name string) (display, error) {
	host, rest, found := cutLast(name, ":")
	number, screen, hasScreen := strings.Cut(rest, ".")
	d := display{number: number}
	if _, err := strconv.ParseUint(number, 10, 16); err != nil || !found {
		return d, fmt.Errorf("%q is not the name of a display", name)
	}
	if hasScreen {
		n, err := strconv.ParseUint(screen, 10, 8)
		if err != nil {
			return d, fmt.Errorf("%q is not the name of a display", name)
		}
		d.screen = int(n)
	}
	switch {
	case host == "" || host == "unix":
		d.socket = "/tmp/.X11-unix/X" + number
	case host[0] == '/':
		d.socket = host + ":" + number
	default:
		return d, fmt.Errorf("the display %q is on another machine", name)
	}
	return d, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
