package vault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

func undo(t *testing.T, v *Vault) string {
	t.Helper()
	return stepped(t, v, (*Document).Undo).Change
}

func stepped(t *testing.T, v *Vault, step func(*Document) (Effect, error)) Effect {
	t.Helper()
	var e Effect
	update(t, v, "", func(d *Document) (err error) {
		e, err = step(d)
		return err
	})
	return e
}

// changes names what can be undone, the newest first.
func changes(t *testing.T, v *Vault) []string {
	t.Helper()
	d, out := load(t, v), []string(nil)
	for {
		e, err := d.Undo()
		if errors.Is(err, ErrNothingToUndo) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.Change)
	}
}

func TestUndoEachKindOfChange(t *testing.T) {
	edit := func(d *Document, id string) error {
		a, err := d.ByID(id)
		a.Issuer = "Edited"
		return errors.Join(err, d.Replace(id, a))
	}
	for name, change := range map[string]func(*Document, []string) error{
		"add":    func(d *Document, _ []string) error { _, err := d.Add(acc("New", "n", "9999")); return err },
		"edit":   func(d *Document, ids []string) error { return edit(d, ids[1]) },
		"remove": func(d *Document, ids []string) error { return d.Remove(ids[1]) },
		"move":   func(d *Document, ids []string) error { return d.Move(ids[3], 0) },
		"remove all": func(d *Document, ids []string) error {
			return errors.Join(d.Remove(ids[0]), d.Remove(ids[3]), d.Remove(ids[1]), d.Remove(ids[2]))
		},
		"everything": func(d *Document, ids []string) error {
			_, err := d.Add(acc("New", "n", "9999"))
			return errors.Join(err, edit(d, ids[2]), d.Move(ids[2], 0), d.Remove(ids[1]), d.Move(ids[0], 9))
		},
	} {
		v, ids := filled(t, acc("A", "a", "1111"), acc("B", "b", "2222"), acc("C", "c", "3333"), acc("D", "d", "4444"))
		before := labels(load(t, v))
		changed := update(t, v, name, func(d *Document) error { return change(d, ids) })
		if slices.Equal(labels(changed), before) {
			t.Fatalf("%s changed nothing", name)
		}
		after := labels(changed)
		for range 2 {
			if what := undo(t, v); what != name {
				t.Errorf("undid %q, want %q", what, name)
			}
			if got := labels(load(t, v)); !slices.Equal(got, before) {
				t.Errorf("%s: after undo %v, want %v", name, got, before)
			}
			if e := stepped(t, v, (*Document).Redo); e.Change != name {
				t.Errorf("did %q again, want %q", e.Change, name)
			}
			if got := labels(load(t, v)); !slices.Equal(got, after) {
				t.Errorf("%s: after redo %v, want %v", name, got, after)
			}
		}
	}
}

func TestUndoHistoryHasFive(t *testing.T) {
	v, _ := filled(t)
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		update(t, v, "add "+n, func(d *Document) error { _, err := d.Add(acc(n, "", "secret"+n)); return err })
	}
	if got := changes(t, v); !slices.Equal(got, []string{"add 7", "add 6", "add 5", "add 4", "add 3"}) {
		t.Errorf("changes = %v", got)
	}
	for range MaxUndo {
		undo(t, v)
	}
	if got := labels(load(t, v)); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("left %v", got)
	}
	_, err := v.Update(t.Context(), "undo", func(d *Document) error { _, err := d.Undo(); return err })
	if !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("err = %v", err)
	}
}

func TestCountersNeverGoBack(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "12345678901234567890", 5), acc("Site", "s", "2222"))
	update(t, v, "edit", func(d *Document) error {
		a, _ := d.ByID(ids[0])
		a.Issuer = "Bank 2"
		b, _ := d.ByID(ids[1])
		b.Note = "x"
		return errors.Join(d.Replace(ids[0], a), d.Replace(ids[1], b))
	})
	update(t, v, "code", func(d *Document) error {
		return errors.Join(d.SetCounter(ids[0], 9), d.SetHandedOut(ids[1], 777))
	})
	if got := changes(t, v); len(got) != 2 {
		t.Errorf("a code entered the history: %v", got)
	}
	if what := undo(t, v); what != "edit" {
		t.Errorf("undid %q", what)
	}
	d := load(t, v)
	a, _ := d.ByID(ids[0])
	b, _ := d.ByID(ids[1])
	if a.Issuer != "Bank" || a.Counter != 9 || b.Note != "" || b.HandedOut != 777 {
		t.Errorf("after undo: %v counter %d, handed out %d", a, a.Counter, b.HandedOut)
	}
	if err := d.SetCounter(ids[0], 8); !errors.Is(err, ErrCounter) {
		t.Errorf("SetCounter back: %v", err)
	}
	if err := d.SetHandedOut(ids[1], 776); !errors.Is(err, ErrCounter) {
		t.Errorf("SetHandedOut back: %v", err)
	}
}

