package keyring

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

// memory is a ring without a keyring program, for what is the same with each of
// them. fail, when set, is asked first: its error is returned; with done the work is
// done all the same.
type memory struct {
	items map[string]string
	reads int
	fail  func(op, user string) (err error, done bool)
	alter func(value string) string // what is stored instead
}

func (m *memory) do(op, user string, work func()) error {
	if m.fail != nil {
		if err, done := m.fail(op, user); err != nil {
			if done {
				work()
			}
			return err
		}
	}
	work()
	return nil
}

func (m *memory) read(_ context.Context, users ...string) (map[string][]string, error) {
	m.reads++
	out := map[string][]string{}
	for _, user := range users {
		if err := m.do("read", user, func() {
			if value, ok := m.items[user]; ok {
				out[user] = []string{value}
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *memory) write(_ context.Context, user, value string, _ func(string) bool) error {
	return m.do("write", user, func() {
		if m.alter != nil {
			value = m.alter(value)
		}
		m.items[user] = value
	})
}

func (m *memory) remove(_ context.Context, user string) error {
	return m.do("remove", user, func() { delete(m.items, user) })
}

// inMemory returns a Store over a memory, and the memory.
func inMemory(t *testing.T, o Options) (*Store, *memory) {
	t.Helper()
	o.LockPath = filepath.Join(t.TempDir(), "vault.lock")
	s, m := Open(o), &memory{items: map[string]string{}}
	s.ring = m
	return s, m
}

// failAt fails one operation on one item.
func failAt(op, user string, err error, done bool) func(string, string) (error, bool) {
	return func(o, u string) (error, bool) {
		if o == op && u == user {
			return err, done
		}
		return nil, false
	}
}

func TestConformanceInMemory(t *testing.T) {
	for _, limit := range []int{0, 60} {
		storetest.Run(t, func(t *testing.T) storetest.Place {
			first, m := inMemory(t, Options{Limit: limit})
			damage := func(slots ...string) {
				for _, slot := range slots {
					m.items[slot] = m.items[slot][:len(m.items[slot])-1]
				}
			}
			return storetest.Place{
				Open: func(testing.TB) store.Store {
					s := Open(first.options)
					s.ring = &shared{m, first}
					return s
				},
				DamageNewest: func(testing.TB) { damage(slotB) },
				DamageAll:    func(testing.TB) { damage(slotA, slotB) },
				MaxBytes:     5000,
			}
		})
	}
}

// shared is a memory that several Stores use at once.
type shared struct {
	*memory
	turn *Store
}

func (s *shared) read(ctx context.Context, users ...string) (map[string][]string, error) {
	s.turn.mu <- struct{}{}
	defer func() { <-s.turn.mu }()
	return s.memory.read(ctx, users...)
}

func (s *shared) write(ctx context.Context, user, value string, over func(string) bool) error {
	s.turn.mu <- struct{}{}
	defer func() { <-s.turn.mu }()
	return s.memory.write(ctx, user, value, over)
}

func (s *shared) remove(ctx context.Context, user string) error {
	s.turn.mu <- struct{}{}
	defer func() { <-s.turn.mu }()
	return s.memory.remove(ctx, user)
}

// A save tells what it knows: not saved, not known, or saved since it reads back.
func TestWhatASaveKnows(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		fail  func(string, string) (error, bool)
		alter func(string) string
		want  error
		says  string
	}{
		"refused":                  {failAt("write", slotB, broken, false), nil, store.ErrNotSaved, "broken"},
		"locked":                   {failAt("write", slotB, store.ErrLocked, false), nil, store.ErrLocked, "locked"},
		"a part refused":           {failAt("write", slotB+"-2", broken, false), nil, store.ErrNotSaved, "broken"},
		"unknown, and stored":      {failAt("write", slotB, store.ErrUnknown, true), nil, nil, ""},
		"unknown, and not stored":  {failAt("write", slotB, store.ErrUnknown, false), nil, store.ErrUnknown, "whether"},
		"a part unknown, not done": {failAt("write", slotB+"-1", store.ErrUnknown, false), nil, store.ErrUnknown, "whether"},
		"altered":                  {nil, func(v string) string { return v + "x" }, store.ErrNotSaved, "something else"},
		"nothing can be read":      {failAt("read", slotA, broken, false), nil, broken, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := inMemory(t, Options{Limit: 60})
			save(t, s, "sound", 0)
			before := maps.Clone(m.items)
			m.fail, m.alter = c.fail, c.alter
			rev, err := s.Save(t.Context(), []byte("the next document"), 1)
			if c.want == nil {
				if err != nil || rev != 2 {
					t.Errorf("Save: %d, %v; it was stored", rev, err)
				}
				return
			}
			if !errors.Is(err, c.want) || rev != 0 || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Save: revision %d, %v; want %v", rev, err, c.want)
			}
			m.fail, m.alter = nil, nil
			for user, value := range before {
				if m.items[user] != value {
					t.Errorf("%s of the sound document was changed", user)
				}
			}
			if state, err := s.Load(t.Context()); err != nil || string(state.Data) != "sound" {
				t.Errorf("Load: %q, %v", state.Data, err)
			}
		})
	}
}

// What cannot be read back is not known, and is said to be stored.
func TestNotReadBack(t *testing.T) {
	s, m := inMemory(t, Options{})
	m.fail = func(op, user string) (error, bool) {
		if op == "read" && m.items[slotA] != "" {
			return store.ErrTimeout, false
		}
		return nil, false
	}
	if _, err := s.Save(t.Context(), []byte("x"), 0); !errors.Is(err, store.ErrUnknown) || !strings.Contains(err.Error(), "could not be read back") {
		t.Errorf("Save: %v, want ErrUnknown", err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	s, m = inMemory(t, Options{})
	m.fail = func(op, _ string) (error, bool) {
		if op == "write" {
			cancel()
			return store.ErrUnknown, true
		}
		return nil, false
	}
	if _, err := s.Save(interrupted, []byte("x"), 0); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("interrupted in a write: %v, want ErrUnknown", err)
	}
}

// Parts that a shorter document does not need go, from the end; failing to is no
// reason to call it not saved, and a later save makes up for it.
func TestPartsThatAreLeft(t *testing.T) {
	s, m := inMemory(t, Options{Limit: 10})
	long := "a document that needs many parts, and its neighbour as many as it does"
	save(t, s, long, 0)
	save(t, s, "two", 1)
	parts := func(slot string) (n int) {
		for user := range m.items {
			if strings.HasPrefix(user, slot+"-") {
				n++
			}
		}
		return n
	}
	many := parts(slotA)
	var removed []string
	m.fail = func(op, user string) (error, bool) {
		if op == "remove" {
			removed = append(removed, user)
			return store.ErrTimeout, false
		}
		return nil, false
	}
	save(t, s, "3", 2)
	if parts(slotA) != many || len(removed) != 1 || removed[0] != partName(slotA, many) {
		t.Errorf("%d parts of %d, tried to remove %v", parts(slotA), many, removed)
	}
	m.fail = nil
	save(t, s, "4", 3)
	save(t, s, "5", 4)
	if n := parts(slotA); n >= many || m.items[slotA] != (head{5, n}).String() {
		t.Errorf("%d parts, the head is %q", n, m.items[slotA])
	}
	wantLoad(t, s, "5", 5)
	if err := s.Erase(t.Context()); err != nil || len(m.items) > 0 {
		t.Errorf("Erase: %v, left %v", err, slices.Collect(maps.Keys(m.items)))
	}
}

// Erase says that it is gone only after it has looked.
func TestEraseLooks(t *testing.T) {
	broken := errors.New("broken")
	for name, fail := range map[string]func(string, string) (error, bool){
		"head":  failAt("remove", slotB, broken, false),
		"part":  failAt("remove", slotA+"-1", broken, false),
		"count": failAt("read", slotA+"-2", broken, false),
	} {
		s, m := inMemory(t, Options{Limit: 60})
		save(t, s, "a document of more than one part", 0)
		save(t, s, "a document of more than one part", 1)
		m.fail = fail
		if err := s.Erase(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%s: %v, want broken", name, err)
		}
	}
	s, m := inMemory(t, Options{})
	save(t, s, "one", 0)
	m.fail = func(op, user string) (error, bool) {
		if op == "read" && user == slotA {
			return broken, false
		}
		return nil, false
	}
	if err := s.Erase(t.Context()); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("it cannot look: %v, want ErrUnknown", err)
	}
	s, _ = inMemory(t, Options{})
	s.ring = stubborn{s.ring}
	save(t, s, "one", 0)
	if err := s.Erase(t.Context()); err == nil || !strings.Contains(err.Error(), "1 items") {
		t.Errorf("nothing was removed: %v", err)
	}
}

// stubborn says that it removes.
type stubborn struct{ ring }

func (stubborn) remove(context.Context, string) error { return nil }

// A copy that cannot be used says why, and is not passed over where it is newer.
func TestBadCopies(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		spoil func(*memory)
		want  error
		says  string
	}{
		"a part is gone":    {func(m *memory) { delete(m.items, partName(slotA, 2)) }, store.ErrDamaged, "part 2 of"},
		"of another save":   {func(m *memory) { m.items[slotA] = strings.Replace(m.items[slotA], ":1:1:", ":1:9:", 1) }, store.ErrDamaged, "different revisions"},
		"a later form":      {func(m *memory) { m.items[slotA] = "parts:2:1:3" }, store.ErrNewer, "slot-a"},
		"a spoilt head":     {func(m *memory) { m.items[slotA] = "parts:x" }, store.ErrDamaged, "head"},
		"not base64":        {func(m *memory) { m.items[slotA] = "!" }, store.ErrDamaged, "base64"},
		"empty":             {func(m *memory) { m.items[slotA] = " \n" }, store.ErrDamaged, "empty"},
		"a part unreadable": {func(m *memory) { m.fail = failAt("read", partName(slotA, 1), broken, false) }, broken, "broken"},
	} {
		s, m := inMemory(t, Options{Limit: 60})
		save(t, s, "a document of several parts", 0)
		c.spoil(m)
		if _, err := s.Load(t.Context()); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.says)
		}
	}
	s, m := inMemory(t, Options{})
	save(t, s, "one", 0)
	m.items[slotA] = "\n" + m.items[slotA] + "\r\n"
	wantLoad(t, s, "one", 1)
}

