package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Lost is an account that Salvage found and could not read.
type Lost struct {
	Number int    // its place in the file, from 1; 0 when it is not known
	Label  string // as far as it can be read; raw text
	Reason string // never holds a secret
}

// Salvaged is what could be read of a damaged backup.
type Salvaged struct {
	Backup         // Accounts holds the sound ones
	Lost    []Lost // the others
	Missing int    // how many more the file says it had; 0 when it does not say
	Problem error  // what is wrong with the file as a whole; nil for a sound one
}

// Salvage reads what is sound in a plaintext that Unmarshal refuses: one that was
// cut short, or in which some entries or the sums over them are wrong. An account
// counts as sound when its fields are valid and its own check code is right. It
// never takes anything else for a backup: ErrNotBackup, ErrNewer.
func Salvage(text []byte) (Salvaged, error) {
	b, err := Unmarshal(text)
	switch {
	case err == nil:
		return Salvaged{Backup: b}, nil
	case errors.Is(err, ErrNewer), errors.Is(err, ErrLimit):
		return Salvaged{}, err
	}
	h, entries := salvageMembers(text)
	switch {
	case h.MinReader > Version:
		return Salvaged{}, fmt.Errorf("%w: it needs one that reads version %d", ErrNewer, h.MinReader)
	case h.Format != Format:
		return Salvaged{}, err
	}
	s := Salvaged{Problem: err}
	s.VaultID, s.Generator, s.Generation = h.VaultID, h.Generator, h.Generation
	s.Created, _ = parseCreated(h.Created)
	ids := map[string]bool{}
	for i, e := range entries {
		a, err := account.Account{}, limits.Check(e)
		if err == nil {
			a, err = readEntry(e, ids)
		}
		if err == nil {
			s.Accounts = append(s.Accounts, a)
			continue
		}
		label := account.Account{Issuer: fragment(e, "issuer"), Name: fragment(e, "account")}.Label()
		s.Lost = append(s.Lost, Lost{i + 1, label, err.Error()})
	}
	s.Missing = max(0, h.Count-len(s.Accounts)-len(s.Lost))
	return s, nil
}

// salvageMembers finds the header and the entries. A text that is valid JSON is
// taken apart as such; in any other the lines are the guide, because Marshal
// writes one entry a line and JSON has no line breaks inside a string.
func salvageMembers(text []byte) (header, []strictjson.Value) {
	members, err := limits.Members(text)
	if err != nil {
		return salvageLines(text)
	}
	var h header
	var entries []strictjson.Value
	fields := h.fields()
	for _, m := range members {
		if i := slices.IndexFunc(fields, func(f headerField) bool { return f.name == m.Name }); i >= 0 {
			_ = strictjson.Decode(m.Value, fields[i].value) // what cannot be read stays empty
		}
		if m.Name == "accounts" {
			entries = m.Elements
		}
	}
	return h, entries
}

func salvageLines(text []byte) (h header, entries []strictjson.Value) {
	lines := bytes.Split(text, []byte{'\n'})
	for _, line := range lines {
		line = bytes.TrimRight(bytes.TrimSpace(line), ",")
		switch {
		case bytes.HasPrefix(line, []byte(`{"format":`)):
			_ = strictjson.Decode(append(bytes.Clone(line), '}'), &h)
		case bytes.HasPrefix(line, []byte(`{"id":`)) && len(entries) < MaxAccounts:
			entries = append(entries, line)
		}
	}
	return h, entries
}

// fragment reads a text out of an entry that may be no JSON any more: it finds the
// member by its quoted name, as Marshal writes it.
func fragment(entry []byte, name string) string {
	i := bytes.Index(entry, []byte(`"`+name+`":"`))
	if i < 0 {
		return ""
	}
	var value [1]string
	new(strictjson.Scanner).Scalars(append([]byte{'{'}, entry[i:]...), []string{name}, value[:])
	return value[0]
}

// SalvageFile opens a backup file as far as it can be opened and reads what is
// sound in it. When nothing can be, the error says what is wrong with the file.
func SalvageFile(ctx context.Context, sealed []byte, keys crypt.Keys) (Salvaged, error) {
	text, damage := crypt.DecryptPart(ctx, sealed, keys)
	if damage != nil && len(text) == 0 {
		return Salvaged{}, damage
	}
	defer clear(text)
	s, err := Salvage(text)
	if err != nil {
		return Salvaged{}, errors.Join(damage, err)
	}
	if damage != nil {
		s.Problem = damage
	}
	return s, nil
}
