package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// header is every member of the file before the accounts. Number and hash come
// first, so that a file which was cut short still tells what it held.
type header struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	MinReader  int    `json:"min_reader"`
	Created    string `json:"created"` // RFC 3339, UTC
	Generator  string `json:"generator"`
	VaultID    string `json:"vault_id"`
	Generation uint64 `json:"generation"`
	Count      int    `json:"count"`
	SHA256     string `json:"accounts_sha256"`
}

// Marshal writes the plaintext of a backup: one JSON object, one account a line,
// filled up with blanks to a multiple of Block. Equal backups give equal bytes.
func Marshal(b Backup) ([]byte, error) {
	if len(b.Accounts) > MaxAccounts {
		return nil, fmt.Errorf("%d accounts are more than %d: %w", len(b.Accounts), MaxAccounts, ErrLimit)
	}
	accounts, err := marshalAccounts(b.Accounts)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(accounts)
	out, err := strictjson.Marshal(header{
		Format: Format, Version: Version, MinReader: Version,
		Created:   b.Created.UTC().Format(time.RFC3339),
		Generator: b.Generator, VaultID: b.VaultID, Generation: b.Generation,
		Count: len(b.Accounts), SHA256: hex.EncodeToString(sum[:]),
	})
	if err != nil {
		return nil, err
	}
	out = out[:len(out)-1] // open for more members
	if len(b.Unreadable) > 0 {
		raw, err := strictjson.Marshal(b.Unreadable)
		if err != nil {
			return nil, fmt.Errorf("cannot write the vault's unreadable entries: %w", err)
		}
		out = append(append(out, ",\n\"unreadable\":"...), raw...)
	}
	if len(b.Unknown) > 0 { // in the order of their names
		raw, err := strictjson.Marshal(b.Unknown)
		if err != nil {
			return nil, fmt.Errorf("cannot write the unknown members: %w", err)
		}
		out = append(append(out, ",\n"...), raw[1:len(raw)-1]...)
	}
	out = append(append(out, ",\n\"accounts\":"...), accounts...)
	out = append(out, '}')
	blanks := Block - 1 - len(out)%Block
	out = append(append(out, bytes.Repeat([]byte{' '}, blanks)...), '\n') // a newline for the terminal
	if len(out) > MaxPlaintext {
		return nil, fmt.Errorf("%d bytes are more than %d: %w", len(out), MaxPlaintext, ErrLimit)
	}
	return out, nil
}

// marshalAccounts writes each account as its record with a check code and a URI.
func marshalAccounts(accounts []account.Account) ([]byte, error) {
	out := make([]byte, 1, 512*len(accounts)+3)
	out[0] = '['
	for i, a := range accounts {
		record, err := account.MarshalRecord(withoutExtras(a))
		if err != nil {
			return nil, err
		}
		tail, err := strictjson.Marshal(extras{checkOf(a), otpauth.Format(a)})
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		record[len(record)-1] = ',' // its last brace
		out = append(append(append(out, '\n'), record...), tail[1:]...)
	}
	return append(out, "\n]"...), nil
}

// withoutExtras drops unknown fields that have the names of ours: they came
// from a backup's entry that was read as a record, and are written anew.
func withoutExtras(a account.Account) account.Account {
	isOurs := func(name string, _ strictjson.Value) bool {
		return strings.EqualFold(name, "check") || strings.EqualFold(name, "uri")
	}
	a.Unknown = maps.Clone(a.Unknown)
	maps.DeleteFunc(a.Unknown, isOurs)
	return a
}
