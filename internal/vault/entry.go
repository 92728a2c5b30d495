package vault

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// entry is one record as it is stored, and what was decoded of it so far. The
// text never changes: a changed record is another entry.
type entry struct {
	raw     strictjson.Value
	content *content // equal pointers: the same but for counter and handed-out step

	// What was decoded. A record that was not asked for costs no Account, which is
	// larger than its text.
	value *account.Account
	err   error
	name  *nameplate
}

// nameplate is what a query looks at first.
type nameplate struct {
	text    [5]string // id, issuer, name, and whether the account is archived and in the bin ("true")
	aliases []string
}

// content has a size, so that every new one has its own address.
type content struct{ _ byte }

func storedEntry(raw strictjson.Value) *entry { return &entry{raw: raw, content: new(content)} }

// storedEntries is storedEntry for many, in one piece of memory.
func storedEntries(raws []strictjson.Value) []*entry {
	room, contents := make([]entry, len(raws)), make([]content, len(raws))
	out := make([]*entry, len(raws))
	for i, raw := range raws {
		room[i] = entry{raw: raw, content: &contents[i]}
		out[i] = &room[i]
	}
	return out
}

// newEntry makes the entry of an account that is valid.
func newEntry(a account.Account) (*entry, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	raw, err := account.MarshalRecord(a)
	if err != nil {
		return nil, err
	}
	e, value := storedEntry(raw), a.Clone()
	e.value = &value
	return e, nil
}

// account decodes the record, once.
func (e *entry) account() (account.Account, error) {
	if e.value == nil {
		value, err := account.UnmarshalRecord(e.raw)
		e.value, e.err = &value, err
	}
	return *e.value, e.err
}

// names returns an account with nothing but ID, Issuer, Name, Aliases and State. Of a
// damaged record it returns what can be read.
func (e *entry) names() account.Account { return e.scan(new(strictjson.Scanner)) }

// scan is names for many entries in turn.
func (e *entry) scan(s *strictjson.Scanner) account.Account {
	if e.name == nil {
		e.name = e.nameplate(s)
	}
	n := e.name
	return account.Account{ID: n.text[0], Issuer: n.text[1], Name: n.text[2], Archived: n.text[3] == "true", Trashed: n.text[4] == "true", Aliases: n.aliases}
}

func (e *entry) nameplate(s *strictjson.Scanner) *nameplate {
	if v := e.value; v != nil && e.err == nil {
		return &nameplate{[5]string{v.ID, v.Issuer, v.Name, strconv.FormatBool(v.Archived), strconv.FormatBool(v.Trashed)}, v.Aliases}
	}
	n := new(nameplate)
	names := []string{"id", "issuer", "account", "archived", "trashed"}
	if !e.mayHave("archived", "trashed") {
		names = names[:3] // as in nearly all records, where they come first
	}
	s.Scalars(e.raw, names, n.text[:])
	if e.mayHave("aliases") {
		n.aliases = e.notes().Aliases
	}
	return n
}

// mayHave is false only if the record has none of these members.
func (e *entry) mayHave(members ...string) bool {
	return bytes.IndexByte(e.raw, '\\') >= 0 || slices.ContainsFunc(members, func(name string) bool { return bytes.Contains(e.raw, []byte(`"`+name+`"`)) })
}

// withNotes is scan with Groups, Tags and Note.
func (e *entry) withNotes(s *strictjson.Scanner) account.Account {
	a := e.scan(s)
	if e.mayHave("groups", "tags", "note") {
		n := e.notes()
		a.Groups, a.Tags, a.Note = n.Groups, n.Tags, n.Note
	}
	return a
}

type notes struct {
	Aliases []string `json:"aliases"`
	Groups  []string `json:"groups"`
	Tags    []string `json:"tags"`
	Note    string   `json:"note"`
}

func (e *entry) notes() notes {
	var n notes
	_ = strictjson.Decode(e.raw, &n) // of a damaged record, what comes before the fault
	return n
}

func (e *entry) damaged(i int, err error) Damaged {
	n := e.names()
	return Damaged{Index: i, ID: n.ID, Label: n.Label(), Reason: err.Error(), Raw: append([]byte(nil), e.raw...)}
}
