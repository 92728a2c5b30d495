package format

import (
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
)

// entryList collects the entries of a file in its order. Whatever a reader adds,
// an entry ends as a valid account or as an error: nothing is dropped and
// nothing goes on half right.
type entryList struct{ list []Entry }

// add takes one account as it was read. err is why it could not be.
func (l *entryList) add(label string, a account.Account, warnings []string, err error) {
	if err == nil {
		err = a.Validate()
	}
	if label == "" && err == nil {
		label = a.Label()
	}
	e := Entry{Index: len(l.list) + 1, Label: label, Warnings: warnings, Err: err}
	if err == nil {
		e.Account = a
	}
	l.list = append(l.list, e)
}

// fail takes an entry that could not be read.
func (l *entryList) fail(label string, err error) { l.add(label, account.Account{}, nil, err) }

// full reports, as ErrLimit, that n entries are too many for one file.
func full(n int) error {
	if n > MaxEntries {
		return fmt.Errorf("%w: %d entries are more than %d", ErrLimit, n, MaxEntries)
	}
	return nil
}
