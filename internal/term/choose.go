package term

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Default is the answer that Enter alone gives.
type Default int

// The defaults of a question with yes and no.
const (
	DefaultNone Default = iota // Enter alone asks again
	DefaultNo
	DefaultYes
)

// Confirm asks a question with yes and no until it has one of them. Errors are
// those of ReadSecret.
func (t *Terminal) Confirm(ctx context.Context, question string, d Default) (bool, error) {
	choices := [...]string{DefaultNone: "y/n", DefaultNo: "y/N", DefaultYes: "Y/n"}[d]
	for {
		line, err := t.ReadLine(ctx, question+" ["+choices+"] ")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		case "":
			if d != DefaultNone {
				return d == DefaultYes, nil
			}
		}
	}
}

// Choose shows numbered options under a question until one is taken, and
// returns its index from 0. Options go through Safe. Errors are those of
// ReadSecret.
func (t *Terminal) Choose(ctx context.Context, question string, options []string) (int, error) {
	var b strings.Builder
	b.WriteString(SafeLines(question) + "\n")
	for i, o := range options {
		fmt.Fprintf(&b, "  %d  %s\n", i+1, Safe(o))
	}
	prompt := fmt.Sprintf("1-%d: ", len(options))
	intro := b.String()
	for {
		line, err := t.ReadLine(ctx, intro+prompt)
		if err != nil {
			return 0, err
		}
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err == nil && 1 <= n && n <= len(options) {
			return n - 1, nil
		}
		intro = ""
	}
}
