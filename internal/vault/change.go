package vault

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// Add puts an account at the end and returns it with its id: the one it came
// with if that is well formed and free (a restored backup), else a new one.
func (d *Document) Add(a account.Account) (account.Account, error) {
	if len(d.entries) >= MaxAccounts {
		return account.Account{}, ErrFull
	}
	for {
		_, err := d.find(a.ID)
		if err != nil && len(a.ID) == idLength && strings.Trim(a.ID, idLetter) == "" {
			break
		}
		a.ID = randomID(idLength)
	}
	e, err := newEntry(a)
	if err != nil {
		return account.Account{}, err
	}
	d.entries = append(d.entries, e)
	d.index[a.ID] = len(d.entries) - 1
	return a, nil
}

// Replace stores a in the place of the account with that id; a keeps the id.
func (d *Document) Replace(id string, a account.Account) error {
	i, err := d.find(id)
	if err != nil {
		return err
	}
	a.ID = id
	e, err := newEntry(a)
	if err != nil {
		return err
	}
	d.entries[i] = e
	return nil
}

// Remove takes the account, or the damaged record, with that id out.
func (d *Document) Remove(id string) error {
	i, err := d.find(id)
	if err != nil {
		return err
	}
	d.entries = slices.Delete(d.entries, i, i+1)
	d.index = nil
	return nil
}

// Move puts the account at an index among all records, from 0. An index outside
// is the nearest end.
func (d *Document) Move(id string, to int) error {
	i, err := d.find(id)
	if err != nil {
		return err
	}
	e := d.entries[i]
	rest := slices.Delete(d.entries, i, i+1)
	d.entries = slices.Insert(rest, min(max(to, 0), len(rest)), e)
	d.index = nil
	return nil
}

// SetCounter raises the counter of a counter-based account to next, the counter
// of the next code. It does not enter the undo history. A lower value is
// ErrCounter: setting a counter back on purpose is an edit, with Replace.
func (d *Document) SetCounter(id string, next uint64) error {
	return d.setUses(id, func(a *account.Account) error {
		if next < a.Counter {
			return fmt.Errorf("%w: %s is at %d", ErrCounter, a.Label(), a.Counter)
		}
		a.Counter = next
		return nil
	})
}

// SetHandedOut notes that all time steps before next were given out; see
// account.Account.HandedOut. It does not enter the undo history. A lower value
// is ErrCounter.
func (d *Document) SetHandedOut(id string, next int64) error {
	return d.setUses(id, func(a *account.Account) error {
		if next < a.HandedOut {
			return fmt.Errorf("%w: the steps of %s before %d were given out", ErrCounter, a.Label(), a.HandedOut)
		}
		a.HandedOut = next
		return nil
	})
}

// ForgetHandedOut lets every time step of an account be given out again, also
// after an undo: the note that a clock which was ahead left would stop all callers
// until then. It does not enter the undo history.
func (d *Document) ForgetHandedOut(id string) error {
	return d.setUses(id, func(a *account.Account) error {
		a.HandedOut = 0
		d.changePast(func(past *account.Account) {
			if usesOf(*past) == usesOf(*a) {
				past.HandedOut = 0
			}
		})
		return nil
	})
}

// raiseUses raises the counter and the handed-out step of an account to those of
// another with the same secret.
func (d *Document) raiseUses(id string, other account.Account) error {
	return d.setUses(id, func(a *account.Account) error {
		a.Counter, a.HandedOut = max(a.Counter, other.Counter), max(a.HandedOut, other.HandedOutIn(a.Period))
		return nil
	})
}

// setUses changes the counter or the handed-out step, which is no change that could
// be undone.
func (d *Document) setUses(id string, f func(*account.Account) error) error {
	a, err := d.ByID(id)
	if err != nil {
		return err
	}
	if err := f(&a); err != nil {
		return err
	}
	e, err := newEntry(a)
	if err != nil {
		return err
	}
	i := d.index[id]
	e.content = d.entries[i].content
	d.entries[i] = e
	return nil
}

const (
	idLength = 8                                  // 40 random bits
	idLetter = "abcdefghijklmnopqrstuvwxyz234567" // lower-case base32 (RFC 4648)
)

// randomID returns n letters of 5 random bits each.
func randomID(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: the program ends first (crypto/rand)
	for i := range b {
		b[i] = idLetter[b[i]&31]
	}
	return string(b)
}
