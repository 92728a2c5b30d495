// Package storetest is the conformance suite that every store passes, and a
// store in memory for the tests of what uses one.
//
// A store's own test says how a place is made and how another process would
// open it:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Place { … })
//	}
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Place is an empty place for a document, with what a test can do to it from
// outside.
type Place struct {
	// Open returns a new Store for the place, as another process would have.
	Open func(t testing.TB) store.Store

	// DamageNewest spoils the newest copy of the document, DamageAll every copy.
	// Where one is nil the subtests that need it are skipped by name.
	DamageNewest func(t testing.TB)
	DamageAll    func(t testing.TB)

	// MaxBytes bounds the largest document that is tried, for a store that is
	// slow by nature. 0: 700 kB, more than 10,000 accounts make
	// when they are compressed.
	MaxBytes int
}

// Run runs the suite; each subtest asks for a place of its own.
func Run(t *testing.T, newPlace func(t *testing.T) Place) {
	for _, s := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"Absent", testAbsent},
		{"SaveAndLoad", testSaveAndLoad},
		{"Conflict", testConflict},
		{"Previous", testPrevious},
		{"Erase", testErase},
		{"Sizes", testSizes},
		{"TooLarge", testTooLarge},
		{"EndedContext", testEndedContext},
		{"ManyStores", testManyStores},
		{"OneStoreManyCallers", testOneStoreManyCallers},
		{"Lock", testLock},
		{"DamagedNewest", testDamagedNewest},
		{"DamagedAll", testDamagedAll},
	} {
		t.Run(s.name, func(t *testing.T) { s.test(t, newPlace(t)) })
	}
}

func testAbsent(t *testing.T, p Place) {
	s := p.Open(t)
	if s.Kind() == "" || s.Where() == "" {
		t.Errorf("kind %q, where %q", s.Kind(), s.Where())
	}
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrAbsent", err)
	}
	if _, err := s.Previous(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Previous: %v, want ErrAbsent", err)
	}
	if err := s.Erase(t.Context()); err != nil {
		t.Errorf("Erase: %v", err)
	}
	if _, err := s.Save(t.Context(), []byte("x"), 1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save on a base that never was: %v, want ErrConflict", err)
	}
	if _, err := p.Open(t).Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load after that: %v, want ErrAbsent", err)
	}
}

func testSaveAndLoad(t *testing.T, p Place) {
	s := p.Open(t)
	for i := range 5 {
		save(t, s, fmt.Sprintf("document %d", i), store.Revision(i))
		wantLoad(t, s, fmt.Sprintf("document %d", i), store.Revision(i+1))
		wantLoad(t, p.Open(t), fmt.Sprintf("document %d", i), store.Revision(i+1))
	}
}

func testConflict(t *testing.T, p Place) {
	a, b := p.Open(t), p.Open(t)
	save(t, a, "one", 0)
	save(t, b, "two", 1)
	for _, base := range []store.Revision{0, 1, 3, 1 << 63} {
		if rev, err := a.Save(t.Context(), []byte("three"), base); !errors.Is(err, store.ErrConflict) {
			t.Errorf("Save on base %d: revision %d, %v; want ErrConflict", base, rev, err)
		}
	}
	wantLoad(t, p.Open(t), "two", 2)
	save(t, a, "three", 2)
	wantLoad(t, b, "three", 3)
}

func testPrevious(t *testing.T, p Place) {
	s := p.Open(t)
	save(t, s, "one", 0)
	if _, err := s.Previous(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Previous after the first save: %v, want ErrAbsent", err)
	}
	save(t, s, "two", 1)
	save(t, s, "three", 2)
	if copies, err := s.Copies(t.Context()); err != nil || len(copies) < 2 || string(copies[0].Data) != "three" || copies[0].Revision != 3 ||
		string(copies[1].Data) != "two" || copies[1].Revision != 2 {
		t.Errorf("Copies = %+v, %v; want three, two", copies, err)
	}
	state, err := p.Open(t).Previous(t.Context())
	if err != nil || string(state.Data) != "two" || state.Revision != 2 {
		t.Errorf("Previous = %q, revision %d, %v; want two, 2", state.Data, state.Revision, err)
	}
	wantLoad(t, s, "three", 3)
}