// Parts without a head are no empty vault, and neither is what cannot be looked at.
func TestHeadless(t *testing.T) {
	s, m := inMemory(t, Options{Limit: 60})
	m.items[partName(slotB, 1)] = "x"
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrLost) || errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load: %v, want ErrLost", err)
	}
	m.fail = failAt("read", partName(slotB, 1), store.ErrLocked, false)
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Load: %v, want ErrLocked", err)
	}
	m.fail = failAt("read", slotA, store.ErrLocked, false)
	for name, do := range map[string]func() error{
		"Load":     func() error { _, err := s.Load(t.Context()); return err },
		"Previous": func() error { _, err := s.Previous(t.Context()); return err },
		"Copies":   func() error { _, err := s.Copies(t.Context()); return err },
		"Renew":    func() error { return s.Renew(t.Context()) },
	} {
		if err := do(); !errors.Is(err, store.ErrLocked) {
			t.Errorf("%s: %v, want ErrLocked", name, err)
		}
	}
	m.fail = nil
	if err := s.Renew(t.Context()); err != nil || len(m.items) > 0 {
		t.Errorf("Renew: %v, left %v", err, m.items)
	}
	save(t, s, "one", 0)
	if err := s.Renew(t.Context()); !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("Renew of a sound vault: %v, want ErrNotSaved", err)
	}
}

