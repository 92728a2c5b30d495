package format

import (
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
)

// entryList collects the entries of a file in its order. Whatever a reader adds,
// an entry ends as a valid account or as an error: nothing is dropped and
// nothing goes on half right.
type entryList struct{ list []Entry }

// add takes one account as it was read. err is why it could not be.
func (l *entryList) add(label string, a account.Account, warnings []string, err error) {
	if err == nil {
		// Decoration that is larger than an account may carry must not cost the code.
		if len(a.Icon.Data) > account.MaxIconBytes {
			a.Icon = account.Icon{}
			warnings = append(warnings, fmt.Sprintf("its icon is left out: it is larger than %d bytes", account.MaxIconBytes))
		}
		size := 0
		for k, v := range a.Extra {
			size += len(k) + len(v)
		}
		if size > account.MaxExtraBytes {
			a.Extra = nil
			warnings = append(warnings, "fields that only its app knows are left out: they are too large")
		}
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

// sortBy puts the entries in the order that the app shows them in. The numbers
// that messages use stay those of the file.
func (l *entryList) sortBy(position func(index int) int) {
	slices.SortStableFunc(l.list, func(a, b Entry) int { return position(a.Index) - position(b.Index) })
}
