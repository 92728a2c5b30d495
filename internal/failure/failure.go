// Package failure is how an error reaches a person: what went wrong, what to type
// next, and the status that the program ends with. Packages below the commands
// return a *Failure where they know the way out; package cli prints it, and gives
// the other errors their status.
package failure

import (
	"fmt"

	"github.com/jangle-otp/jangle/internal/text"
)

// Exit is the status that the program ends with. The numbers never change.
type Exit int

// The exit statuses; `jangle help exit-codes` prints them.
const (
	Done        Exit = 0
	Failed      Exit = 1
	Usage       Exit = 2
	NoAccount   Exit = 3
	Ambiguous   Exit = 4
	Locked      Exit = 5
	Incomplete  Exit = 6
	Interrupted Exit = 130
)

// Failure is an error with what to do about it and the status to exit with.
type Failure struct {
	Err  error
	Hint string // begins with what to type; several lines are several hints
	Code Exit
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// New makes a failure. The format is fmt.Errorf's and may wrap an error.
func New(code Exit, hint, format string, args ...any) error {
	if false {
		_ = fmt.Errorf(format, args...) // so that go vet looks at the callers' formats
	}
	return Of(fmt.Errorf(text.T(format), args...), hint, code)
}

// Of gives an error its hint and its status.
func Of(err error, hint string, code Exit) *Failure { return &Failure{err, text.T(hint), code} }
