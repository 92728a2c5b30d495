package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// hooked is a file store under another kind's name, with a test's function before
// each call.
type hooked struct {
	*file.Store
	kind   string
	before func() error
}

func (h hooked) Kind() string { return h.kind }

func (h hooked) Load(ctx context.Context) (store.State, error) {
	if err := h.before(); err != nil {
		return store.State{}, err
	}
	return h.Store.Load(ctx)
}

func (h hooked) Save(ctx context.Context, data []byte, base store.Revision) (store.Revision, error) {
	if err := h.before(); err != nil {
		return 0, err
	}
	return h.Store.Save(ctx, data, base)
}

func (h hooked) Erase(ctx context.Context) error {
	if err := h.before(); err != nil {
		return err
	}
	return h.Store.Erase(ctx)
}

func (h hooked) Lock(ctx context.Context) (func(), error) {
	if err := h.before(); err != nil {
		return nil, err
	}
	return h.Store.Lock(ctx)
}

// moving is a move with something that happens before its n-th call.
type moving struct {
	dirs   map[string]string // by kind
	chosen string
	calls  int
	event  func() error
	at     int
}

// newMoving makes two stores: the chosen one with two accounts, and the other with a
// copy that an earlier move left.
func newMoving(t *testing.T, at int) *moving {
	t.Helper()
	m := &moving{dirs: map[string]string{}, chosen: kindFile, at: at, event: func() error { return nil }}
	for _, kind := range []string{kindKeyring, kindFile} {
		m.dirs[kind] = filepath.Join(t.TempDir(), kind)
		if _, err := file.Create(t.Context(), file.Options{Dir: m.dirs[kind]}, file.KeyFile); err != nil {
			t.Fatal(err)
		}
	}
	counter := account.Account{Type: account.HOTP, Issuer: "Count", Secret: account.NewSecret([]byte("12345678901234567890")), Algorithm: account.SHA1, Digits: 6}
	if err := m.add(t.Context(), kindFile, counter); err != nil {
		t.Fatal(err)
	}
	m.at = 0
	if err := m.run(t, kindKeyring, false); err != nil {
		t.Fatal(err)
	}
	if err := m.run(t, kindFile, false); err != nil {
		t.Fatal(err)
	}
	m.at, m.calls = at, 0
	return m
}

func (m *moving) open(kind string) *file.Store {
	s, err := file.Open(file.Options{Dir: m.dirs[kind], LockWait: time.Millisecond})
	if err != nil {
		panic(err)
	}
	return s
}

// add is what another process does that chose its store before the move: it adds an
// account and uses up a code.
func (m *moving) add(ctx context.Context, kind string, a account.Account) error {
	chosen := m.chosen
	v := vault.New(m.open(kind))
	v.Recheck = func() error {
		if chosen != m.chosen {
			return store.ErrConflict
		}
		return nil
	}
	_, err := v.Update(ctx, "add", func(d *vault.Document) error {
		for _, c := range d.Accounts() {
			if c.Issuer == "Count" {
				if err := d.SetCounter(c.ID, c.Counter+1); err != nil {
					return err
				}
			}
		}
		_, err := d.Add(a)
		return err
	})
	return err
}

// run moves the accounts as jangle store use does.
func (m *moving) run(t *testing.T, to string, erase bool) error {
	t.Helper()
	before := func() error {
		if m.calls++; m.calls == m.at {
			return m.event()
		}
		return nil
	}
	s := storeMove{
		vault.New(hooked{m.open(m.chosen), m.chosen, before}), hooked{m.open(to), to, before},
		func(s store.Store, _ vault.Memory) error {
			if err := before(); err != nil {
				return err
			}
			m.chosen = s.Kind()
			return nil
		}, erase,
	}
	lost, err := s.lost(t.Context())
	if err != nil {
		return err
	}
	return s.run(t.Context(), lost)
}

// holds is what the chosen store has: names and the counter.
func (m *moving) holds(t *testing.T) string {
	t.Helper()
	doc, err := vault.New(m.open(m.chosen)).Load(t.Context())
	var moved *vault.MovedError
	if errors.As(err, &moved) {
		doc, err = vault.New(m.open(moved.Moved.Kind)).Load(t.Context())
	}
	if err != nil {
		t.Errorf("neither store can be used: %v", err)
		return ""
	}
	var out string
	for _, a := range doc.Accounts() {
		out += fmt.Sprint(a.Issuer, a.Counter, " ")
	}
	return out
}

