package format

import (
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
)

// Unfit is an account that a target cannot take, and why.
type Unfit struct {
	Account account.Account
	Err     error
}

// Fit divides accounts, in their order, into those that the target takes and
// the others. Write takes the first part as it is.
func (a App) Fit(accounts []account.Account) (fits []account.Account, unfit []Unfit) {
	taken := map[string]account.Account{}
	for _, acc := range accounts {
		var err error
		if a.CanHold != nil {
			err = a.CanHold(acc)
		}
		if err == nil && a.Unique != nil {
			key := a.Unique(acc)
			if first, twice := taken[key]; twice {
				err = fieldError("secret", "%s keeps each secret once, and %q has it already", a.Name, clip(first.Label()))
			} else {
				taken[key] = acc
			}
		}
		if err != nil {
			unfit = append(unfit, Unfit{acc, err})
			continue
		}
		fits = append(fits, acc)
	}
	return fits, unfit
}

// allUnique is for writers that got accounts which Fit has not seen.
func (a App) allUnique(accounts []account.Account) error {
	if _, unfit := a.Fit(accounts); len(unfit) > 0 {
		return fmt.Errorf("%q cannot be written: %w", clip(unfit[0].Account.Label()), unfit[0].Err)
	}
	return nil
}
