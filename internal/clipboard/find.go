package clipboard

import (
	"fmt"
	"strings"
)

// find goes by what the environment says: a display first; the terminal over
// SSH before a clipboard of the machine at the other end, where nobody sits.
func find(s System, goos string) (backend, error) {
	remote := s.Getenv("SSH_TTY") != "" || s.Getenv("SSH_CONNECTION") != ""
	var missing []string
	if s.Getenv("WAYLAND_DISPLAY") != "" {
		if b, ok := tool(s, wayland); ok {
			return b, nil
		}
		missing = append(missing, "wl-clipboard")
	}
	if s.Getenv("DISPLAY") != "" && goos != "darwin" && goos != "windows" {
		for _, p := range []program{xclip, xsel} {
			if b, ok := tool(s, p); ok {
				return b, nil
			}
		}
		missing = append(missing, "xclip")
	}
	if remote && s.Terminal != nil {
		return osc52{s}, nil
	}
	if b, ok := native(s, goos); ok {
		return b, nil
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: to use it, install %s", ErrNone, strings.Join(missing, " or "))
	}
	return nil, fmt.Errorf("%w: neither WAYLAND_DISPLAY nor DISPLAY is set, and this is no terminal over SSH", ErrNone)
}

// native is what belongs to the system itself.
func native(s System, goos string) (backend, bool) {
	switch {
	case goos == "darwin":
		return tool(s, pasteboard)
	case goos == "windows":
		return windowsBackend(s), true
	case s.Getenv("WSL_DISTRO_NAME") != "":
		return tool(s, wsl)
	}
	return nil, false
}

func tool(s System, p program) (backend, bool) {
	path, err := s.LookPath(p.writeCommand[0])
	if err != nil {
		return nil, false
	}
	return command{program: p, path: path, lookPath: s.LookPath}, true
}
