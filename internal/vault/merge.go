package vault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// Candidate is one entry of a file that is being imported.
type Candidate struct {
	Index    int    // its place in the file, for messages
	Label    string // for people when there is no account; raw text from outside
	Account  account.Account
	Warnings []string
	Err      error // why the entry is no account; nil if it is one
}

// Conflict says what happens to an account that the vault has otherwise.
type Conflict int

// The ways out of a conflict.
const (
	KeepMine   Conflict = iota // leave the vault's account as it is
	TakeTheirs                 // replace it by the file's
	KeepBoth                   // add the file's beside it
)

// Outcome is what an import does with one entry.
type Outcome string

// Every entry has exactly one of these outcomes.
const (
	Added    Outcome = "added"    // it is a new account
	Same     Outcome = "same"     // the vault, or the file further up, has it
	Changed  Outcome = "changed"  // the vault has it otherwise; see Conflict
	Rejected Outcome = "rejected" // it is no account
)

// Item is one entry with what will become of it.
type Item struct {
	Candidate Candidate
	Outcome   Outcome
	Reason    string // empty for a plain addition; raw names from outside may be in it
	ID        string // the account of the vault that is meant; for an addition filled in by Apply

	action  action
	account account.Account // what will be stored
	twin    int             // of an exact duplicate: the item further up
}

// LeftOut reports whether the entry's secret will not be in the vault: its name
// is taken by another secret, and that one is kept.
func (i Item) LeftOut() bool {
	return i.Outcome == Changed && i.action == nothing && i.account.Key() != i.Candidate.Account.Key()
}

// Kept reports whether the entry is in conflict and the vault's account stays.
func (i Item) Kept() bool { return i.Outcome == Changed && i.action == nothing }

// Stored is what the vault has for the entry when the plan was applied. It is the
// zero account for a rejected entry and for the second of two equal ones.
func (i Item) Stored() account.Account { return i.account }

type action int

const (
	nothing action = iota
	add
	replace
	raise // only the counter
)

// Plan is what an import will do. It is made without touching anything, so it
// can be shown first.
type Plan struct{ Items []Item }

// Count returns how many entries have an outcome.
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
	for _, i := range p.Items {
		if i.action != nothing {
			return true
		}
	}
	return false
}

// PlanMerge says what an import into a vault with the accounts have does with
// each entry of in, in order.
//
// An account is the same if it makes the same codes under the same name. If it
// makes the same codes under another name, or other codes under the same name,
// it is in conflict, and c decides. Conflicts are only with accounts that were
// in the vault before, and with one entry each: a file may well hold two
// accounts of one name, and both are added. An account that was put away keeps no
// other secret from its name. Importing the same file again adds
// nothing.
func PlanMerge(have []account.Account, in []Candidate, c Conflict) Plan {
	m := newMerge(have, c)
	items := make([]Item, len(in))
	for i, candidate := range in {
		items[i] = Item{Candidate: candidate, twin: -1}
		m.settle(&items[i])
	}
	m.items = items
	for i := range items {
		if items[i].Outcome == "" {
			m.decide(i)
		}
	}
	return Plan{items}
}

// merge is the state of planning.
type merge struct {
	conflict Conflict
	have     []account.Account
	byKey    map[account.Key][]int // indices of have
	byName   map[string][]int      // of the live ones
	taken    map[int]bool          // indices of have that an entry is the same as, or replaces
	items    []Item
	first    map[account.Key][]int // items of this file that are not rejected
}

func newMerge(have []account.Account, c Conflict) *merge {
	m := &merge{conflict: c, have: slices.Clone(have),
		byKey: map[account.Key][]int{}, byName: map[string][]int{}, taken: map[int]bool{},
		first: map[account.Key][]int{}}
	for i, a := range have {
		m.byKey[a.Key()] = append(m.byKey[a.Key()], i)
		if a.State() == account.Live {
			m.byName[foldedName(a)] = append(m.byName[foldedName(a)], i)
		}
	}
	return m
}

// nameless is the folded name of an account without one. Two of them have
// nothing in common.
const nameless = "\x00"

func foldedName(a account.Account) string {
	return strings.ToLower(strings.TrimSpace(a.Issuer)) + "\x00" + strings.ToLower(strings.TrimSpace(a.Name))
}

// settle decides what needs no comparison with other entries: what is no
// account, and what the vault has exactly.
func (m *merge) settle(it *Item) {
	err := it.Candidate.Err
	if err == nil {
		err = it.Candidate.Account.Validate()
	}
	if err != nil {
		it.Outcome, it.Reason = Rejected, err.Error()
		return
	}
	a := it.Candidate.Account
	for _, h := range m.byKey[a.Key()] {
		if m.have[h].SameName(a) {
			m.taken[h] = true
			m.same(it, h)
			return
		}
	}
}

