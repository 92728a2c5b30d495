package vault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func undo(t *testing.T, v *Vault) string {
	t.Helper()
	var what string
	update(t, v, "undo", func(d *Document) (err error) {
		what, err = d.Undo()
		return err
	})
	return what
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
		if what := undo(t, v); what != name {
			t.Errorf("undid %q, want %q", what, name)
		}
		if got := labels(load(t, v)); !slices.Equal(got, before) {
			t.Errorf("%s: after undo %v, want %v", name, got, before)
		}
	}
}

func TestUndoHistoryHasFive(t *testing.T) {
	v, _ := filled(t)
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		update(t, v, "add "+n, func(d *Document) error { _, err := d.Add(acc(n, "", "secret"+n)); return err })
	}
	if got := load(t, v).Changes(); !slices.Equal(got, []string{"add 7", "add 6", "add 5", "add 4", "add 3"}) {
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
	if got := load(t, v).Changes(); len(got) != 2 {
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
			if d.Changes()[0] == name { // not if it came out as it was
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
