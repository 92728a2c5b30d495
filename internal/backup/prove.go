package backup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/otp"
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
// vault's fields and gives the vault's codes at fixed instants; that its URI says
// the same, reading it has checked. The errors are those of Unmarshal and
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
		if err := sameAccount(live, b.Accounts[i]); err != nil {
			return err
		}
	}
	return nil
}

// sameAccount compares all that is kept, and then does what a site would do.
func sameAccount(live, restored account.Account) error {
	mismatch := func(reason string) error { return &MismatchError{live.Label(), reason} }
	d := account.Compare(withoutExtras(live), restored)
	if fields := append(d.Edited(), d.Uses...); len(fields) > 0 {
		return mismatch("another " + strings.Join(fields, ", "))
	}
	want, err := codes(live)
	if err != nil {
		return nil // no program can compute this account; see Uncomputed
	}
	if got, err := codes(restored); err != nil || got != want {
		return mismatch("it gives another code")
	}
	return nil
}

// codes are an account's codes at two instants of the test vectors in RFC 6238
// appendix B, in 2005 and 2603, or of its first counter and its present one. The
// code at a third, the check, is in the file and was compared when it was read.
func codes(a account.Account) (c [2]string, err error) {
	var x, y otp.Code
	if a.Type == account.HOTP {
		x, err = otp.AtCounter(a, 1)
		if err == nil {
			y, err = otp.AtCounter(a, a.Counter)
		}
	} else {
		x, err = otp.At(a, time.Unix(1111111109, 0))
		if err == nil {
			y, err = otp.At(a, time.Unix(20000000000, 0))
		}
	}
	return [2]string{x.Text, y.Text}, err
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
