package vault

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/jsonsplit"
)

// entry is one record as it is stored, and what was decoded of it so far. The
// text never changes: a changed record is another entry.
type entry struct {
	raw     json.RawMessage
	content *content // equal pointers: the same but for counter and handed-out step

	// What was decoded. A record that nobody wanted costs no Account, which is
	// larger than its text.
	value *account.Account
	err   error
	name  *nameplate
}

// nameplate is what a query looks at.
type nameplate struct {
	id, issuer, name  string
	archived, trashed bool
}

func (n nameplate) account() account.Account {
	return account.Account{ID: n.id, Issuer: n.issuer, Name: n.name, Archived: n.archived, Trashed: n.trashed}
}

// content has a size, so that every new one has its own address.
type content struct{ _ byte }

func storedEntry(raw json.RawMessage) *entry { return &entry{raw: raw, content: new(content)} }

// storedEntries is storedEntry for many, which lie side by side in memory.
func storedEntries(raws []json.RawMessage) []*entry {
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

// names returns an account with nothing but ID, Issuer, Name and State. Of a damaged
// record it returns what can be read.
func (e *entry) names() account.Account {
	if e.name == nil {
		e.name = e.nameplate()
	}
	return e.name.account()
}

func (e *entry) nameplate() *nameplate {
	if e.value != nil && e.err == nil {
		return &nameplate{e.value.ID, e.value.Issuer, e.value.Name, e.value.Archived, e.value.Trashed}
	}
	var n nameplate
	jsonsplit.Members(e.raw, func(m jsonsplit.Member) {
		switch string(m.Name) {
		case `"id"`:
			n.id = text(m.Value)
		case `"issuer"`:
			n.issuer = text(m.Value)
		case `"account"`:
			n.name = text(m.Value)
		case `"archived"`:
			n.archived = string(m.Value) == "true"
		case `"trashed"`:
			n.trashed = string(m.Value) == "true"
		}
	})
	return &n
}

// text returns a JSON string's value, "" for another kind of value.
func text(value json.RawMessage) string {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : n-1]) // nothing to decode, as nearly always
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

func (e *entry) damaged(i int, err error) Damaged {
	n := e.names()
	return Damaged{Index: i, ID: n.ID, Label: n.Label(), Reason: err.Error(), Raw: append([]byte(nil), e.raw...)}
}