// The document before the newest is one of the same vault, or an error says why not.
func TestPreviousInMemory(t *testing.T) {
	s, m := inMemory(t, Options{})
	save(t, s, "one", 0)
	save(t, s, "two", 1)
	if state, err := s.Previous(t.Context()); err != nil || string(state.Data) != "one" || state.Revision != 1 {
		t.Errorf("Previous = %q, %d, %v", state.Data, state.Revision, err)
	}
	m.items[slotA] = m.items[slotA][:len(m.items[slotA])-4]
	if _, err := s.Previous(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("damaged: %v, want ErrDamaged", err)
	}
	state, err := s.Load(t.Context())
	if err != nil || state.Doubt != store.Newest || len(state.Warnings) > 0 {
		t.Errorf("an older damaged copy: doubt %d, %q, %v", state.Doubt, state.Warnings, err)
	}
}

// Under the lock a save relies on what Load read, once; without it each save reads.
func TestOneReadUnderTheLock(t *testing.T) {
	s, m := inMemory(t, Options{})
	save(t, s, "one", 0)
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.reads = 0
	save(t, s, "two", 1)
	if m.reads != 1 { // what was stored
		t.Errorf("%d reads under the lock", m.reads)
	}
	save(t, s, "three", 2)
	if m.reads != 3 {
		t.Errorf("%d reads after the second save", m.reads)
	}
	if _, err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	unlock()
	m.reads = 0
	save(t, s, "four", 3)
	if m.reads != 2 {
		t.Errorf("%d reads after the lock", m.reads)
	}
	other := Open(s.options)
	other.ring = m
	if unlock, err = s.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := other.Save(soon, []byte("x"), 4); !errors.Is(err, store.ErrBusy) {
		t.Errorf("Save while another holds the lock: %v, want ErrBusy", err)
	}
	unlock()
	save(t, other, "five", 4)
}

