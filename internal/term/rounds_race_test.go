//go:build race

package term

// rounds is fewer here: a program with the race detector takes half a second to
// start.
const rounds = 2
