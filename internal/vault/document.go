// Package vault is the document that holds all accounts, and what can be done
// with it: finding, adding, importing, restoring a backup, undoing.
//
// A Vault is a store.Store with the document in it. Every
// change goes through Vault.Update, which loads, changes and saves with
// compare-and-swap, so that two jangles at once lose nothing:
//
//	doc, err := vault.New(s).Update(ctx, "remove GitHub", func(d *vault.Document) error {
//		return d.Remove(id)
//	})
//
// Three rules hold for documents:
//
//   - What this version does not know is kept. Unknown members of the
//     document and of a record come out as they went in; a record that cannot be
//     read is kept byte for byte, reported, and the others stay in use. A
//     document that says it needs a newer reader is store.ErrNewer and stays
//     untouched.
//   - Every change can be undone, the last five of them, and done again, without a
//     second copy of the vault: a change leaves the records that it replaced in the
//     document.
//     The counter of a counter-based account and the last time step handed out
//     never go back, because a code must not be shown twice (RFC 4226 section
//     7.2, RFC 6238 section 5.2).
//   - A record is decoded when it is wanted. `jangle code NAME` looks at all
//     names and decodes one record.
package vault

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// MaxAccounts is how many accounts a vault takes (security.md 3.7).
const MaxAccounts = 100_000

// The ways in which a change of a document can fail.
var (
	ErrNoAccount = errors.New("no such account in the vault")
	ErrFull      = errors.New("the vault has 100,000 accounts and takes no more") // MaxAccounts
	ErrCounter   = errors.New("a counter does not go back")
)

// Document is the vault's content. It is not safe for several goroutines at
// once: even reading fills caches.
type Document struct {
	id       string
	version  int
	reader   int
	entries  []*entry
	undo     []strictjson.Value // oldest first
	redo     []strictjson.Value // what was taken back, the last at the end
	proof    strictjson.Value   // nil for none
	moved    *Moved             // nil: in use
	unknown  [][]byte           // members, name and value, as they were read
	revision store.Revision
	warnings []string
	doubt    string         // why this may not be the newest state; "" as a rule
	lost     store.Revision // how many newer revisions there were then, at least

	index map[string]int // of entries by id; nil when it has to be made again
	base  []*entry       // the entries when the current change began
}

// Damaged is a record that cannot be read. It stays in the vault as it is.
type Damaged struct {
	Index  int    // its place among all records, from 0
	ID     string // as far as it can be read
	Label  string // as far as it can be read; raw text from outside
	Reason string // never holds a secret
	Raw    []byte // the record itself: it may hold the secret
}

// ID identifies the vault through all its copies.
func (d *Document) ID() string { return d.id }

// Revision is the store's number for this document, 0 if it was never saved.
func (d *Document) Revision() store.Revision { return d.revision }

// Warnings tells people what the store found wrong while loading, and how many
// records are damaged.
func (d *Document) Warnings() []string {
	out := slices.Clone(d.warnings)
	for _, x := range d.Damaged() {
		out = append(out, fmt.Sprintf("record %d is damaged and kept as it is: %s", x.Index+1, x.Reason))
	}
	return out
}

// StoreWarnings is what the store found wrong while loading. Unlike Warnings it
// decodes no record.
func (d *Document) StoreWarnings() []string { return slices.Clone(d.warnings) }

// Len is the number of records, the damaged ones included.
func (d *Document) Len() int { return len(d.entries) }

// Accounts returns all accounts that can be read, those that were put away too, in
// the vault's order.
func (d *Document) Accounts() []account.Account {
	out := make([]account.Account, 0, len(d.entries))
	for _, e := range d.entries {
		if a, err := e.account(); err == nil {
			out = append(out, a.Clone())
		}
	}
	return out
}

// Damaged returns the records that cannot be read.
func (d *Document) Damaged() []Damaged {
	var out []Damaged
	for i, e := range d.entries {
		if _, err := e.account(); err != nil {
			out = append(out, e.damaged(i, err))
		}
	}
	return out
}

// ByID returns the account with that id. ErrNoAccount: there is none.
func (d *Document) ByID(id string) (account.Account, error) {
	i, err := d.find(id)
	if err != nil {
		return account.Account{}, err
	}
	a, err := d.entries[i].account()
	if err != nil {
		return account.Account{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return a.Clone(), nil
}

// Find returns the accounts that a query fits best, as account.Match judges,
// and the damaged records among them. It decodes only those. Without a query it
// returns all live accounts.
func (d *Document) Find(query ...string) ([]account.Account, []Damaged) {
	var s strictjson.Scanner
	names := func(i int) account.Account { return d.entries[i].scan(&s) }
	all := func(i int) account.Account { return d.entries[i].withNotes(&s) }
	var found []account.Account
	var damaged []Damaged
	for _, i := range account.MatchEach(len(d.entries), names, all, query...) {
		a, err := d.entries[i].account()
		if err != nil {
			damaged = append(damaged, d.entries[i].damaged(i, err))
			continue
		}
		found = append(found, a.Clone())
	}
	return found, damaged
}

func (d *Document) find(id string) (int, error) {
	if d.index == nil {
		d.index = make(map[string]int, len(d.entries))
		var s strictjson.Scanner
		for i, e := range slices.Backward(d.entries) {
			d.index[e.scan(&s).ID] = i
		}
	}
	i, ok := d.index[id]
	if !ok || id == "" {
		return 0, fmt.Errorf("%w: %q", ErrNoAccount, id)
	}
	return i, nil
}