// endsWhileWaiting is a context that ends as soon as a call waits for something.
type endsWhileWaiting struct{ context.Context }

func (endsWhileWaiting) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// A call waits for the one before it, as long as its context lets it.
func TestOneCallAtATime(t *testing.T) {
	s, _ := inMemory(t, Options{})
	leave, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(endsWhileWaiting{t.Context()}); !errors.Is(err, store.ErrTimeout) {
		t.Errorf("Load: %v, want ErrTimeout", err)
	}
	leave()
	if _, err := s.Load(t.Context()); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("Load afterwards: %v, want ErrAbsent", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Load(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if s.Kind() != "keyring" || !strings.Contains(s.Where(), slotA) || s.options.Timeout != TimeoutAlone || s.options.Service != Service {
		t.Errorf("%s, %s, %+v", s.Kind(), s.Where(), s.options)
	}
}

// Parts of another vault are not written over: no item says whose they are.
func TestPartsOfAnotherVault(t *testing.T) {
	o := Options{Limit: 60, Identify: func(d []byte) string { return string(d[:4]) }, Vault: "ours"}
	s, m := inMemory(t, o)
	save(t, s, "ours: a document of several parts", 0)
	m.items[slotB], m.items[slotA] = m.items[slotA], ""
	for n := 1; m.items[partName(slotA, n)] != ""; n++ {
		m.items[partName(slotB, n)] = m.items[partName(slotA, n)]
	}
	delete(m.items, slotA)
	theirs := o
	theirs.Vault = "them"
	other := Open(theirs)
	other.options.LockPath, other.ring = s.options.LockPath, m
	if _, err := other.Load(t.Context()); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Load: %v, want ErrForeign", err)
	}
	if _, err := s.Save(t.Context(), []byte("them: a document of several parts"), 1); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Save of another vault in parts: %v, want ErrForeign", err)
	}
}

func save(t testing.TB, s *Store, data string, base store.Revision) {
	t.Helper()
	if rev, err := s.Save(t.Context(), []byte(data), base); err != nil || rev != base+1 {
		t.Fatalf("Save(%.20q) on %d: revision %d, %v", data, base, rev, err)
	}
}

func wantLoad(t testing.TB, s *Store, data string, rev store.Revision) {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil || string(state.Data) != data || state.Revision != rev || len(state.Warnings) > 0 {
		t.Fatalf("Load = %.20q (%d bytes), revision %d, warnings %q, %v; want %.20q, %d",
			state.Data, len(state.Data), state.Revision, state.Warnings, err, data, rev)
	}
}