// Whatever another process does before each call of a move, to the store that is
// left or to the one that is moved to: what was acknowledged is in the chosen store
// afterwards, and no counter went back.
func TestMoveWhileOthersSave(t *testing.T) {
	other := account.Account{Type: account.TOTP, Issuer: "Other", Secret: account.NewSecret([]byte("abcdefghijklmnopqrst")), Algorithm: account.SHA1, Digits: 6, Period: 30}
	acknowledged, refused := 0, 0
	for _, place := range []string{kindFile, kindKeyring} {
		for _, erase := range []bool{false, true} {
			for n := 1; ; n++ {
				what := fmt.Sprintf("%s, erase %v, before call %d", place, erase, n)
				m := newMoving(t, n)
				want := m.holds(t)
				m.event = func() error {
					err := m.add(t.Context(), place, other)
					var moved *vault.MovedError
					switch {
					case err == nil:
						want = "Count1 Other0 "
						acknowledged++
					case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrConflict), errors.As(err, &moved):
						refused++
					default:
						t.Errorf("%s: the other process: %v", what, err)
					}
					return nil
				}
				if err := m.run(t, kindKeyring, erase); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if got := m.holds(t); got != want || m.chosen != kindKeyring {
					t.Errorf("%s: the store is %s and holds %q, want %q", what, m.chosen, got, want)
				}
				if m.calls < n {
					break
				}
			}
		}
	}
	t.Logf("%d acknowledged, %d refused", acknowledged, refused)
	if acknowledged < 4 || refused < 20 {
		t.Errorf("only %d acknowledged, %d refused", acknowledged, refused)
	}
}

// A move of which any one call fails leaves all accounts in the chosen store, or in
// the one that the chosen store names; and it can be done once more.
func TestMoveFails(t *testing.T) {
	failure := errors.New("no more")
	for _, erase := range []bool{false, true} {
		for n := 1; ; n++ {
			m := newMoving(t, n)
			want := m.holds(t)
			m.event = func() error { return failure }
			err := m.run(t, kindKeyring, erase)
			if m.calls < n {
				break
			}
			if !errors.Is(err, failure) {
				t.Errorf("erase %v, call %d: %v", erase, n, err)
			}
			if got := m.holds(t); got != want {
				t.Errorf("erase %v, call %d: the store is %s and holds %q, want %q", erase, n, m.chosen, got, want)
			}
			if m.chosen == kindFile {
				if err := m.run(t, kindKeyring, erase); err != nil {
					t.Errorf("erase %v, call %d: once more: %v", erase, n, err)
				}
			}
		}
	}
}

// An account that came into the other copy after the person had agreed is not lost.
func TestMoveLosesNoMoreThanWasAgreed(t *testing.T) {
	m := newMoving(t, 0)
	state, err := m.open(kindKeyring).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := vault.Decode(state.Data)
	if err != nil {
		t.Fatal(err)
	}
	doc.SetMoved(nil) // as in a copy that was put back by hand
	if _, err := m.open(kindKeyring).Save(t.Context(), doc.Encode(), state.Revision); err != nil {
		t.Fatal(err)
	}
	other := account.Account{Type: account.TOTP, Issuer: "Other", Secret: account.NewSecret([]byte("abcdefghijklmnopqrst")), Algorithm: account.SHA1, Digits: 6, Period: 30}
	m.at, m.event = 3, func() error { return m.add(t.Context(), kindKeyring, other) }
	if err := m.run(t, kindKeyring, false); !errors.Is(err, store.ErrConflict) || m.chosen != kindFile {
		t.Errorf("%v, want ErrConflict; the store is %s", err, m.chosen)
	}
	// Asked for, it is replaced; the codes that were used up there stay used up.
	if err := m.run(t, kindKeyring, false); err != nil {
		t.Fatal(err)
	}
	if got := m.holds(t); got != "Count1 " {
		t.Errorf("it holds %q", got)
	}
}
