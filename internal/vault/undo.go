package vault

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// MaxUndo is how many changes can be taken back.
const MaxUndo = store.Past

// These say that the history is empty.
var (
	ErrNothingToUndo = errors.New("there is nothing to undo")
	ErrNothingToRedo = errors.New("there is nothing to redo: the last change was not an undo")
)

// delta is the way back from a change.
type delta struct {
	Change string   `json:"change"`           // for people: "import amazon.png"
	Added  []string `json:"added,omitempty"`  // ids that the change brought
	Before []past   `json:"before,omitempty"` // records that it changed or removed, as they were
	Order  []string `json:"order,omitempty"`  // all ids as they stood, if it moved some
}

// past is a record and its place before the change.
type past struct {
	Index  int              `json:"index"`
	Record strictjson.Value `json:"record"`
}

// Effect is what a step back, or forward again, does to the accounts. Of a damaged
// record there is only what names it.
type Effect struct {
	Change  string               // what the step takes back, or does again
	Gone    []account.Account    // are no longer there
	Back    []account.Account    // are there again
	Changed [][2]account.Account // as they were before the step, and after it
}

// Undo takes back the newest change. What an account's counter and handed-out
// steps have become since stays. ErrNothingToUndo: the history is empty.
func (d *Document) Undo() (Effect, error) {
	if len(d.undo) == 0 {
		return Effect{}, ErrNothingToUndo
	}
	return d.step(&d.undo, &d.redo)
}

// Redo does again what Undo took back last. The next change of the accounts ends
// that; a code that was given out does not. ErrNothingToRedo: there is nothing.
func (d *Document) Redo() (Effect, error) {
	if len(d.redo) == 0 {
		return Effect{}, ErrNothingToRedo
	}
	return d.step(&d.redo, &d.undo)
}

// step applies the newest delta of one history, and puts the way back from that
// into the other.
func (d *Document) step(from, to *[]strictjson.Value) (Effect, error) {
	last := len(*from) - 1
	var u delta
	if strictjson.Decode((*from)[last], &u) != nil {
		return Effect{}, fmt.Errorf("%w: the newest entry of the history of changes cannot be read", store.ErrDamaged)
	}
	*from = (*from)[:last]
	replaced := setOf(u.Added)
	for _, p := range u.Before {
		replaced[storedEntry(p.Record).names().ID] = true
	}
	d.keepUses(replaced, &u)
	d.base = slices.Clone(d.entries)
	added := setOf(u.Added)
	d.entries = slices.DeleteFunc(d.entries, func(e *entry) bool { return added[e.names().ID] })
	d.index = nil
	for _, p := range u.Before { // in the place of the record that it became, or in its old one
		old := storedEntry(p.Record)
		if i, err := d.find(old.names().ID); err == nil {
			d.entries[i] = old
			continue
		}
		d.entries = slices.Insert(d.entries, min(max(p.Index, 0), len(d.entries)), old)
		d.index = nil
	}
	d.reorder(u.Order)
	wayBack := d.difference()
	e := d.effect(wayBack)
	e.Change, wayBack.Change = u.Change, u.Change
	d.base = slices.Clone(d.entries) // the step is no change of its own
	raw, err := strictjson.Marshal(wayBack)
	if err != nil {
		return Effect{}, fmt.Errorf("cannot write the history of changes: %w", err)
	}
	*to = append(*to, raw)
	return e, nil
}

// effect tells for people what the step did from which a delta leads back.
func (d *Document) effect(wayBack delta) Effect {
	var e Effect
	shown := func(x *entry) account.Account {
		if a, err := x.account(); err == nil {
			return a.Clone()
		}
		return x.names()
	}
	for _, id := range wayBack.Added {
		if i, err := d.find(id); err == nil {
			e.Back = append(e.Back, shown(d.entries[i]))
		}
	}
	for _, p := range wayBack.Before {
		was := shown(storedEntry(p.Record))
		if i, err := d.find(was.ID); err == nil {
			e.Changed = append(e.Changed, [2]account.Account{was, shown(d.entries[i])})
		} else {
			e.Gone = append(e.Gone, was)
		}
	}
	return e
}

// uses is what never goes back: the site has seen the codes before.
type uses struct {
	counter   uint64
	handedOut int64 // until when codes were handed out, in seconds since 1970
}

// keepUses carries the counters and handed-out steps of the accounts that a step
// replaces, those with the ids, over to all records of the same secret in the step
// and in both histories. So no step, now or later, brings an earlier value back.
// They belong to the secret, not to the id: another secret has its own.
func (d *Document) keepUses(replaced map[string]bool, u *delta) {
	least := map[string]uses{}
	for _, e := range d.entries {
		if a, err := e.account(); err == nil && replaced[a.ID] && (a.Counter > 0 || a.HandedOut > 0) {
			l := least[usesOf(a)]
			least[usesOf(a)] = uses{max(l.counter, a.Counter), max(l.handedOut, a.HandedOutIn(1))}
		}
	}
	if len(least) == 0 {
		return
	}
	raise := func(a *account.Account) {
		if l, ok := least[usesOf(*a)]; ok {
			until := account.Account{Period: 1, HandedOut: l.handedOut}
			a.Counter, a.HandedOut = max(a.Counter, l.counter), max(a.HandedOut, until.HandedOutIn(a.Period))
		}
	}
	u.changeUses(raise)
	d.changePast(raise)
}

// changePast changes counters and handed-out steps in both histories.
func (d *Document) changePast(change func(*account.Account)) {
	for _, history := range [][]strictjson.Value{d.undo, d.redo} {
		for i, raw := range history {
			var past delta
			if strictjson.Decode(raw, &past) != nil || !past.changeUses(change) {
				continue
			}
			if changed, err := strictjson.Marshal(past); err == nil {
				history[i] = changed
			}
		}
	}
}

// usesOf is the key under which uses are counted.
func usesOf(a account.Account) string { return string(a.Type) + "\x00" + string(a.Secret.Bytes()) }

// changeUses changes counters and handed-out steps of the delta's records, and
// reports whether any is another one now.
func (u *delta) changeUses(change func(*account.Account)) bool {
	changed := false
	for i, p := range u.Before {
		a, err := account.UnmarshalRecord(p.Record)
		before := a
		if err == nil {
			change(&a)
		}
		if a.Counter == before.Counter && a.HandedOut == before.HandedOut {
			continue
		}
		if e, err := newEntry(a); err == nil {
			u.Before[i].Record, changed = e.raw, true
		}
	}
	return changed
}

// reorder sorts the entries by their place in ids; one that is not in ids stays after
// its neighbour.
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

// record puts the way back to the base into the history, if there was a change,
// which ends what could be done again.
func (d *Document) record(change string) error {
	u := d.difference()
	d.base = slices.Clone(d.entries)
	if len(u.Added) == 0 && len(u.Before) == 0 && len(u.Order) == 0 {
		return nil
	}
	u.Change = change
	raw, err := strictjson.Marshal(u)
	if err != nil {
		return fmt.Errorf("cannot write the undo history: %w", err)
	}
	d.redo = nil
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
