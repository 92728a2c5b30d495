package clipboard

import (
	"fmt"
	"strings"
)

// find goes by what the environment says: a display first; over SSH the
// terminal before the clipboard of the remote machine, which no person sees.
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
	switch { // what belongs to the system itself
	case goos == "windows":
		return windowsBackend(s), nil
	case goos == "darwin":
		if b, ok := tool(s, pasteboard); ok {
			return b, nil
		}
	case s.Getenv("WSL_DISTRO_NAME") != "":
		if b, ok := tool(s, wsl); ok {
			return b, nil
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: to use it, install %s", ErrNone, strings.Join(missing, " or "))
	}
	return nil, fmt.Errorf("%w: there is no desktop here (neither WAYLAND_DISPLAY nor DISPLAY is set)", ErrNone)
}

func tool(s System, p program) (backend, bool) {
	path, err := s.LookPath(p.writeCommand[0])
	if err != nil {
		return nil, false
	}
	return command{program: p, path: path, lookPath: s.LookPath}, true
}