func testErase(t *testing.T, p Place) {
	s := p.Open(t)
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	if err := s.Erase(t.Context()); err != nil {
		t.Fatalf("Erase: %v", err)
	}
	for _, again := range []store.Store{s, p.Open(t)} {
		if _, err := again.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("Load: %v, want ErrAbsent", err)
		}
		if _, err := again.Previous(t.Context()); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("Previous: %v, want ErrAbsent", err)
		}
	}
	save(t, s, "again", 0)
	wantLoad(t, p.Open(t), "again", 1)
}

// Bytes of every value, and text that cannot be compressed, in lengths around
// what stores cut at.
func testSizes(t *testing.T, p Place) {
	most := p.MaxBytes
	if most == 0 {
		most = 700_000
	}
	s, rev := p.Open(t), store.Revision(0)
	for _, n := range []int{0, 1, 255, 1500, 2560, 4096, 65536, 300_000, most} {
		if n > most {
			continue
		}
		data := make([]byte, n) // the same in every run, and it does not compress
		rand.NewChaCha8([32]byte{1}).Read(data)
		next, err := s.Save(t.Context(), data, rev)
		if err != nil {
			t.Fatalf("Save of %d bytes: %v", n, err)
		}
		state, err := p.Open(t).Load(t.Context())
		if err != nil || !bytes.Equal(state.Data, data) || state.Revision != next || len(state.Warnings) > 0 {
			t.Fatalf("%d bytes came back as %d, revision %d, warnings %q, %v", n, len(state.Data), state.Revision, state.Warnings, err)
		}
		rev = next
	}
	save(t, s, "short again", rev)
	wantLoad(t, p.Open(t), "short again", rev+1)
}

func testTooLarge(t *testing.T, p Place) {
	s := p.Open(t)
	save(t, s, "one", 0)
	if _, err := s.Save(t.Context(), make([]byte, store.MaxDocument+1), 1); !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("Save: %v, want ErrNotSaved", err)
	}
	wantLoad(t, p.Open(t), "one", 1)
}

