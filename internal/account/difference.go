package account

import (
	"bytes"
	"maps"
	"slices"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Difference has the word for each field in which two accounts differ: "secret",
// "digits", "note" …
type Difference struct {
	Codes   []string // fields that make another code
	Details []string // what else a person sets
	Uses    []string // which account it is in its vault, when it was made, how it was used
}

// Edited is Codes and Details. How often and when an account was used is no edit.
func (d Difference) Edited() []string { return slices.Concat(d.Codes, d.Details) }

// Compare finds the difference between two accounts.
func Compare(a, b Account) Difference {
	var d Difference
	for _, f := range []struct {
		words *[]string
		word  string
		equal bool
	}{
		{&d.Codes, "type", a.Type == b.Type},
		{&d.Codes, "secret", a.Secret.Equal(b.Secret)},
		{&d.Codes, "algorithm", a.Algorithm == b.Algorithm},
		{&d.Codes, "digits", a.Digits == b.Digits},
		{&d.Codes, "period", a.Period == b.Period},
		{&d.Codes, "pin", a.PIN.Equal(b.PIN)},
		{&d.Details, "issuer", a.Issuer == b.Issuer},
		{&d.Details, "account", a.Name == b.Name},
		{&d.Details, "note", a.Note == b.Note},
		{&d.Details, "aliases", slices.Equal(a.Aliases, b.Aliases)},
		{&d.Details, "groups", slices.Equal(a.Groups, b.Groups)},
		{&d.Details, "tags", slices.Equal(a.Tags, b.Tags)},
		{&d.Details, "favourite", a.Favourite == b.Favourite},
		{&d.Details, "archived", a.Archived == b.Archived},
		{&d.Details, "trashed", a.Trashed == b.Trashed},
		{&d.Details, "icon", a.Icon.Name == b.Icon.Name && a.Icon.MIME == b.Icon.MIME && bytes.Equal(a.Icon.Data, b.Icon.Data)},
		{&d.Details, "extra", maps.EqualFunc(a.Extra, b.Extra, equalJSON)},
		{&d.Details, "other fields", maps.EqualFunc(a.Unknown, b.Unknown, equalJSON)},
		{&d.Uses, "id", a.ID == b.ID},
		{&d.Uses, "counter", a.Counter == b.Counter && a.HandedOut == b.HandedOut},
		{&d.Uses, "use", a.UseCount == b.UseCount && a.LastUsed == b.LastUsed},
		{&d.Uses, "date", a.Created == b.Created && a.Updated == b.Updated},
	} {
		if !f.equal {
			*f.words = append(*f.words, f.word)
		}
	}
	return d
}

// equalJSON compares JSON texts without their blanks.
func equalJSON(x, y strictjson.Value) bool {
	if bytes.Equal(x, y) {
		return true
	}
	a, errA := strictjson.Marshal(x)
	b, errB := strictjson.Marshal(y)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
