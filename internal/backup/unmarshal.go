package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// limits of each member of the file, which is one level in it.
var limits = strictjson.Limits{Depth: MaxDepth - 1, Width: MaxAccounts}

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
	created, err := parseCreated(f.header.Created)
	if err != nil {
		return Backup{}, err
	}
	b := Backup{
		Created: created, Generator: f.header.Generator, VaultID: f.header.VaultID, Generation: f.header.Generation,
		Unreadable: f.unreadable, Unknown: f.unknown,
	}
	b.Accounts, err = f.accounts()
	return b, err
}

// form is a file taken apart into its members.
type form struct {
	header     header
	entries    strictjson.Member // the accounts
	unreadable []strictjson.Value
	unknown    map[string]strictjson.Value
}

// openForm finds out whether the text is a backup at all, and one that this
// version may read, before anything else in it is believed.
func openForm(text []byte) (form, error) {
	members, err := limits.Members(text)
	if _, much := errors.AsType[*strictjson.LimitError](err); much {
		return form{}, fmt.Errorf("%w: %w", ErrLimit, err)
	} else if err != nil {
		return form{}, jsonError(err)
	}
	all := make(map[string]strictjson.Member, len(members))
	for _, m := range members {
		all[m.Name] = m
		if m.Name == "unreadable" { // JSON of any kind, because the vault keeps it too
			continue
		}
		if err := limits.Check(m.Value); err != nil {
			return form{}, jsonError(fmt.Errorf("in %q: %w", clip(m.Name), err))
		}
	}
	var f form
	return f, f.take(all)
}

// jsonError: a name that is there twice is damage, other mistakes show that the
// file is something else.
func jsonError(err error) error {
	if _, twice := errors.AsType[*strictjson.TwiceError](err); twice {
		return damaged("%w", err)
	}
	return notBackup(err)
}

func notBackup(err error) error { return fmt.Errorf("%w: %w", ErrNotBackup, err) }

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}

// take sorts the members; format and min_reader come first whatever their place
// in the file, because a later version may change everything else. Every member
// of the header must be there.
func (f *form) take(all map[string]strictjson.Member) error {
	fields := f.header.fields()
	for _, field := range fields {
		m, ok := all[field.name]
		delete(all, field.name)
		switch {
		case field.name == "format" && !ok:
			return notBackup(errors.New(`it has no "format"`))
		case !ok:
			return damaged("%q is missing", field.name)
		case m.Value.Kind() == 'n' || strictjson.Decode(m.Value, field.value) != nil:
			return damaged("%q has a value of another kind", field.name)
		case field.name == "format" && f.header.Format != Format:
			return notBackup(errors.New(`its "format" does not say so`))
		case field.name == "min_reader" && f.header.MinReader > Version:
			return fmt.Errorf("%w: it needs one that reads version %d, this one reads %d", ErrNewer, f.header.MinReader, Version)
		}
	}
	var there bool
	if f.entries, there = all["accounts"]; !there {
		return damaged(`"accounts" is missing`)
	}
	if m, ok := all["unreadable"]; ok && m.Elements == nil {
		return damaged("unreadable entries: it is not a JSON array")
	} else if f.unreadable = m.Elements; len(f.unreadable) == 0 {
		f.unreadable = nil
	}
	delete(all, "accounts")
	delete(all, "unreadable")
	for name, m := range all {
		if f.unknown == nil {
			f.unknown = map[string]strictjson.Value{}
		}
		f.unknown[name] = m.Value.Clone()
	}
	if f.header.Version < 1 || f.header.MinReader < 1 || f.header.MinReader > f.header.Version {
		return damaged("there is no version %d that readers of version %d can read", f.header.Version, f.header.MinReader)
	}
	return nil
}

type headerField struct {
	name  string
	value any // where it goes
}

// fields are the members of a header, those first that say who may read it.
func (h *header) fields() []headerField {
	return []headerField{
		{"format", &h.Format}, {"min_reader", &h.MinReader}, {"version", &h.Version},
		{"created", &h.Created}, {"generator", &h.Generator}, {"vault_id", &h.VaultID},
		{"generation", &h.Generation}, {"count", &h.Count}, {"accounts_sha256", &h.SHA256},
	}
}

func parseCreated(s string) (time.Time, error) {
	created, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, damaged(`"created" is not a time as in RFC 3339`)
	}
	return created.UTC(), nil
}

// accounts reads the entries, after their number and hash were found right.
func (f *form) accounts() ([]account.Account, error) {
	sum := sha256.Sum256(f.entries.Value)
	switch {
	case hex.EncodeToString(sum[:]) != f.header.SHA256:
		return nil, damaged("the hash over the accounts is wrong")
	case f.entries.Elements == nil:
		return nil, damaged("accounts: it is not a JSON array")
	case len(f.entries.Elements) != f.header.Count:
		return nil, damaged("it says %d accounts and has %d", f.header.Count, len(f.entries.Elements))
	}
	ids := map[string]bool{}
	accounts := make([]account.Account, 0, len(f.entries.Elements))
	for i, raw := range f.entries.Elements {
		a, err := readEntry(raw, ids)
		if err != nil {
			return nil, damaged("account %d: %w", i+1, err)
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}