// same plans for an account that the vault has: its counter may be behind, and
// what it lacks may be in the file.
func (m *merge) same(it *Item, h int) {
	mine, theirs := m.have[h], it.Candidate.Account
	it.Outcome, it.Reason, it.ID = Same, "it is in the vault already", mine.ID
	it.account = mine
	if theirs.Counter > mine.Counter {
		it.action, it.account.Counter = raise, theirs.Counter
		it.Reason = fmt.Sprintf("it is in the vault already; its counter rises to %d", theirs.Counter)
	}
	if filled, more := fill(it.account, theirs); more && m.conflict == TakeTheirs {
		it.action, it.account = replace, filled
		it.Reason = "it is in the vault already; it gets the note, groups, tags or icon that it lacks"
	}
	m.have[h] = it.account // the file may have the account once more
}

// decide plans for an entry that the vault does not have exactly.
func (m *merge) decide(i int) {
	it := &m.items[i]
	a := it.Candidate.Account
	for _, f := range m.first[a.Key()] {
		if m.items[f].Candidate.Account.SameName(a) {
			m.duplicate(it, f)
			return
		}
	}
	m.first[a.Key()] = append(m.first[a.Key()], i)
	if h, ok := m.free(m.byKey[a.Key()]); ok {
		m.changed(it, h, fmt.Sprintf("the vault has the same secret as %s", m.have[h].Label()))
		return
	}
	if h, ok := m.free(m.byName[foldedName(a)]); ok && foldedName(a) != nameless && a.State() == account.Live {
		m.changed(it, h, "the vault has this name with another secret or other parameters")
		return
	}
	it.Outcome, it.action, it.account = Added, add, a
}

// free returns the first account of the vault that no entry has taken.
func (m *merge) free(indices []int) (int, bool) {
	for _, h := range indices {
		if !m.taken[h] {
			return h, true
		}
	}
	return 0, false
}

// duplicate plans for an entry that stands in the file twice: the higher counter
// is the later one, and what the first lacks the second may have.
func (m *merge) duplicate(it *Item, f int) {
	it.Outcome, it.twin = Same, f
	it.Reason = "the same as an entry further up"
	first := &m.items[f]
	if first.action == add || first.action == replace {
		first.account, _ = fill(first.account, it.Candidate.Account)
		first.account.Counter = max(first.account.Counter, it.Candidate.Account.Counter)
	}
}

// changed plans for a conflict with account h of the vault.
func (m *merge) changed(it *Item, h int, what string) {
	mine, theirs := m.have[h], it.Candidate.Account
	it.Outcome, it.ID = Changed, mine.ID
	switch m.conflict {
	case TakeTheirs:
		m.taken[h] = true
		it.action, it.account = replace, taken(mine, theirs)
		it.Reason = what + "; replaced by the file's"
	case KeepBoth:
		it.ID = ""
		it.action, it.account = add, theirs
		it.Reason = what + "; both kept"
	default:
		it.account = mine
		it.Reason = what + "; the vault's is kept"
	}
}

// taken is theirs in the place of mine: what theirs does not say stays.
func taken(mine, theirs account.Account) account.Account {
	out, _ := fill(theirs, mine)
	out.ID = mine.ID
	out.Created = cmp.Or(mine.Created, theirs.Created)
	out.Favourite = mine.Favourite || theirs.Favourite
	if mine.State() == account.Live { // an import puts nothing away that is in use
		out.Archived, out.Trashed = false, false
	}
	if mine.Type == theirs.Type && mine.Secret.Equal(theirs.Secret) {
		out.Counter = max(mine.Counter, theirs.Counter)
		out.HandedOut = max(mine.HandedOutIn(out.Period), theirs.HandedOutIn(out.Period))
	}
	if out.Extra == nil {
		out.Extra = mine.Extra
	}
	if out.Unknown == nil {
		out.Unknown = mine.Unknown
	}
	return out
}

// fill puts what a lacks of note, groups, tags and icon in from b, and reports
// whether there was any.
func fill(a, b account.Account) (account.Account, bool) {
	more := false
	if a.Note == "" && b.Note != "" {
		a.Note, more = b.Note, true
	}
	if len(a.Groups) == 0 && len(b.Groups) > 0 {
		a.Groups, more = b.Groups, true
	}
	if len(a.Tags) == 0 && len(b.Tags) > 0 {
		a.Tags, more = b.Tags, true
	}
	if a.Icon.Name == "" && len(a.Icon.Data) == 0 && (b.Icon.Name != "" || len(b.Icon.Data) > 0) {
		a.Icon, more = b.Icon, true
	}
	return a, more
}
