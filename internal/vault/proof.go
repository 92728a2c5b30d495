package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// BackupProof says which accounts were found, as they were, in a backup that
// was opened again after it was written. It holds no secret: without the vault
// it says nothing but ids.
type BackupProof struct {
	At       int64             `json:"at"`       // Unix milliseconds
	Where    string            `json:"where"`    // for people: the backup's file name
	Salt     []byte            `json:"salt"`     // of the digests
	Accounts map[string][]byte `json:"accounts"` // digest by account id
}

// digestSize keeps the proof small: it has to tell an edited account from an
// unchanged one, not to withstand a person who can write the vault.
const digestSize = 8

// NewBackupProof is the proof that these accounts, with their ids, were read
// back from a backup.
func NewBackupProof(accounts []account.Account, where string, at time.Time) BackupProof {
	p := BackupProof{At: at.UnixMilli(), Where: where, Salt: make([]byte, 16), Accounts: make(map[string][]byte, len(accounts))}
	rand.Read(p.Salt) // never fails: the program ends first (crypto/rand)
	for _, a := range accounts {
		p.Accounts[a.ID] = p.digest(a)
	}
	return p
}

// Covers reports whether the account is in the backup as it is now. Counters,
// handed-out steps and statistics do not count: they change with every code.
func (p BackupProof) Covers(a account.Account) bool {
	have, ok := p.Accounts[a.ID]
	return ok && bytes.Equal(have, p.digest(a))
}

func (p BackupProof) digest(a account.Account) []byte {
	a.Counter, a.HandedOut, a.UseCount, a.LastUsed, a.Updated = 0, 0, 0, 0, 0
	record, err := account.MarshalRecord(a)
	if err != nil {
		return nil // such an account is in no vault, and nil equals no digest
	}
	m := hmac.New(sha256.New, p.Salt)
	m.Write(record)
	return m.Sum(nil)[:digestSize]
}

// BackupProof returns what is known of the newest proven backup, false for none.
func (d *Document) BackupProof() (BackupProof, bool) {
	var p BackupProof
	if d.proof == nil || (strictjson.Limits{}).Unmarshal(d.proof, &p) != nil {
		return BackupProof{}, false
	}
	return p, true
}

// SetBackupProof replaces the proof. It does not enter the undo history: taking
// back an import does not take back a backup.
func (d *Document) SetBackupProof(p BackupProof) error {
	raw, err := strictjson.Marshal(p)
	if err != nil {
		return fmt.Errorf("cannot write the proof of the backup: %w", err)
	}
	d.proof = raw
	return nil
}

// Unproven returns the accounts that no proven backup holds as they are now.
func (d *Document) Unproven() []account.Account {
	p, _ := d.BackupProof()
	var out []account.Account
	for _, e := range d.entries {
		if a, err := e.account(); err == nil && !p.Covers(a) {
			out = append(out, a.Clone())
		}
	}
	return out
}
