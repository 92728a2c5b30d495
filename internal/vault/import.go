package vault

import (
	"cmp"
	"fmt"
	"time"

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
	KeepBoth                   // add the file's as a second account
)

// PlanImport says what an import at that time does with each entry of in, in order.
//
// An account is the same if it makes the same codes under the same name. If it
// makes the same codes under another name, or other codes under the same name,
// it is in conflict, and c decides. Conflicts are only with accounts that were
// in the vault before: a file may well hold two accounts of one name, and both are
// added. An account that was put away keeps no other secret from its name. An
// account that is in the file twice is taken once, with the higher counter and the
// details of both. Importing the same file again adds nothing.
func (d *Document) PlanImport(in []Candidate, c Conflict, now time.Time) Plan {
	items := make([]Item, len(in))
	var valid []*Item // without those that are in the file twice
	var theirs []account.Account
	first := map[any]int{}
	for i, candidate := range in {
		it, a := &items[i], candidate.Account
		*it = Item{Candidate: candidate, Label: a.Label()}
		if candidate.Err != nil {
			it.Label = candidate.Label
		}
		if err := cmp.Or(candidate.Err, a.Validate()); err != nil {
			it.Outcome, it.Reason = Rejected, err.Error()
			continue
		}
		if f, twice := first[nameAndCodes(a)]; twice {
			it.Outcome, it.Reason, it.twin = Same, "the same as an entry further up", valid[f]
			theirs[f] = withDetailsOf(a, theirs[f])
			theirs[f].Counter = max(theirs[f].Counter, a.Counter)
			continue
		}
		first[nameAndCodes(a)] = len(valid)
		valid, theirs = append(valid, it), append(theirs, a)
	}
	ours := d.Accounts()
	m := newMatches(ours, theirs)
	m.by(nameAndCodes)
	m.shared = c != TakeTheirs
	m.by(codes)
	m.by(nameInUse)
	for j, it := range valid {
		if m.Ours[j] < 0 {
			it.Outcome = Added
			it.add(theirs[j], now)
		} else {
			c.plan(it, ours[m.Ours[j]], theirs[j], now)
		}
	}
	for i := range items {
		if twin := items[i].twin; twin != nil {
			items[i].ID = twin.ID
		}
	}
	return Plan{Items: items}
}

func (i *Item) add(a account.Account, now time.Time) {
	i.action, i.stored = add, a
	i.stored.Created = cmp.Or(a.Created, now.UnixMilli())
}

// plan is for an entry that is an account of the vault, as it is or otherwise.
func (c Conflict) plan(it *Item, ours, theirs account.Account, now time.Time) {
	it.Outcome, it.ID, it.stored = Changed, ours.ID, ours
	it.Reason = "the vault has this name with another secret or other parameters"
	if ours.Key() == theirs.Key() {
		it.Reason = "the vault has the same secret as " + ours.Label()
	}
	switch {
	case ours.Key() == theirs.Key() && ours.SameName(theirs):
		it.Outcome, it.Reason = Same, "it is in the vault already"
		if theirs.Counter > ours.Counter {
			it.action, it.stored.Counter = raise, theirs.Counter
			it.Reason = fmt.Sprintf("it is in the vault already; its counter rises to %d", theirs.Counter)
		}
		more := withDetailsOf(theirs, it.stored)
		more.Extra, more.Unknown = ours.Extra, ours.Unknown
		if c == TakeTheirs && len(account.Compare(more, ours).Details) > 0 {
			more.Updated = now.UnixMilli()
			it.action, it.stored = replace, more
			it.Reason = "it is in the vault already; it gets the note, groups, tags or icon that it lacks"
		}
	case c == TakeTheirs:
		a := withDetailsOf(ours, withUsesOf(ours, theirs))
		a.Created, a.Updated = cmp.Or(ours.Created, theirs.Created), now.UnixMilli()
		a.Favourite = ours.Favourite || theirs.Favourite
		if ours.State() == account.Live { // an import puts nothing away that is in use
			a.Archived, a.Trashed = false, false
		}
		it.action, it.stored = replace, a
		it.Reason += "; replaced by the file's"
	case c == KeepBoth:
		it.ID = ""
		it.add(theirs, now)
		it.Reason += "; both kept"
	default:
		it.Reason += "; the vault's is kept"
	}
}
