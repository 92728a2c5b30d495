package term

// MayColour reports whether the environment allows colour on a terminal, as
// no-color.org and clig.dev say: not with a NO_COLOR that is not empty, nor on a
// dumb terminal.
func MayColour(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && !Dumb(getenv)
}

// Dumb reports whether the terminal says of itself that it can do nothing but
// print lines: TERM is "dumb". An unset TERM is dumb too, but on Windows, where
// it is never set.
func Dumb(getenv func(string) string) bool {
	t := getenv("TERM")
	return t == "dumb" || t == "" && termIsUsual
}
