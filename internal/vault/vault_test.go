package vault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

func TestUpdateOnConflictRunsAgain(t *testing.T) {
	v := New(storetest.NewMemory())
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for k := range 10 {
				_, err := v.Update(context.Background(), "add", func(d *Document) error {
					_, err := d.Add(acc(fmt.Sprint(i, "-", k), "", "secret"))
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if n := load(t, v).Len(); n != 160 {
		t.Errorf("%d accounts of 160", n)
	}
}

func TestUpdateSavesNothing(t *testing.T) {
	boom := errors.New("boom")
	for name, c := range map[string]struct{ give, want error }{
		"no change":       {ErrNoChange, nil},
		"error":           {boom, boom},
		"wrapped nothing": {fmt.Errorf("well: %w", ErrNoChange), nil},
	} {
		v, _ := filled(t)
		_, err := v.Update(t.Context(), "x", func(d *Document) error {
			if _, err := d.Add(acc("A", "a", "secret")); err != nil {
				return err
			}
			return c.give
		})
		if !errors.Is(err, c.want) || (c.want == nil && err != nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if d := load(t, v); d.Revision() != 1 || d.Len() != 0 {
			t.Errorf("%s: something was saved", name)
		}
	}
}

// A store that is out of reach is never taken for an empty one.
func TestFailuresAreNotEmptiness(t *testing.T) {
	for _, want := range []error{store.ErrLocked, store.ErrUnreachable, store.ErrDamaged, store.ErrTimeout} {
		m := storetest.NewMemory()
		m.Fail = func(string) error { return want }
		if d, err := New(m).Load(t.Context()); !errors.Is(err, want) || d != nil {
			t.Errorf("Load: %v, %v", d, err)
		}
		if _, err := New(m).Update(t.Context(), "x", func(*Document) error { return nil }); !errors.Is(err, want) {
			t.Errorf("Update: %v", err)
		}
	}
}

func TestFailedSaveIsReported(t *testing.T) {
	m := storetest.NewMemory()
	m.Fail = func(method string) error {
		if method == "Save" {
			return store.ErrUnknown
		}
		return nil
	}
	d, err := New(m).Update(t.Context(), "x", func(d *Document) error { _, err := d.Add(acc("A", "a", "s")); return err })
	if !errors.Is(err, store.ErrUnknown) || d != nil {
		t.Errorf("Update = %v, %v", d, err)
	}
}

func TestPrevious(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "secret"))
	if _, err := v.Previous(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Previous of a first save: %v", err)
	}
	update(t, v, "add", func(d *Document) error { _, err := d.Add(acc("B", "b", "secret")); return err })
	if d, err := v.Previous(t.Context()); err != nil || d.Len() != 1 || d.Revision() != 1 {
		t.Errorf("Previous: %v", err)
	}
}

func TestVaultIDStays(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "secret"))
	id := load(t, v).ID()
	d := update(t, v, "add", func(d *Document) error { _, err := d.Add(acc("B", "b", "secret")); return err })
	if d.ID() != id || len(id) != 26 {
		t.Errorf("vault id %q became %q", id, d.ID())
	}
}
