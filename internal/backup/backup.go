// Package backup is jangle's own complete backup: it writes a vault's accounts
// into one file, proves that the file can be restored, and says later what is in
// it. What a restore does is planned by package vault.
//
// A backup is an armored age file. Inside is one JSON object that people can
// read with stock tools, with or without jangle:
//
//	age -d FILE | jq -r '.accounts[].uri'
//
// docs/backup.md describes the object. Three things in it exist to find damage
// and mistakes that encryption cannot find: the number of accounts, a hash over
// their text, and for each account a check, a code at a fixed instant that any
// program can recompute.
//
// Reading is strict: whatever does not fit is refused as a whole, because a
// backup that is half understood is worse than one that is known to be bad.
// Salvage is the other door, for a person whose only copy is damaged: it returns
// what is sound and names the rest.
//
// The package does no I/O, reads no clock and asks no questions. Bytes, keys, times and
// randomness come in as parameters; Rotate works on a small interface.
package backup

import (
	"errors"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault"
)

// The form that this package writes, and the newest that it reads.
const (
	Format  = "jangle-backup"
	Version = 1
)

// The limits of a backup. Beyond them a file is hostile or damaged, and it is
// refused before it is decoded.
const (
	MaxPlaintext = 64 << 20 // bytes of JSON with its padding
	MaxAccounts  = 100_000
	// MaxDepth is the 32 levels that an import may have (it is in the extra
	// fields of an account) and the four levels around it.
	MaxDepth = 36
	// Block is the unit of padding: the size of the file tells the number of
	// accounts only to a multiple of it.
	Block = 4096
)

// What can be wrong with the content of a backup. Errors wrap one of these with
// the place.
var (
	ErrNotBackup = errors.New("not a jangle backup")
	ErrDamaged   = errors.New("damaged backup")
	ErrNewer     = errors.New("written by a newer jangle")
	ErrLimit     = errors.New("larger than a backup can be")
)

// Backup is the content of a backup file.
type Backup struct {
	Created    time.Time // when it was written, to the second
	Generator  string    // the program that wrote it: "jangle 1.0.0"
	VaultID    string    // of the vault that it was made from
	Generation uint64    // the vault's revision
	Accounts   []account.Account

	// Unreadable keeps the vault's damaged entries as they were found. They are
	// JSON of any kind, take no part in a restore, and may hold secrets.
	Unreadable []strictjson.Value

	// Unknown keeps members of the file that a newer jangle wrote.
	Unknown map[string]strictjson.Value
}

// Copy is what a restore needs of the backup.
func (b Backup) Copy() vault.Copy { return vault.Copy{VaultID: b.VaultID, Accounts: b.Accounts} }
