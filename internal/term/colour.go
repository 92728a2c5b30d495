package term

import "os"

// ColourPolicy decides about colour as no-color.org and clig.dev say.
type ColourPolicy struct {
	Getenv func(string) string // reads NO_COLOR and TERM
	Output *os.File            // where the colour would go
	Never  bool                // --no-color, or the configuration, says no
}

// Enabled is false for --no-color, a NO_COLOR that is not empty, TERM=dumb, and
// an output that is not a terminal.
func (p ColourPolicy) Enabled() bool {
	return !p.Never && p.Getenv("NO_COLOR") == "" && !Dumb(p.Getenv) && IsTerminal(p.Output)
}

// Dumb reports whether the terminal says of itself that it can do nothing but
// print lines: TERM is "dumb". An unset TERM is dumb too, but on Windows, where
// nobody sets it.
func Dumb(getenv func(string) string) bool {
	t := getenv("TERM")
	return t == "dumb" || t == "" && termIsUsual
}
