// Package doctor runs checks and says what each found.
//
// A check looks and never mends. It belongs to the command layer's questions
// (is the keyring there, is the clock sane, does a backup exist), but knows
// nothing of commands or printing, so that text and JSON come from one result.
package doctor

import (
	"context"
	"slices"
)

// Level is how bad a finding is.
type Level string

// The levels. Only Problem makes the program exit with status 6.
const (
	OK      Level = "ok"
	Info    Level = "info"
	Problem Level = "problem"
	Skipped Level = "skipped" // does not apply here
)

// Finding is the outcome of one check: one sentence, and what to type if
// something can be done.
type Finding struct {
	Check string `json:"check"`
	Level Level  `json:"level"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// Check is one question. Run must obey the context's deadline.
type Check struct {
	Name string
	Run  func(ctx context.Context) Finding
}

// Run asks all questions in order. A check that panics is itself a finding, and
// stops no other.
func Run(ctx context.Context, checks []Check) []Finding {
	out := make([]Finding, 0, len(checks))
	for _, c := range checks {
		f := Finding{Level: Problem, Text: "the check itself failed"}
		func() {
			defer func() { _ = recover() }()
			f = c.Run(ctx)
		}()
		f.Check = c.Name
		out = append(out, f)
	}
	return out
}

// Healthy reports whether no check found a problem.
func Healthy(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Problem })
}
