package backup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/vault"
)

// Open decrypts a backup file to its end and reads it strictly. The errors are
// those of crypt.Decrypt and of Unmarshal.
func Open(ctx context.Context, sealed []byte, keys crypt.Keys) (Backup, error) {
	text, err := crypt.Decrypt(ctx, sealed, keys)
	if err != nil {
		return Backup{}, err
	}
	defer clear(text)
	return Unmarshal(text)
}

// MismatchError says which account a backup does not hold as the vault does.
type MismatchError struct {
	Label  string // raw text
	Reason string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%q in the backup is not as in the vault: %s", clip(e.Label), e.Reason)
}

// Claim is what a proof is to be of.
type Claim struct {
	Sealed   []byte            // the file as it was read back from its place
	Keys     crypt.Keys        // what a person will have to open it
	Where    string            // its name, for people
	Accounts []account.Account // of the vault
	Now      time.Time
}

// Prove checks that a fresh backup restores the vault: it opens with those keys
// and passes Check. The errors are those of Open and Check.
func Prove(ctx context.Context, c Claim) (vault.BackupProof, error) {
	text, err := crypt.Decrypt(ctx, c.Sealed, c.Keys)
	if err != nil {
		return vault.BackupProof{}, err
	}
	defer clear(text)
	if err := Check(text, c.Accounts); err != nil {
		return vault.BackupProof{}, err
	}
	return vault.NewBackupProof(c.Accounts, c.Where, c.Now), nil
}

// Check reads the plaintext of a backup strictly and compares it with the vault:
// it has each account once and no other, in the vault's order, and each has the
// vault's fields. Equal fields give equal codes; that the code in the file and its URI
// say the same, reading it has checked. The errors are those of Unmarshal and
// *MismatchError.
func Check(text []byte, accounts []account.Account) error {
	b, err := Unmarshal(text)
	if err != nil {
		return err
	}
	if len(b.Accounts) != len(accounts) {
		return damaged("it has %d accounts, the vault %d", len(b.Accounts), len(accounts))
	}
	for i, live := range accounts {
		d := account.Compare(withoutExtras(live), b.Accounts[i])
		if fields := append(d.Edited(), d.Uses...); len(fields) > 0 {
			return &MismatchError{live.Label(), "another " + strings.Join(fields, ", ")}
		}
	}
	return nil
}

// Uncomputed returns the accounts that give no code as they are (checkOf), so
// that no proof can compare one. Their fields are compared like all others.
func Uncomputed(accounts []account.Account) []account.Account {
	var out []account.Account
	for _, a := range accounts {
		if checkOf(a) == nil {
			out = append(out, a)
		}
	}
	return out
}