func testEndedContext(t *testing.T, p Place) {
	s := p.Open(t)
	save(t, s, "one", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Load(ctx); err == nil {
		t.Error("Load obeyed no ended context")
	}
	if _, err := s.Save(ctx, []byte("two"), 1); err == nil {
		t.Error("Save obeyed no ended context")
	}
	if err := s.Erase(ctx); err == nil {
		t.Error("Erase obeyed no ended context")
	}
	wantLoad(t, p.Open(t), "one", 1)
}

func testManyStores(t *testing.T, p Place) {
	testAppends(t, p, p.Open(t), p.Open(t), p.Open(t), p.Open(t))
}

func testOneStoreManyCallers(t *testing.T, p Place) {
	s := p.Open(t)
	testAppends(t, p, s, s, s, s)
}

// Every Save that was acknowledged is one byte more, whoever made it.
func testAppends(t *testing.T, p Place, stores ...store.Store) {
	const each = 5
	var wait sync.WaitGroup
	for _, s := range stores {
		wait.Go(func() { appendBytes(t, s, each) })
	}
	wait.Wait()
	all := len(stores) * each
	wantLoad(t, p.Open(t), strings.Repeat("x", all), store.Revision(all))
}

func appendBytes(t *testing.T, s store.Store, n int) {
	for n > 0 {
		state, err := s.Load(t.Context())
		if err != nil && !errors.Is(err, store.ErrAbsent) {
			t.Errorf("Load: %v", err)
			return
		}
		_, err = s.Save(t.Context(), append(state.Data, 'x'), state.Revision)
		switch {
		case err == nil:
			n--
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("Save: %v", err)
			return
		}
	}
}

func testLock(t *testing.T, p Place) {
	a, b := p.Open(t), p.Open(t)
	locker, ok := a.(store.Locker)
	if !ok {
		t.Skip("the store has no lock")
	}
	save(t, a, "one", 0)
	unlock, err := locker.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Save(ended, []byte("other"), 1); !errors.Is(err, store.ErrBusy) {
		t.Errorf("Save while another has the lock: %v, want ErrBusy", err)
	}
	save(t, a, "two", 1)
	unlock()
	wantLoad(t, b, "two", 2)
	save(t, b, "three", 2)
}

// The newest copy is spoilt: the older one with a warning, or an error. Never
// nothing, and never the older one without a word.
func testDamagedNewest(t *testing.T, p Place) {
	if p.DamageNewest == nil {
		t.Skip("the place has no DamageNewest")
	}
	s := p.Open(t)
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	p.DamageNewest(t)
	s = p.Open(t)
	state, err := s.Load(t.Context())
	if err != nil {
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("Load: %v, want ErrDamaged", err)
		}
		previous, err := s.Previous(t.Context())
		if err != nil || string(previous.Data) != "one" {
			t.Errorf("Previous = %q, %v; want one", previous.Data, err)
		}
		return
	}
	if string(state.Data) != "one" || len(state.Warnings) == 0 || state.Doubt == store.Newest {
		t.Errorf("Load = %q, warnings %q, doubt %d; want one, a warning and a doubt", state.Data, state.Warnings, state.Doubt)
	}
	copies, err := s.Copies(t.Context())
	sound := slices.DeleteFunc(copies, func(c store.Copy) bool { return c.Err != nil })
	if err != nil || len(sound) != 1 || string(sound[0].Data) != "one" {
		t.Errorf("Copies: sound ones %+v, %v; want one", sound, err)
	}
	rev, err := s.Save(t.Context(), []byte("three"), state.Revision)
	if err != nil {
		t.Fatalf("Save after damage: %v", err)
	}
	if _, err := s.Save(t.Context(), []byte("on the lost one"), 2); rev <= 2 || !errors.Is(err, store.ErrConflict) {
		t.Errorf("revision %d after the lost 2; Save on 2: %v, want ErrConflict", rev, err)
	}
	wantLoad(t, p.Open(t), "three", rev)
}

// Every copy is spoilt: that is damage, not emptiness, and nothing may be saved
// over what somebody could still repair.
func testDamagedAll(t *testing.T, p Place) {
	if p.DamageAll == nil {
		t.Skip("the place has no DamageAll")
	}
	s := p.Open(t)
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	p.DamageAll(t)
	s = p.Open(t)
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: %v, want ErrDamaged", err)
	}
	for _, base := range []store.Revision{0, 1, 2} {
		if _, err := s.Save(t.Context(), []byte("over it"), base); err == nil {
			t.Errorf("Save on base %d went over a damaged document", base)
		}
	}
	if _, err := p.Open(t).Load(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load after that: %v, want ErrDamaged", err)
	}
	if err := s.Erase(t.Context()); err != nil {
		t.Errorf("Erase of a damaged document: %v", err)
	}
	save(t, s, "fresh", 0)
}

func save(t testing.TB, s store.Store, data string, base store.Revision) {
	t.Helper()
	rev, err := s.Save(t.Context(), []byte(data), base)
	if err != nil || rev != base+1 {
		t.Fatalf("Save(%q) on base %d: revision %d, %v", data, base, rev, err)
	}
}

func wantLoad(t testing.TB, s store.Store, data string, rev store.Revision) {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil || string(state.Data) != data || state.Revision != rev || len(state.Warnings) > 0 {
		t.Fatalf("Load = %q, revision %d, warnings %q, %v; want %q, %d", state.Data, state.Revision, state.Warnings, err, data, rev)
	}
}
