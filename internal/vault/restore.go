package vault

import (
	"cmp"

	"github.com/jangle-otp/jangle/internal/account"
)

// RestoreMode says what a restore may do to accounts that are in the vault.
type RestoreMode int

const (
	// RestoreMerge brings back what is missing and the details that the copy has. It
	// removes no account, blanks no field and overwrites no secret: where an
	// account of the vault makes other codes than in the copy, both are kept.
	RestoreMerge RestoreMode = iota
	// RestoreReplace makes the vault what the copy says: other secrets are
	// overwritten, and accounts that are only in the vault are removed.
	RestoreReplace
)

// PlanRestore says what restoring a copy does: first with the copy's accounts in
// their order, then with those that only the vault has. The counters of
// counter-based accounts and the time steps that were handed out never go back, in
// either mode.
func (d *Document) PlanRestore(c Copy, mode RestoreMode) Plan {
	ours := d.Accounts()
	m := MatchCopy(ours, d.ID(), c)
	p := Plan{Items: make([]Item, len(c.Accounts)), ordered: mode == RestoreReplace}
	for j, theirs := range c.Accounts {
		p.Items[j] = Item{Outcome: Missing, Label: theirs.Label(), action: add, stored: theirs}
		if m.Ours[j] >= 0 {
			mode.plan(&p.Items[j], ours[m.Ours[j]], theirs)
		}
	}
	for i, a := range ours {
		it := Item{Outcome: Kept, ID: a.ID, Label: a.Label()}
		if mode == RestoreReplace {
			it.Outcome, it.action = Removed, remove
		}
		if m.Theirs[i] < 0 {
			p.Items = append(p.Items, it)
		}
	}
	return p
}

// plan is for an account that the vault and the copy have.
func (mode RestoreMode) plan(it *Item, ours, theirs account.Account) {
	it.ID = ours.ID
	it.Fields = account.Compare(ours, theirs).Codes
	if len(it.Fields) > 0 && mode == RestoreMerge {
		it.Outcome = Beside
		return
	}
	it.stored = withUsesOf(ours, theirs)
	if mode == RestoreMerge {
		it.stored = withDetailsOf(ours, it.stored)
		it.stored.Issuer, it.stored.Name = cmp.Or(theirs.Issuer, ours.Issuer), cmp.Or(theirs.Name, ours.Name)
	}
	it.Fields = account.Compare(ours, it.stored).Edited()
	if it.stored.Counter != ours.Counter || it.stored.HandedOut != ours.HandedOut {
		it.Fields = append(it.Fields, "counter")
	}
	it.Outcome, it.action = Different, replace
	if len(it.Fields) == 0 {
		it.Outcome, it.action = Same, nothing
	}
}
