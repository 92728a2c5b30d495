//go:build unix

package term

import "golang.org/x/sys/unix"

// CellSize returns the width and height of a character cell in pixels, 0 and 0
// if the terminal does not tell (tmux, the Linux console, a connection by ssh
// from such a one).
func (t *Terminal) CellSize() (width, height int) {
	w, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil || w.Col == 0 || w.Row == 0 {
		return 0, 0
	}
	return int(w.Xpixel / w.Col), int(w.Ypixel / w.Row)
}
