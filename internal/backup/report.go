package backup

import "github.com/jangle-otp/jangle/internal/account"

// Report says how a backup stands to the accounts of today.
type Report struct {
	Same      []account.Account // here and in the backup, with the same codes and details
	Different []Difference
	Added     []account.Account // here and not in the backup: made since
	Removed   []account.Account // in the backup alone: removed since, or another vault's
}

// Difference is an account that is not the same in the backup.
type Difference struct {
	Here   account.Account
	Backup account.Account
	Fields []string // "secret", "digits", "note"…
}

// OtherCodes reports whether the backup makes other codes than the account
// here: what a person has to know above all.
func (d Difference) OtherCodes() bool { return d.Here.Key() != d.Backup.Key() }

// Compare makes the report. sameVault: the backup was made from the vault whose
// accounts are compared, so that equal ids mean the same account.
func Compare(b Backup, here []account.Account, vaultID string) Report {
	p := pair(here, b.Accounts, b.VaultID == vaultID)
	var r Report
	for i, a := range here {
		if p.backup[i] < 0 {
			r.Added = append(r.Added, a)
			continue
		}
		theirs := b.Accounts[p.backup[i]]
		fields := Differences(a, theirs)
		if len(fields) == 0 {
			r.Same = append(r.Same, a)
			continue
		}
		r.Different = append(r.Different, Difference{a, theirs, fields})
	}
	for j, b := range b.Accounts {
		if p.here[j] < 0 {
			r.Removed = append(r.Removed, b)
		}
	}
	return r
}
