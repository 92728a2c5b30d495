package vault

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Outcome is what becomes of one account.
type Outcome string

// The outcomes of an import, and of a restore; both have Same.
const (
	Same     Outcome = "same"     // the vault has it already
	Added    Outcome = "added"    // it is a new account
	Changed  Outcome = "changed"  // the vault has it otherwise; see Conflict
	Rejected Outcome = "rejected" // it is no account

	Missing   Outcome = "new"       // only the backup has it; is added
	Different Outcome = "different" // gets the backup's details, or in RestoreReplace its secret
	Beside    Outcome = "beside"    // other codes: the backup's is added, ours stays
	Kept      Outcome = "kept"      // only the vault has it
	Removed   Outcome = "removed"   // only the vault had it
)

// Item is one account from outside, or of the vault alone, with what will become of
// it. As JSON it holds no secret.
type Item struct {
	Outcome   Outcome   `json:"outcome"`
	ID        string    `json:"id,omitempty"` // of the vault's account; Apply fills it in for one that is added
	Label     string    `json:"label"`        // raw text from outside
	Fields    []string  `json:"fields,omitempty"`
	Reason    string    `json:"-"` // of an import: empty for a plain addition; raw names may be in it
	Candidate Candidate `json:"-"` // of an import

	action action
	stored account.Account // what the vault has afterwards
	twin   *Item           // of a second entry of the same account: the first one
}

type action int

const (
	nothing action = iota
	add
	replace
	raise // only the counter
	remove
)

// Stored is what the vault has for the entry when the plan was applied. It is the
// zero account for a rejected entry and for the second of two equal ones.
func (i Item) Stored() account.Account { return i.stored }

// Kept reports whether the entry is in conflict and the vault's account stays.
func (i Item) Kept() bool { return i.Outcome == Changed && i.action == nothing }

// LeftOut reports whether the entry's secret will not be in the vault: its name
// is taken by another secret, and that one is kept.
func (i Item) LeftOut() bool { return i.Kept() && i.stored.Key() != i.Candidate.Account.Key() }

// Plan is what an import or a restore will do. It is made without touching
// anything, so that it can be shown first.
type Plan struct {
	Items []Item

	ordered bool // the accounts get the order of the items
}

// Count returns how many items have an outcome.
func (p Plan) Count(o Outcome) int {
	n := 0
	for _, i := range p.Items {
		if i.Outcome == o {
			n++
		}
	}
	return n
}

// Changes reports whether applying the plan would change the vault.
func (p Plan) Changes() bool {
	return slices.ContainsFunc(p.Items, func(i Item) bool { return i.action != nothing })
}

// Equal reports whether two restores show a person the same.
func (p Plan) Equal(q Plan) bool {
	return slices.EqualFunc(p.Items, q.Items, func(a, b Item) bool {
		return a.Outcome == b.Outcome && a.ID == b.ID && a.Label == b.Label && slices.Equal(a.Fields, b.Fields)
	})
}

// Apply does what a plan says, all of it or, when it returns an error, nothing
// that would be saved (Update saves nothing then). The plan has to be made from
// this document.
func (d *Document) Apply(p Plan) error {
	var order []string
	for i := range p.Items {
		it := &p.Items[i]
		var err error
		switch it.action {
		case add:
			var a account.Account
			a, err = d.Add(it.stored)
			it.ID = a.ID
		case replace:
			err = d.Replace(it.ID, it.stored)
		case raise:
			err = d.raiseUses(it.ID, it.stored)
		case remove:
			err = d.Remove(it.ID)
		}
		if err != nil {
			return fmt.Errorf("account %d, %q: %w", i+1, it.Label, err)
		}
		if it.twin != nil {
			it.ID = it.twin.ID
		}
		if it.action != remove {
			order = append(order, it.ID)
		}
	}
	if p.ordered {
		d.reorder(order)
	}
	return nil
}

// withUsesOf returns a, which takes the place of b, with b's id and the higher of
// both counters, handed-out steps and statistics. Another secret counts anew.
func withUsesOf(b, a account.Account) account.Account {
	a.ID = b.ID
	if a.Type == b.Type && a.Secret.Equal(b.Secret) {
		a.Counter, a.HandedOut = max(a.Counter, b.Counter), max(a.HandedOut, b.HandedOutIn(a.Period))
	}
	a.UseCount, a.LastUsed = max(a.UseCount, b.UseCount), max(a.LastUsed, b.LastUsed)
	return a
}

// withDetailsOf returns a with what it lacks of note, aliases, groups, tags, icon and other
// apps' data, and b has.
func withDetailsOf(b, a account.Account) account.Account {
	a.Note = cmp.Or(a.Note, b.Note)
	if len(a.Aliases) == 0 {
		a.Aliases = b.Aliases
	}
	if len(a.Groups) == 0 {
		a.Groups = b.Groups
	}
	if len(a.Tags) == 0 {
		a.Tags = b.Tags
	}
	if a.Icon.Name == "" && len(a.Icon.Data) == 0 {
		a.Icon = b.Icon
	}
	a.Extra, a.Unknown = union(a.Extra, b.Extra), union(a.Unknown, b.Unknown)
	return a
}

// union returns what is in a or in b; where both have a member, that of a.
func union(a, b map[string]strictjson.Value) map[string]strictjson.Value {
	if len(b) == 0 {
		return a
	}
	all := maps.Clone(b)
	maps.Copy(all, a)
	return all
}
