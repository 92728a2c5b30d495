//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package answer

import "fmt"

// RunAtPrompt needs a pseudo-terminal.
func (p Program) RunAtPrompt(Prompt) (Outcome, error) {
	return Outcome{}, fmt.Errorf("answering a prompt is %w", ErrNotAvailable)
}
