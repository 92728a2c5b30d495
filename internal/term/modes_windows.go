package term

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// modes are how a console treats what is typed.
type modes uint32

func modesOf(f *os.File) (modes, error) {
	var m uint32
	err := windows.GetConsoleMode(windows.Handle(f.Fd()), &m)
	return modes(m), err
}

func setModes(f *os.File, m modes, t typed) error {
	h := windows.Handle(f.Fd())
	err := windows.SetConsoleMode(h, uint32(m))
	if t == dropTyped {
		err = errors.Join(err, windows.FlushConsoleInputBuffer(h))
	}
	return err
}

func (m modes) quiet() modes { return m &^ windows.ENABLE_ECHO_INPUT }
