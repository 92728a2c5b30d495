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
	out, err := marshalHeader(b, accounts)
	if err != nil {
		return nil, err
	}
	if out, err = appendOthers(out, b); err != nil {
		return nil, err
	}
	out = append(out, ",\n\"accounts\":"...)
	out = append(out, accounts...)
	out = pad(append(out, '}'))
	if len(out) > MaxPlaintext {
		return nil, fmt.Errorf("%d bytes are more than %d: %w", len(out), MaxPlaintext, ErrLimit)
	}
	return out, nil
}

func marshalHeader(b Backup, accounts []byte) ([]byte, error) {
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
	return out[:len(out)-1], nil // open for more members
}

// appendOthers writes the unreadable entries and the unknown members, the
// latter in the order of their names.
func appendOthers(out []byte, b Backup) ([]byte, error) {
	if len(b.Unreadable) > 0 {
		raw, err := strictjson.Marshal(b.Unreadable)
		if err != nil {
			return nil, fmt.Errorf("cannot write the vault's unreadable entries: %w", err)
		}
		out = append(append(out, ",\n\"unreadable\":"...), raw...)
	}
	if len(b.Unknown) == 0 {
		return out, nil
	}
	raw, err := strictjson.Marshal(b.Unknown)
	if err != nil {
		return nil, fmt.Errorf("cannot write the unknown members: %w", err)
	}
	out = append(out, ",\n"...)
	return append(out, raw[1:len(raw)-1]...), nil
}

func marshalAccounts(accounts []account.Account) ([]byte, error) {
	out := make([]byte, 1, 512*len(accounts)+3)
	out[0] = '['
	for i, a := range accounts {
		entry, err := marshalEntry(a)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), entry...)
	}
	return append(out, "\n]"...), nil
}

func marshalEntry(a account.Account) ([]byte, error) {
	record, err := account.MarshalRecord(withoutExtras(a))
	if err != nil {
		return nil, err
	}
	tail, err := strictjson.Marshal(extras{checkOf(a), otpauth.Format(a)})
	if err != nil {
		return nil, err
	}
	record[len(record)-1] = ','
	return append(record, tail[1:]...), nil
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

// pad fills up with blanks; the last byte is a newline, for the terminal.
func pad(out []byte) []byte {
	fill := Block - 1 - len(out)%Block
	return append(append(out, bytes.Repeat([]byte{' '}, fill)...), '\n')
}
