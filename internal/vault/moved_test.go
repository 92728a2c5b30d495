package vault

import (
	"errors"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// A document that was moved away says where to, keeps saying so, and is neither
// loaded nor changed.
func TestMoved(t *testing.T) {
	v, _ := filled(t, acc("One", "o", "secret one"))
	d, err := v.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Moved{"file", `C:\Users\"ann"\vault.age`, 7}
	d.SetMoved(&want)
	rev, err := v.Store().Save(t.Context(), d.Encode(), d.Revision())
	if err != nil {
		t.Fatal(err)
	}
	_, loadErr := v.Load(t.Context())
	_, updateErr := v.Update(t.Context(), "add", func(d *Document) error { _, err := d.Add(acc("Two", "", "secret two")); return err })
	for _, err := range []error{loadErr, updateErr} {
		var moved *MovedError
		if !errors.As(err, &moved) || moved.Moved != want || moved.ID != d.ID() || moved.Kind != "memory" {
			t.Errorf("%v, %+v", err, moved)
		}
	}
	v.Left = true
	left, err := v.Load(t.Context())
	if err != nil || left.Moved() == nil || *left.Moved() != want || left.Len() != 1 || left.Revision() != rev {
		t.Errorf("what was left: %+v, %v", left, err)
	}
	left.SetMoved(nil)
	if again, err := Decode(left.Encode()); err != nil || again.Moved() != nil {
		t.Errorf("in use again: %v", err)
	}
	if _, err := Decode([]byte(`{"format":"jangle-vault","version":1,"min_reader":1,"vault_id":"x","accounts":[],"moved":3}`)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a mark that cannot be read: %v, want ErrDamaged", err)
	}
}

// Counters and handed-out steps only go forward, by the secret and not by the name.
func TestKeepCounters(t *testing.T) {
	here, _ := filled(t, hotp("A", "one secret", 3), hotp("B", "other secret", 9), acc("C", "", "third secret"))
	renamed, step := hotp("Renamed", "one secret", 5), acc("C", "", "third secret")
	step.HandedOut = 40
	there, _ := filled(t, renamed, hotp("B", "other secret", 2), step, hotp("D", "not here", 1))
	mine, err := here.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := there.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := mine.KeepCounters(theirs); err != nil {
		t.Fatal(err)
	}
	got := mine.Accounts()
	if len(got) != 3 || got[0].Counter != 5 || got[0].Issuer != "A" || got[1].Counter != 9 || got[2].HandedOut != 40 {
		t.Errorf("%+v", got)
	}
}
