package vault

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

// keeper notes what it is told.
type keeper struct {
	adopted, saved []Memory
	fail           error
}

func (k *keeper) Adopt(m Memory)       { k.adopted = append(k.adopted, m) }
func (k *keeper) Saved(m Memory) error { k.saved = append(k.saved, m); return k.fail }

// doubtful is a store whose Load is changed by a test.
type doubtful struct {
	*storetest.Memory
	load func(store.State, error) (store.State, error)
}

func (s doubtful) Load(ctx context.Context) (store.State, error) { return s.load(s.Memory.Load(ctx)) }

func TestRemembering(t *testing.T) {
	old, _ := filled(t, acc("A", "a", "secret"))
	d := load(t, old)
	k := &keeper{}
	if _, err := Remembering(old.Store(), Memory{}, k).Load(t.Context()); err != nil || len(k.adopted) != 1 ||
		k.adopted[0] != (Memory{Vault: d.ID(), Revision: 1, Accounts: 1}) {
		t.Errorf("a vault of which nothing is remembered: %v, %v", k.adopted, err)
	}
	v := Remembering(old.Store(), Memory{Vault: d.ID(), Revision: 1}, k)
	add := func(d *Document) error { _, err := d.Add(acc("B", "b", "secret")); return err }
	update(t, v, "add", add)
	update(t, v, "add", add)
	if len(k.adopted) != 1 || len(k.saved) != 2 || k.saved[1] != (Memory{Vault: d.ID(), Revision: 3, Accounts: 3}) {
		t.Errorf("after two saves: adopted %v, saved %v", k.adopted, k.saved)
	}
	k.fail = errors.New("disk full")
	update(t, v, "add", add) // the save itself is done
}

func TestAnotherVaultIsRefused(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "secret"))
	other := Memory{Vault: "aaaaaabbbbbb", Revision: 7, Accounts: 2, Changed: 1}
	wrong := Remembering(v.Store(), other, &keeper{})
	_, err := wrong.Load(t.Context())
	var identity *IdentityError
	if !errors.Is(err, store.ErrForeign) || !errors.As(err, &identity) || len(identity.Found) != 1 || identity.Found[0].Vault != load(t, v).ID() {
		t.Errorf("another vault: %v", err)
	}
	for _, part := range []string{ShortID(load(t, v).ID()) + " (1 account, revision 1)", "aaaaaa (2 accounts, revision 7, changed 1970-01-01"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %q", err, part)
		}
	}
	if _, err := wrong.Update(t.Context(), "x", func(*Document) error { t.Error("f runs"); return nil }); !errors.Is(err, store.ErrForeign) {
		t.Errorf("Update: %v", err)
	}
	if d := load(t, v); d.Revision() != 1 {
		t.Error("the other vault was changed")
	}
}

