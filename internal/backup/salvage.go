package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/jsonsplit"
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
	h, entries := dismantle(text)
	switch {
	case h.MinReader > Version:
		return Salvaged{}, fmt.Errorf("%w: it needs one that reads version %d", ErrNewer, h.MinReader)
	case h.Format != Format:
		return Salvaged{}, err
	}
	s := Salvaged{Problem: err}
	s.VaultID, s.Generator, s.Generation = h.VaultID, h.Generator, h.Generation
	s.Created, _ = parseCreated(h.Created)
	s.readEntries(entries)
	s.Missing = max(0, h.Count-len(s.Accounts)-len(s.Lost))
	return s, nil
}

func (s *Salvaged) readEntries(entries [][]byte) {
	reader := newEntryReader()
	for i, e := range entries {
		a, err := account.Account{}, plausible(e)
		if err == nil {
			a, err = reader.read(e)
		}
		if err != nil {
			s.Lost = append(s.Lost, Lost{i + 1, fragmentLabel(e), err.Error()})
			continue
		}
		s.Accounts = append(s.Accounts, a)
	}
}

// dismantle finds the header and the entries. A text that is valid JSON is
// taken apart as such; in any other the lines are the guide, because Marshal
// writes one entry a line and JSON has no line breaks inside a string.
func dismantle(text []byte) (header, [][]byte) {
	if plausible(text) == nil {
		if h, entries, ok := dismantleJSON(text); ok {
			return h, entries
		}
	}
	return dismantleLines(text)
}

func dismantleJSON(text []byte) (h header, entries [][]byte, ok bool) {
	all, err := members(text)
	if err != nil {
		return h, nil, false
	}
	fields := h.fields()
	for _, m := range all {
		if field := fields[m.name]; field != nil {
			_ = json.Unmarshal(m.value, field) // what cannot be read stays empty
		}
		if m.name == "accounts" {
			if entries, err = elements(m.value); err != nil {
				return h, nil, false
			}
		}
	}
	return h, entries, true
}

func dismantleLines(text []byte) (h header, entries [][]byte) {
	lines := bytes.Split(text, []byte{'\n'})
	for _, line := range lines {
		line = bytes.TrimRight(bytes.TrimSpace(line), ",")
		switch {
		case bytes.HasPrefix(line, []byte(`{"format":`)):
			_ = json.Unmarshal(append(bytes.Clone(line), '}'), &h)
		case bytes.HasPrefix(line, []byte(`{"id":`)) && len(entries) < MaxAccounts:
			entries = append(entries, line)
		}
	}
	return h, entries
}

// fragmentLabel reads the names out of an entry that is no JSON any more.
func fragmentLabel(entry []byte) string {
	a := account.Account{Issuer: fragment(entry, "issuer"), Name: fragment(entry, "account")}
	return a.Label()
}

// fragment finds a member by its quoted name, as Marshal writes it.
func fragment(entry []byte, name string) string {
	_, rest, found := bytes.Cut(entry, []byte(`"`+name+`":"`))
	if !found {
		return ""
	}
	start := append([]byte{'"'}, rest...)
	var s string
	if json.Unmarshal(start[:jsonsplit.StringEnd(start, 0)], &s) != nil {
		return ""
	}
	return s
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