// A counter belongs to a secret: undoing the exchange of one must not bring the
// new secret's counter to the old secret, which would put it out of step.
func TestUndoOfAnotherSecretKeepsItsOwnCounter(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "old secret", 5))
	update(t, v, "edit", func(d *Document) error { return d.Replace(ids[0], hotp("Bank", "new secret", 0)) })
	update(t, v, "code", func(d *Document) error { return d.SetCounter(ids[0], 100) })
	undo(t, v)
	if a, _ := load(t, v).ByID(ids[0]); a.Counter != 5 {
		t.Errorf("counter = %d", a.Counter)
	}
}

func TestRemovedAccountComesBackWithItsCounter(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "secret", 5))
	update(t, v, "code", func(d *Document) error { return d.SetCounter(ids[0], 8) })
	update(t, v, "remove", func(d *Document) error { return d.Remove(ids[0]) })
	undo(t, v)
	if a, err := load(t, v).ByID(ids[0]); err != nil || a.Counter != 8 {
		t.Errorf("counter %d, err %v", a.Counter, err)
	}
}

// Any sequence of changes is taken back step by step.
func TestUndoProperty(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		v, _ := filled(t, many(6)...)
		states := [][]string{labels(load(t, v))}
		for i := range MaxUndo {
			name := fmt.Sprint("change ", i)
			d := update(t, v, name, func(d *Document) error { return randomChange(d, r) })
			if changes(t, v)[0] == name { // not if it came out as it was
				states = append(states, labels(d))
			}
		}
		for i := range min(MaxUndo, len(states)-1) {
			undo(t, v)
			want := states[len(states)-2-i]
			if got := labels(load(t, v)); !slices.Equal(got, want) {
				t.Fatalf("seed %d: undo %d gives %v, want %v", seed, i, got, want)
			}
		}
		for i := range min(MaxUndo, len(states)-1) {
			stepped(t, v, (*Document).Redo)
			want := states[max(1, len(states)-MaxUndo)+i]
			if got := labels(load(t, v)); !slices.Equal(got, want) {
				t.Fatalf("seed %d: redo %d gives %v, want %v", seed, i, got, want)
			}
		}
	}
}

// What a step does is told: what goes, what comes back, what changes.
func TestEffect(t *testing.T) {
	v, ids := filled(t, acc("A", "a", "1111"), acc("B", "b", "2222"))
	update(t, v, "three things", func(d *Document) error {
		_, err := d.Add(acc("New", "n", "9999"))
		return errors.Join(err, d.Remove(ids[0]), d.Replace(ids[1], acc("B2", "b", "2222")))
	})
	told := func(e Effect) string { return fmt.Sprint(e.Change, ": ", e.Gone, e.Back, e.Changed) }
	if got, want := told(stepped(t, v, (*Document).Undo)), "three things: [New (n)] [A (a)] [[B2 (b) B (b)]]"; got != want {
		t.Errorf("undo: %s, want %s", got, want)
	}
	if got, want := told(stepped(t, v, (*Document).Redo)), "three things: [A (a)] [New (n)] [[B (b) B2 (b)]]"; got != want {
		t.Errorf("redo: %s, want %s", got, want)
	}
}

// The next change ends what can be done again; a code that is given out does not.
func TestRedoEndsWithTheNextChange(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "secret", 5))
	update(t, v, "remove", func(d *Document) error { return d.Remove(ids[0]) })
	undo(t, v)
	update(t, v, "code", func(d *Document) error { return d.SetCounter(ids[0], 9) })
	if e := stepped(t, v, (*Document).Redo); e.Change != "remove" {
		t.Errorf("did %q again after a code", e.Change)
	}
	undo(t, v)
	if a, err := load(t, v).ByID(ids[0]); err != nil || a.Counter != 9 {
		t.Errorf("counter %d, err %v", a.Counter, err)
	}
	update(t, v, "add", func(d *Document) error { _, err := d.Add(acc("A", "a", "1111")); return err })
	if _, err := load(t, v).Redo(); !errors.Is(err, ErrNothingToRedo) {
		t.Errorf("redo after a change: %v", err)
	}
}

// TestUsesNeverGoBack is a property: whatever is changed, taken back and done
// again, and whatever codes are given out meanwhile, no account has a counter or a
// handed-out step below the highest that its secret ever had. Secrets come and go
// under several ids.
func TestUsesNeverGoBack(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 400 {
		d, highest := NewDocument(), map[string]uses{}
		var log []string
		for range 40 {
			what, err := randomUse(d, r, highest)
			if err := errors.Join(err, d.record("change")); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, what, err)
			}
			log = append(log, what)
			for _, a := range d.Accounts() {
				if h := highest[usesOf(a)]; a.Counter < h.counter || a.HandedOut < h.handedOut {
					t.Fatalf("seed %d: %s is at %d, %d; its secret was at %v, after %v", seed, a.ID, a.Counter, a.HandedOut, h, log)
				}
			}
		}
	}
}

