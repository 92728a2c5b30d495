// Package doctor runs checks and says what each found.
//
// A check looks and never mends. It belongs to the command layer's questions
// (is the keyring there, is the clock sane, does a backup exist), but knows
// nothing of commands or printing, so that text and JSON come from one result.
package doctor

import "context"

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
		f := guarded(ctx, c)
		f.Check = c.Name
		out = append(out, f)
	}
	return out
}

func guarded(ctx context.Context, c Check) (f Finding) {
	defer func() {
		if recover() != nil {
			f = Finding{Level: Problem, Text: "the check itself failed"}
		}
	}()
	return c.Run(ctx)
}

// Healthy reports whether no check found a problem.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.Level == Problem {
			return false
		}
	}
	return true
}