func TestLostVaultIsNoEmptyOne(t *testing.T) {
	m := Memory{Vault: "aaaaaabbbbbb", Revision: 7, Accounts: 1}
	for name, s := range map[string]store.Store{
		"absent": storetest.NewMemory(),
		"lost": doubtful{storetest.NewMemory(), func(store.State, error) (store.State, error) {
			return store.State{}, store.ErrLost
		}},
	} {
		d, err := Remembering(s, m, &keeper{}).Load(t.Context())
		if !errors.Is(err, store.ErrLost) || d != nil || !strings.Contains(err.Error(), "it was aaaaaa (1 account, revision 7)") {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}

// What was read after damage, or is older than what was saved, is changed by
// Accept alone, and no counter goes back.
func TestDoubt(t *testing.T) {
	damaged := func(doubt store.Doubt) func(store.State, error) (store.State, error) {
		return func(s store.State, err error) (store.State, error) {
			s.Doubt, s.Warnings = doubt, []string{"the newest copy is damaged"}
			return s, err
		}
	}
	sound := func(s store.State, err error) (store.State, error) { return s, err }
	now := time.Unix(3000, 0)
	for name, c := range map[string]struct {
		load       func(store.State, error) (store.State, error)
		remembered store.Revision
		lost       store.Revision // 0: no doubt
	}{
		"sound":                              {sound, 1, 0},
		"nothing remembered":                 {sound, 0, 0},
		"changed on another machine":         {damaged(store.Newest), 0, 0},
		"a newer one lost":                   {damaged(store.Older), 0, 1},
		"a newer one lost that another made": {damaged(store.Older), 1, 1},
		"five lost":                          {damaged(store.Older), 6, 5},
		"perhaps":                            {damaged(store.PerhapsOlder), 0, 1},
		"perhaps, but it is what we saved":   {damaged(store.PerhapsOlder), 1, 0},
		"put back":                           {sound, 4, 3},
	} {
		t.Run(name, func(t *testing.T) {
			base, ids := filled(t, hotp("Bank", "secret", 5), acc("Site", "s", "2222"))
			k := &keeper{}
			s := doubtful{base.Store().(*storetest.Memory), c.load}
			v := Remembering(s, Memory{Vault: load(t, base).ID(), Revision: c.remembered}, k)
			d := load(t, v)
			_, err := v.Update(t.Context(), "count", func(d *Document) error { return d.SetCounter(ids[0], 6) })
			if c.lost == 0 {
				if d.Doubt() != nil || err != nil {
					t.Fatalf("doubt %v, Update %v", d.Doubt(), err)
				}
				if _, _, err := v.Accept(t.Context(), now); !errors.Is(err, ErrNoChange) && name == "sound" {
					t.Errorf("Accept: %v", err)
				}
				return
			}
			if !errors.Is(d.Doubt(), ErrDoubt) || !errors.Is(err, ErrDoubt) || len(d.StoreWarnings()) != 1 {
				t.Fatalf("doubt %v, Update %v, warnings %q", d.Doubt(), err, d.StoreWarnings())
			}
			d, done, err := v.Accept(t.Context(), now)
			if err != nil || d.Doubt() != nil || done.Lost != c.lost || len(done.Counted) != 1 {
				t.Fatalf("Accept: %+v, %v", done, err)
			}
			a, _ := load(t, base).ByID(ids[0])
			b, _ := load(t, base).ByID(ids[1])
			if a.Counter != 5+uint64(c.lost) || done.Counted[0].Counter != a.Counter || b.HandedOut != 101 {
				t.Errorf("counter %d, handed out %d", a.Counter, b.HandedOut)
			}
			if len(k.saved) != 1 || k.saved[0].Revision != 2 {
				t.Errorf("remembered %v", k.saved)
			}
		})
	}
}

// Where it is not known which vault is in use, an older copy is in doubt all the
// same, and so is one that a move left: the codes used since are passed over.
func TestDoubtOfACopy(t *testing.T) {
	for name, c := range map[string]struct {
		last, there, lost store.Revision
		moved             *Moved
	}{
		"the newest":               {last: 1},
		"put back":                 {last: 4, lost: 3},
		"moved":                    {last: 1, there: 9, lost: 2, moved: &Moved{Kind: "keyring", Revision: 7}},
		"moved, and nothing since": {there: 7, lost: 1, moved: &Moved{Kind: "keyring", Revision: 7}},
		"moved, to one that began": {there: 2, lost: 1, moved: &Moved{Kind: "keyring", Revision: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			d := NewDocument()
			id, err := d.Add(hotp("Bank", "secret", 5))
			if err != nil {
				t.Fatal(err)
			}
			d.SetMoved(c.moved)
			s := &storetest.Memory{}
			if _, err := s.Save(t.Context(), d.Encode(), 0); err != nil {
				t.Fatal(err)
			}
			v := Remembering(s, Memory{}, &keeper{})
			v.Left, v.Last, v.There = true, Memory{Vault: d.ID(), Revision: c.last}, Memory{Vault: d.ID(), Revision: c.there}
			if doubt := load(t, v).Doubt(); (doubt != nil) != (c.lost > 0) {
				t.Fatalf("doubt %v", doubt)
			}
			if c.lost == 0 {
				return
			}
			d, done, err := v.Accept(t.Context(), time.Unix(3000, 0))
			if err != nil || done.Lost != c.lost || d.Doubt() != nil {
				t.Fatalf("Accept: %+v, %v", done, err)
			}
			if a, _ := load(t, New(s)).ByID(id.ID); a.Counter != 5+uint64(c.lost) {
				t.Errorf("counter %d", a.Counter)
			}
		})
	}
}

// Accepting has ended only when it is remembered: else the next command refuses
// again.
func TestAcceptIsRemembered(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "secret"))
	full := errors.New("disk full")
	r := Remembering(v.Store(), Memory{Vault: load(t, v).ID(), Revision: 9}, &keeper{fail: full})
	if _, _, err := r.Accept(t.Context(), time.Unix(0, 0)); !errors.Is(err, full) {
		t.Errorf("Accept: %v", err)
	}
}

