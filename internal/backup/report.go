package backup

import (
	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
)

// Report says how a backup compares with the accounts of today.
type Report struct {
	Same      []account.Account // here and in the backup, with the same codes and details
	Different []Difference
	Added     []account.Account // here and not in the backup: made since
	Removed   []account.Account // in the backup alone: removed since, or another vault's
}

// Difference is an account that is not the same in the backup.
type Difference struct {
	Here   account.Account
	Fields []string // "secret", "digits", "note"…
}

// Compare makes the report on the accounts of the vault with that id.
func Compare(b Backup, here []account.Account, vaultID string) Report {
	m := vault.MatchCopy(here, vaultID, b.Copy())
	var r Report
	for i, a := range here {
		if m.Theirs[i] < 0 {
			r.Added = append(r.Added, a)
			continue
		}
		if fields := account.Compare(a, b.Accounts[m.Theirs[i]]).Edited(); len(fields) > 0 {
			r.Different = append(r.Different, Difference{a, fields})
		} else {
			r.Same = append(r.Same, a)
		}
	}
	for j, b := range b.Accounts {
		if m.Ours[j] < 0 {
			r.Removed = append(r.Removed, b)
		}
	}
	return r
}
