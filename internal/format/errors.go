package format

import (
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
)

// meaning is an error of a package below with what it means here: errors.Is
// finds both, and the text stays that of the first.
type meaning struct {
	err, kind error
}

func (m *meaning) Error() string { return m.err.Error() }

func (m *meaning) Unwrap() []error { return []error{m.kind, m.err} }

// full reports, as ErrLimit, that n entries are too many for one file.
func full(n int) error {
	if n > MaxEntries {
		return fmt.Errorf("%w: %d entries are more than %d", ErrLimit, n, MaxEntries)
	}
	return nil
}

// missing says that a file lacks what makes it one: an empty list is not the
// same as none.
func missing(member string) error {
	return fmt.Errorf("%w: %s is missing", ErrDamaged, member)
}

// fieldError names the field of an entry that has no valid value, in the words
// of package account.
func fieldError(field, format string, args ...any) error {
	return &account.FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// entryName is what a message calls an entry.
func entryName(issuer, name string) string {
	return clip(account.Account{Issuer: issuer, Name: name}.Label())
}
