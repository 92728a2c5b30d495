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
	all, err := readMembers(text)
	if err != nil {
		return Backup{}, err
	}
	h, err := readHeader(all)
	if err != nil {
		return Backup{}, err
	}
	b := Backup{Generator: h.Generator, VaultID: h.VaultID, Generation: h.Generation}
	if b.Created, err = parseCreated(h.Created); err != nil {
		return Backup{}, err
	}
	entries, there := all["accounts"]
	unreadable, some := all["unreadable"]
	sum := sha256.Sum256(entries.Value)
	switch {
	case !there:
		return Backup{}, damaged(`"accounts" is missing`)
	case some && unreadable.Elements == nil:
		return Backup{}, damaged("unreadable entries: it is not a JSON array")
	case hex.EncodeToString(sum[:]) != h.SHA256:
		return Backup{}, damaged("the hash over the accounts is wrong")
	case entries.Elements == nil:
		return Backup{}, damaged("accounts: it is not a JSON array")
	case len(entries.Elements) != h.Count:
		return Backup{}, damaged("it says %d accounts and has %d", h.Count, len(entries.Elements))
	}
	if len(unreadable.Elements) > 0 {
		b.Unreadable = unreadable.Elements
	}
	delete(all, "accounts")
	delete(all, "unreadable")
	for name, m := range all {
		if b.Unknown == nil {
			b.Unknown = map[string]strictjson.Value{}
		}
		b.Unknown[name] = m.Value.Clone()
	}
	ids := map[string]bool{}
	b.Accounts = make([]account.Account, 0, len(entries.Elements))
	for i, raw := range entries.Elements {
		a, err := readEntry(raw, ids)
		if err != nil {
			return Backup{}, damaged("account %d: %w", i+1, err)
		}
		b.Accounts = append(b.Accounts, a)
	}
	return b, nil
}

// readMembers takes the text apart and holds every member of it to the limits.
func readMembers(text []byte) (map[string]strictjson.Member, error) {
	members, err := limits.Members(text)
	if _, much := errors.AsType[*strictjson.LimitError](err); much {
		return nil, fmt.Errorf("%w: %w", ErrLimit, err)
	} else if err != nil {
		return nil, jsonError(err)
	}
	all := make(map[string]strictjson.Member, len(members))
	for _, m := range members {
		all[m.Name] = m
		if m.Name == "unreadable" { // JSON of any kind, because the vault keeps it too
			continue
		}
		if err := limits.Check(m.Value); err != nil {
			return nil, jsonError(fmt.Errorf("in %q: %w", clip(m.Name), err))
		}
	}
	return all, nil
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

// readHeader takes the header out of the members; format and min_reader come first
// whatever their place in the file, because a later version may change everything
// else. Every member of the header must be there.
func readHeader(all map[string]strictjson.Member) (header, error) {
	var h header
	for _, field := range h.fields() {
		m, ok := all[field.name]
		delete(all, field.name)
		switch {
		case field.name == "format" && !ok:
			return h, notBackup(errors.New(`it has no "format"`))
		case !ok:
			return h, damaged("%q is missing", field.name)
		case m.Value.Kind() == 'n' || strictjson.Decode(m.Value, field.value) != nil:
			return h, damaged("%q has a value of another kind", field.name)
		case field.name == "format" && h.Format != Format:
			return h, notBackup(errors.New(`its "format" does not say so`))
		case field.name == "min_reader" && h.MinReader > Version:
			return h, fmt.Errorf("%w: it needs one that reads version %d, this one reads %d", ErrNewer, h.MinReader, Version)
		}
	}
	if h.Version < 1 || h.MinReader < 1 || h.MinReader > h.Version {
		return h, damaged("there is no version %d that readers of version %d can read", h.Version, h.MinReader)
	}
	return h, nil
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
