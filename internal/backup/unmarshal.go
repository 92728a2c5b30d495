package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

// Unmarshal reads the plaintext of a backup and checks all that can be checked:
// the form, the number of accounts, the hash over them, each account's fields
// and each account's check code. Anything wrong refuses the whole; Salvage reads
// the sound part of what Unmarshal refuses. The errors are ErrNotBackup,
// ErrDamaged, ErrNewer and ErrLimit, with the place and never with a secret.
func Unmarshal(text []byte) (Backup, error) {
	if len(text) > MaxPlaintext {
		return Backup{}, fmt.Errorf("%d bytes are more than %d: %w", len(text), MaxPlaintext, ErrLimit)
	}
	f, err := openForm(text)
	if err != nil {
		return Backup{}, err
	}
	b, err := f.head()
	if err != nil {
		return Backup{}, err
	}
	b.Accounts, err = f.accounts()
	return b, err
}

// form is a file taken apart into its members.
type form struct {
	header  header
	entries []byte // the JSON text of the accounts
	others  []member
}

// openForm finds out whether the text is a backup at all, and one that this
// version may read, before anything else in it is believed.
func openForm(text []byte) (form, error) {
	if err := plausible(text); err != nil {
		return form{}, notBackup(err)
	}
	all, err := members(text)
	switch {
	case err != nil && all == nil:
		return form{}, notBackup(err)
	case err != nil:
		return form{}, damaged("%w", err)
	}
	var f form
	if err := f.take(all); err != nil {
		return form{}, err
	}
	return f, f.readable(all)
}

func notBackup(err error) error { return fmt.Errorf("%w: %w", ErrNotBackup, err) }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}

// take sorts the members; format and min_reader come first whatever their place
// in the file, because a later version may change everything else.
func (f *form) take(all []member) error {
	fields := f.header.fields()
	for _, name := range []string{"format", "min_reader"} {
		if m, ok := find(all, name); ok && json.Unmarshal(m.value, fields[name]) != nil {
			return damaged("%q has a value of another kind", name)
		}
	}
	if f.header.Format != Format {
		return notBackup(errors.New(`its "format" does not say so`))
	}
	if f.header.MinReader > Version {
		return fmt.Errorf("%w: it needs one that reads version %d, this one reads %d", ErrNewer, f.header.MinReader, Version)
	}
	for _, m := range all {
		switch field := fields[m.name]; {
		case field != nil && (string(m.value) == "null" || json.Unmarshal(m.value, field) != nil):
			return damaged("%q has a value of another kind", m.name)
		case field != nil:
		case m.name == "accounts":
			f.entries = m.value
		default:
			f.others = append(f.others, m)
		}
	}
	return nil
}

// fields maps the members' names to where their values go.
func (h *header) fields() map[string]any {
	return map[string]any{
		"format": &h.Format, "version": &h.Version, "min_reader": &h.MinReader,
		"created": &h.Created, "generator": &h.Generator, "vault_id": &h.VaultID,
		"generation": &h.Generation, "count": &h.Count, "accounts_sha256": &h.SHA256,
	}
}

// readable asks for every member that a backup must have.
func (f *form) readable(all []member) error {
	for name := range f.header.fields() {
		if _, ok := find(all, name); !ok {
			return damaged("%q is missing", name)
		}
	}
	switch {
	case f.entries == nil:
		return damaged(`"accounts" is missing`)
	case f.header.Version < 1 || f.header.MinReader < 1 || f.header.MinReader > f.header.Version:
		return damaged("there is no version %d that readers of version %d can read", f.header.Version, f.header.MinReader)
	}
	return nil
}

func find(all []member, name string) (member, bool) {
	for _, m := range all {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}

// head returns everything but the accounts.
func (f *form) head() (Backup, error) {
	h := f.header
	created, err := parseCreated(h.Created)
	if err != nil {
		return Backup{}, err
	}
	b := Backup{Created: created, Generator: h.Generator, VaultID: h.VaultID, Generation: h.Generation}
	for _, m := range f.others {
		if m.name == "unreadable" {
			if b.Unreadable, err = rawElements(m.value); err != nil {
				return Backup{}, damaged("unreadable entries: %w", err)
			}
			continue
		}
		if b.Unknown == nil {
			b.Unknown = map[string]json.RawMessage{}
		}
		b.Unknown[m.name] = bytes.Clone(m.value)
	}
	return b, nil
}

func parseCreated(s string) (time.Time, error) {
	created, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, damaged(`"created" is not a time as in RFC 3339`)
	}
	return created.UTC(), nil
}

func rawElements(array []byte) ([]json.RawMessage, error) {
	all, err := elements(array)
	var raw []json.RawMessage
	for _, e := range all {
		raw = append(raw, bytes.Clone(e))
	}
	return raw, err
}

// accounts reads the entries, after their number and hash were found right.
func (f *form) accounts() ([]account.Account, error) {
	if sum := sha256.Sum256(f.entries); hex.EncodeToString(sum[:]) != f.header.SHA256 {
		return nil, damaged("the hash over the accounts is wrong")
	}
	raw, err := elements(f.entries)
	if err != nil {
		return nil, damaged("accounts: %w", err)
	}
	if len(raw) != f.header.Count {
		return nil, damaged("it says %d accounts and has %d", f.header.Count, len(raw))
	}
	reader := newEntryReader()
	accounts := make([]account.Account, 0, len(raw))
	for i, r := range raw {
		a, err := reader.read(r)
		if err != nil {
			return nil, damaged("account %d: %w", i+1, err)
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}