// randomUse makes one change or step, or gives a code out. One account at a time
// has a secret, and a person who adds one knows its counter.
func randomUse(d *Document, r *rand.Rand, highest map[string]uses) (string, error) {
	all := d.Accounts()
	fresh := func() account.Account {
		for {
			secret := fmt.Sprint("secret", r.IntN(4))
			a := acc("T", secret, secret)
			if r.IntN(2) == 0 {
				a = hotp("H", secret, 0)
			}
			if !slices.ContainsFunc(all, func(b account.Account) bool { return usesOf(a) == usesOf(b) }) {
				h := highest[usesOf(a)]
				a.Counter, a.HandedOut = h.counter, h.handedOut
				return a
			}
		}
	}
	switch k := r.IntN(12); {
	case k <= 3:
		e, err := d.Undo()
		if errors.Is(err, ErrNothingToUndo) {
			err = nil
		}
		return "undo " + e.Change, err
	case k <= 6:
		e, err := d.Redo()
		if errors.Is(err, ErrNothingToRedo) {
			err = nil
		}
		return "redo " + e.Change, err
	case len(all) == 0 || k == 7 && len(all) < 6:
		a, err := d.Add(fresh())
		return "add " + a.Label(), err
	}
	a := all[r.IntN(len(all))]
	switch r.IntN(6) {
	case 0:
		return "remove " + a.Label(), d.Remove(a.ID)
	case 1:
		b := fresh()
		if r.IntN(2) == 0 { // another id in the place of the old one, in one change
			_, err := d.Add(b)
			return "exchange " + a.Label() + b.Label(), errors.Join(err, d.Remove(a.ID))
		}
		return "replace " + a.Label() + b.Label(), d.Replace(a.ID, b)
	case 2:
		a.Note = randomID(3)
		return "note " + a.Label(), d.Replace(a.ID, a)
	}
	h := highest[usesOf(a)]
	if a.Type == account.HOTP {
		h.counter = a.Counter + uint64(r.IntN(5))
		highest[usesOf(a)] = h
		return "count " + a.Label(), d.SetCounter(a.ID, h.counter)
	}
	h.handedOut = a.HandedOut + int64(r.IntN(5))
	highest[usesOf(a)] = h
	return "hand out " + a.Label(), d.SetHandedOut(a.ID, h.handedOut)
}

// A counter that a person set back is kept by a step that is about something else.
func TestCounterSetBackOnPurpose(t *testing.T) {
	v, ids := filled(t, hotp("Bank", "secret", 20))
	for _, note := range []string{"", "noted"} {
		update(t, v, "edit", func(d *Document) error {
			a, _ := d.ByID(ids[0])
			a.Counter, a.Note = 5, note
			return d.Replace(ids[0], a)
		})
	}
	for _, step := range []func(*Document) (Effect, error){(*Document).Undo, (*Document).Redo} {
		stepped(t, v, step)
		if a, _ := load(t, v).ByID(ids[0]); a.Counter != 5 {
			t.Errorf("the counter is %d", a.Counter)
		}
	}
}

// A history that cannot be read is told as damage, and nothing is changed.
func TestDamagedHistory(t *testing.T) {
	for name, step := range map[string]func(*Document) (Effect, error){"undo": (*Document).Undo, "redo": (*Document).Redo} {
		d, err := Decode([]byte(`{"format":"jangle-vault","version":1,"min_reader":1,"vault_id":"v","accounts":[],"` + name + `":[{"change":7}]}`))
		if err != nil {
			t.Fatal(err)
		}
		before := string(d.Encode())
		if _, err := step(d); !errors.Is(err, store.ErrDamaged) || string(d.Encode()) != before {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is forgotten of one account comes back by no undo, and stays known of others.
func TestForgottenStepsStayForgotten(t *testing.T) {
	a, b := acc("A", "a", "K0"), acc("B", "b", "K1")
	a.HandedOut, b.HandedOut = 70, 50
	v, ids := filled(t, a, b)
	update(t, v, "edit", func(d *Document) error {
		return errors.Join(d.Replace(ids[0], noted(a, "edited")), d.Remove(ids[1]))
	})
	update(t, v, "forget", func(d *Document) error { return d.ForgetHandedOut(ids[0]) })
	undo(t, v)
	if got := load(t, v).Accounts(); len(got) != 2 || got[0].Note != "" || got[0].HandedOut != 0 || got[1].HandedOut != 50 {
		t.Errorf("%v: handed out %d, %d", got, got[0].HandedOut, got[1].HandedOut)
	}
}

func randomChange(d *Document, r *rand.Rand) error {
	for range 1 + r.IntN(4) {
		all := d.Accounts()
		pick := func() string { return all[r.IntN(len(all))].ID }
		var err error
		switch k := r.IntN(4); {
		case k == 0 || len(all) == 0:
			_, err = d.Add(acc(randomID(3), "", "secret"))
		case k == 1:
			err = d.Remove(pick())
		case k == 2:
			err = d.Move(pick(), r.IntN(8))
		default:
			err = d.Replace(pick(), acc(randomID(3), "", "secret"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
