package vault

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// MaxUndo is how many changes can be taken back.
const MaxUndo = 5

// ErrNothingToUndo says that the history is empty.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// delta is the way back from a change.
type delta struct {
	Change string   `json:"change"`           // for people: "import amazon.png"
	Added  []string `json:"added,omitempty"`  // ids that the change brought
	Before []past   `json:"before,omitempty"` // records that it changed or removed, as they were
	Order  []string `json:"order,omitempty"`  // all ids as they stood, if it moved some
}

// past is a record and its place before the change.
type past struct {
	Index  int             `json:"index"`
	Record json.RawMessage `json:"record"`
}

// Changes names the changes that can be undone, the newest first.
func (d *Document) Changes() []string {
	out := make([]string, 0, len(d.undo))
	for _, raw := range slices.Backward(d.undo) {
		var u delta
		if json.Unmarshal(raw, &u) != nil {
			return out
		}
		out = append(out, u.Change)
	}
	return out
}

// Undo takes back the newest change and returns its name. What an account's
// counter and handed-out steps have become since stays. ErrNothingToUndo: the
// history is empty.
func (d *Document) Undo() (string, error) {
	if len(d.undo) == 0 {
		return "", ErrNothingToUndo
	}
	var u delta
	if err := json.Unmarshal(d.undo[len(d.undo)-1], &u); err != nil {
		return "", fmt.Errorf("%w: the newest entry of the undo history cannot be read", store.ErrDamaged)
	}
	d.undo = d.undo[:len(d.undo)-1]
	d.takeOut(u.Added)
	for _, p := range u.Before {
		d.putBack(p)
	}
	d.reorder(u.Order)
	d.base = slices.Clone(d.entries) // the way back is no change of its own
	return u.Change, nil
}

func (d *Document) takeOut(ids []string) {
	gone := setOf(ids)
	d.entries = slices.DeleteFunc(d.entries, func(e *entry) bool { return gone[e.names().ID] })
	d.index = nil
}

// putBack stores a record as it was: in the place of the one it became, or
// where it stood.
func (d *Document) putBack(p past) {
	old := storedEntry(p.Record)
	i, err := d.find(old.names().ID)
	if err == nil {
		d.entries[i] = keepCounters(old, d.entries[i])
		return
	}
	at := min(max(p.Index, 0), len(d.entries))
	d.entries = slices.Insert(d.entries, at, old)
	d.index = nil
}

// keepCounters returns old with the counter and the handed-out step of now, if
// both make the same codes: another secret has counters of its own.
func keepCounters(old, now *entry) *entry {
	a, err := old.account()
	b, errNow := now.account()
	if err != nil || errNow != nil || a.Type != b.Type || !a.Secret.Equal(b.Secret) {
		return old
	}
	if a.Counter >= b.Counter && a.HandedOut >= b.HandedOut {
		return old
	}
	a.Counter, a.HandedOut = max(a.Counter, b.Counter), max(a.HandedOut, b.HandedOut)
	raised, err := newEntry(a)
	if err != nil {
		return old
	}
	return raised
}

// reorder sorts the entries as ids stand; an entry that ids do not name stays
// behind its neighbour.
func (d *Document) reorder(ids []string) {
	if len(ids) == 0 {
		return
	}
	rank := make(map[string]int, len(ids))
	for i, id := range ids {
		rank[id] = i
	}
	ranks, last := make(map[*entry]int, len(d.entries)), -1
	for _, e := range d.entries {
		if r, ok := rank[e.names().ID]; ok {
			last = r
		}
		ranks[e] = last
	}
	slices.SortStableFunc(d.entries, func(a, b *entry) int { return cmp.Compare(ranks[a], ranks[b]) })
	d.index = nil
}

// record puts the way back to the base into the history, if there was a change.
func (d *Document) record(change string) error {
	u := d.difference()
	d.base = slices.Clone(d.entries)
	if len(u.Added) == 0 && len(u.Before) == 0 && len(u.Order) == 0 {
		return nil
	}
	u.Change = change
	raw, err := plainJSON(u)
	if err != nil {
		return fmt.Errorf("cannot write the undo history: %w", err)
	}
	d.undo = append(d.undo, raw)
	d.undo = d.undo[max(0, len(d.undo)-MaxUndo):]
	return nil
}

// difference compares the entries with the base.
func (d *Document) difference() delta {
	var u delta
	now := make(map[*content]bool, len(d.entries))
	for _, e := range d.entries {
		now[e.content] = true
	}
	before := make(map[string]bool, len(d.base))
	for i, e := range d.base {
		before[e.names().ID] = true
		if !now[e.content] {
			u.Before = append(u.Before, past{i, e.raw})
		}
	}
	after := make(map[string]bool, len(d.entries))
	for _, e := range d.entries {
		id := e.names().ID
		after[id] = true
		if !before[id] {
			u.Added = append(u.Added, id)
		}
	}
	if !slices.Equal(idsIn(d.base, after), idsIn(d.entries, before)) {
		u.Order = idsIn(d.base, before)
	}
	return u
}

// idsIn returns the ids of the entries that are in a set, in order.
func idsIn(entries []*entry, in map[string]bool) []string {
	var out []string
	for _, e := range entries {
		if id := e.names().ID; id != "" && in[id] {
			out = append(out, id)
		}
	}
	return out
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
