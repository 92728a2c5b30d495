package vault

import (
	"encoding/json"

	"github.com/jangle-otp/jangle/internal/account"
)

// entry is one record as it is stored, and what was decoded of it so far. The
// text never changes: a changed record is another entry.
type entry struct {
	raw     json.RawMessage
	content *content // equal pointers: the same but for counter and handed-out step

	decoded bool
	value   account.Account
	err     error

	named bool
	name  account.Account // ID, Issuer and Name alone
}

// content has a size, so that every new one has its own address.
type content struct{ _ byte }

func storedEntry(raw json.RawMessage) *entry { return &entry{raw: raw, content: new(content)} }

// newEntry makes the entry of an account that is valid.
func newEntry(a account.Account) (*entry, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	raw, err := account.MarshalRecord(a)
	if err != nil {
		return nil, err
	}
	e := storedEntry(raw)
	e.value, e.decoded = a.Clone(), true
	return e, nil
}

// account decodes the record, once.
func (e *entry) account() (account.Account, error) {
	if !e.decoded {
		e.value, e.err = account.UnmarshalRecord(e.raw)
		e.decoded = true
	}
	return e.value, e.err
}

// names returns an account with nothing but ID, Issuer and Name. Of a damaged
// record it returns what can be read.
func (e *entry) names() account.Account {
	if e.named {
		return e.name
	}
	e.named = true
	if e.decoded && e.err == nil {
		e.name = account.Account{ID: e.value.ID, Issuer: e.value.Issuer, Name: e.value.Name}
		return e.name
	}
	parts, _ := members(e.raw)
	for _, m := range parts {
		switch string(m.name) {
		case `"id"`:
			e.name.ID = text(m.value)
		case `"issuer"`:
			e.name.Issuer = text(m.value)
		case `"account"`:
			e.name.Name = text(m.value)
		}
	}
	return e.name
}

// text returns a JSON string's value, "" for another kind of value.
func text(value json.RawMessage) string {
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