// Nothing is accepted when the state cannot be saved.
func TestAcceptIsSaved(t *testing.T) {
	v, _ := filled(t, acc("A", "a", "secret"))
	m := v.Store().(*storetest.Memory)
	r := Remembering(m, Memory{Vault: load(t, v).ID(), Revision: 9}, &keeper{})
	m.Fail = func(method string) error {
		if method == "Save" {
			return store.ErrUnreachable
		}
		return nil
	}
	if d, _, err := r.Accept(t.Context(), time.Unix(0, 0)); !errors.Is(err, store.ErrUnreachable) || d != nil {
		t.Errorf("Accept: %v", err)
	}
}

// An account that was given out further than the clock shows keeps its step.
func TestAcceptNeverGoesBack(t *testing.T) {
	a := acc("A", "a", "secret")
	a.HandedOut = 500
	v, ids := filled(t, a)
	r := Remembering(v.Store(), Memory{Vault: load(t, v).ID(), Revision: 9}, &keeper{})
	if _, _, err := r.Accept(t.Context(), time.Unix(60, 0)); err != nil {
		t.Fatal(err)
	}
	if b, _ := load(t, v).ByID(ids[0]); b.HandedOut != 500 {
		t.Errorf("handed out %d", b.HandedOut)
	}
}

func TestVaults(t *testing.T) {
	a, _ := filled(t, acc("A", "a", "secret"))
	update(t, a, "add", func(d *Document) error { _, err := d.Add(acc("B", "b", "secret")); return err })
	b, _ := filled(t, acc("C", "c", "secret"))
	var all []store.Copy
	for _, v := range []*Vault{a, b} {
		copies, err := v.Store().Copies(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, copies...)
	}
	all = append(all, store.Copy{Err: store.ErrDamaged}, store.Copy{Data: []byte("{}")})
	got := Vaults(all)
	if len(got) != 2 || got[0] != (Memory{Vault: load(t, a).ID(), Revision: 2, Accounts: 2}) || got[1].Vault != load(t, b).ID() {
		t.Errorf("Vaults = %v", got)
	}
	for i, c := range all[:3] {
		if id := IDOf(c.Data); id != got[i/2].Vault {
			t.Errorf("IDOf(copy %d) = %q", i, id)
		}
	}
	for _, bad := range []string{"", "[]", "{", `{"vault_id":1}`, `{"a":{},"vault_id"`, `{"a"x`, `null`} {
		if id := IDOf([]byte(bad)); id != "" {
			t.Errorf("IDOf(%q) = %q", bad, id)
		}
	}
}

// What Apply cannot do is an error, so that Update saves nothing.
func TestApplyReportsFailures(t *testing.T) {
	_, ids := filled(t, acc("A", "a", "secret"))
	none := account.Account{Type: account.TOTP, Issuer: "No secret"}
	for name, it := range map[string]Item{
		"add":                {action: add, stored: none},
		"replace":            {action: replace, ID: ids[0], stored: acc("A", "a", "other")},
		"raise of one gone":  {action: raise, ID: ids[0], stored: hotp("A", "secret", 4)},
		"remove of one gone": {action: remove, ID: ids[0]},
	} {
		if err := NewDocument().Apply(Plan{Items: []Item{it}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Update tries again as long as somebody else is faster, and ends with its context.
func TestUpdateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := storetest.NewMemory()
	tries := 0
	m.Fail = func(method string) error {
		if method != "Save" {
			return nil
		}
		if tries++; tries == 3 {
			cancel()
		}
		return store.ErrConflict
	}
	_, err := New(m).Update(ctx, "x", func(d *Document) error { _, err := d.Add(acc("A", "a", "s")); return err })
	if !errors.Is(err, store.ErrConflict) || tries != 3 {
		t.Errorf("Update = %v after %d tries", err, tries)
	}
}

// Without a salt whoever sees a proof could tell by trying which secret it is of.
func TestProofsAreSalted(t *testing.T) {
	a := acc("A", "a", "secret")
	a.ID = "aaaaaaaa"
	p, q := NewBackupProof([]account.Account{a}, "x", time.Unix(0, 0)), NewBackupProof([]account.Account{a}, "x", time.Unix(0, 0))
	if string(p.Salt) == string(q.Salt) || string(p.Accounts[a.ID]) == string(q.Accounts[a.ID]) || len(p.Salt) != 16 {
		t.Errorf("two proofs of one account have the salts %x and %x", p.Salt, q.Salt)
	}
}
