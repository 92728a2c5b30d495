package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// restore applies a backup as the command does, and returns the plan that was
// carried out.
func restored(t *testing.T, v *Vault, c Copy, mode RestoreMode) Plan {
	t.Helper()
	var plan Plan
	update(t, v, "restore", func(d *Document) error {
		plan = d.PlanRestore(c, mode)
		if !plan.Changes() {
			return ErrNoChange
		}
		return d.Apply(plan)
	})
	return plan
}

// told is a plan's outcomes with their fields.
func told(p Plan) string {
	var s []string
	for _, it := range p.Items {
		line := string(it.Outcome)
		if len(it.Fields) > 0 {
			line += "(" + strings.Join(it.Fields, ",") + ")"
		}
		s = append(s, line)
	}
	return strings.Join(s, " ")
}

// byContent compares accounts with their secrets, which do not print.
var byContent = cmp.Comparer(func(a, b account.Secret) bool { return a.Equal(b) })

// rich is an account with all kinds of details.
func rich(issuer, name string) account.Account {
	a := noted(acc(issuer, name, "secret of "+issuer), "recovery codes")
	a.ID, a.Groups, a.Tags = vaultID(0), []string{"Work", "Bank"}, []string{"blue"}
	a.Icon = account.Icon{Name: "acme", MIME: "image/png", Data: []byte("picture")}
	a.UseCount, a.LastUsed, a.Created, a.Updated, a.HandedOut = 7, 1700000000000, 1600000000000, 1650000000000, 58000000
	a.Extra = map[string]strictjson.Value{"aegis": strictjson.Value(`{"n":1.50}`)}
	a.Unknown = map[string]strictjson.Value{"colour": strictjson.Value(`"teal"`)}
	return a
}

// pool is n accounts of all kinds with all kinds of details.
func pool(n int) []account.Account {
	r := rand.New(rand.NewPCG(1, 2))
	out := many(n)
	for i := range out {
		a := &out[i]
		switch r.IntN(6) {
		case 0:
			*a = hotp(a.Issuer, fmt.Sprint("counted ", i), r.Uint64N(50))
		case 1:
			a.Algorithm, a.Digits, a.Period = account.SHA512, 8, 60
		case 2:
			*a = rich(a.Issuer, a.Name)
		case 3:
			a.Favourite, a.Archived, a.Trashed = true, r.IntN(2) == 0, r.IntN(2) == 0
		}
		a.ID = vaultID(i)
		a.UseCount, a.LastUsed, a.Created, a.Updated, a.HandedOut = r.Uint64N(9), r.Int64N(9), r.Int64N(9), r.Int64N(9), r.Int64N(50)
	}
	return out
}

func TestRestoreIntoNothing(t *testing.T) {
	for _, mode := range []RestoreMode{RestoreMerge, RestoreReplace} {
		v, _ := filled(t)
		want := pool(300)
		p := restored(t, v, Copy{"another vault", want}, mode)
		if p.Count(Missing) != len(want) {
			t.Fatalf("%d of %d are new", p.Count(Missing), len(want))
		}
		if d := cmp.Diff(want, load(t, v).Accounts(), byContent); d != "" {
			t.Fatalf("mode %d: %s", mode, d[:min(len(d), 2000)])
		}
	}
}

// vaultID is an id as a vault makes them: eight letters of base32.
func vaultID(i int) string {
	return "aaaa" + string([]byte{'a' + byte(i/676%26), 'a' + byte(i/26%26), 'a' + byte(i%26), 'a'})
}

// TestRestoreOutcomes: one row for each thing that can have happened to an
// account between backup and restore.
func TestRestoreOutcomes(t *testing.T) {
	totp, hotp := rich("Work", "bob"), hotp("Bank", "counted", 5)
	hotp.ID, hotp.Name = vaultID(1), "ann"
	other := account.NewSecret([]byte("another secret 12345"))
	edit := func(a account.Account, f func(*account.Account)) account.Account {
		a = a.Clone()
		f(&a)
		return a
	}
	for _, c := range []struct {
		name           string
		here, backup   []account.Account
		merge, replace string
		left           string // labels in the vault after Merge
	}{
		{"nothing happened", list(totp), list(totp), "same", "same", "Work (bob)"},
		{"removed", nil, list(totp), "new", "new", "Work (bob)"},
		{"made since", list(totp), nil, "kept", "removed", "Work (bob)"},
		{"only used", list(edit(totp, func(a *account.Account) { a.UseCount, a.LastUsed = 99, 1 })), list(totp), "same", "same", ""},
		{"note edited", list(edit(totp, func(a *account.Account) { a.Note = "x" })), list(totp), "different(note)", "different(note)", ""},
		{"note made since", list(totp), list(edit(totp, func(a *account.Account) { a.Note = "" })), "same", "different(note)", ""},
		{"groups, tags, icon, extra made since", list(totp), list(edit(totp, func(a *account.Account) {
			a.Groups, a.Tags, a.Icon, a.Extra, a.Unknown = nil, nil, account.Icon{}, nil, nil
		})), "same", "different(groups,tags,icon,extra,other fields)", ""},
		{"another app's data came since", list(edit(totp, func(a *account.Account) { a.Extra["2fas"] = strictjson.Value(`1`) })), list(totp), "same", "different(extra)", ""},
		{"renamed", list(edit(totp, func(a *account.Account) { a.Issuer = "New" })), list(totp), "different(issuer)", "different(issuer)", "Work (bob)"},
		{"renamed and another id", list(edit(totp, func(a *account.Account) { a.Issuer, a.ID = "New", "zzzzzzzz" })), list(totp), "different(issuer)", "different(issuer)", ""},
		{"enrolled again", list(edit(totp, func(a *account.Account) { a.Secret = other })), list(totp), "beside(secret)", "different(secret)", "Work (bob), Work (bob)"},
		{"enrolled again and renamed", list(edit(totp, func(a *account.Account) { a.Secret, a.Issuer = other, "New" })), list(totp), "beside(secret)", "different(secret,issuer)", "New (bob), Work (bob)"},
		{"enrolled again as a new account", list(edit(totp, func(a *account.Account) { a.Secret, a.ID = other, "zzzzzzzz" })), list(totp), "beside(secret)", "different(secret)", ""},
		{"counter went on", list(edit(hotp, func(a *account.Account) { a.Counter = 9 })), list(hotp), "same", "same", ""},
		{"counter behind the backup", list(edit(hotp, func(a *account.Account) { a.Counter = 1 })), list(hotp), "different(counter)", "different(counter)", ""},
		{"two names exchanged", list(edit(totp, func(a *account.Account) { a.Issuer = "Bank" }), edit(hotp, func(a *account.Account) { a.Issuer = "Work" })),
			list(totp, hotp), "different(issuer) different(issuer)", "different(issuer) different(issuer)", "Work (bob), Bank (ann)"},
		{"order changed", list(hotp, totp), list(totp, hotp), "same same", "same same", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, _ := filled(t, c.here...)
			d := load(t, v)
			b := Copy{d.ID(), c.backup}
			if got := told(d.PlanRestore(b, RestoreReplace)); got != c.replace {
				t.Errorf("replace: %s, want %s", got, c.replace)
			}
			if got := told(restored(t, v, b, RestoreMerge)); got != c.merge {
				t.Errorf("merge: %s, want %s", got, c.merge)
			}
			var left []string
			for _, a := range load(t, v).Accounts() {
				left = append(left, a.Label())
			}
			if got := strings.Join(left, ", "); c.left != "" && got != c.left {
				t.Errorf("left: %s, want %s", got, c.left)
			}
		})
	}
}

func list(a ...account.Account) []account.Account { return a }

// TestRestoreCannotHurt runs restores between random states of a vault. After
// every one of them, in either mode: a second run changes nothing, no counter
// went back, undo gives the earlier accounts; after Merge no secret and no
// account that was here is gone; after Replace the vault is the backup.
func TestRestoreCannotHurt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		here, then := someOf(r, pool(12)), someOf(r, pool(12))
		for _, mode := range []RestoreMode{RestoreMerge, RestoreReplace} {
			v, _ := filled(t, here...)
			before, b := load(t, v).Accounts(), Copy{"another vault", then}
			if r.IntN(2) == 0 {
				b.VaultID = load(t, v).ID()
			}
			first := restored(t, v, b, mode)
			after := load(t, v).Accounts()
			if again := restored(t, v, b, mode); again.Changes() {
				t.Fatalf("a second run: %s\nthe first: %s", told(again), told(first))
			}
			nothingLost(t, mode, before, then, after)
			if first.Changes() {
				undone(t, v, before)
			}
		}
	}
}

// someOf takes some accounts of a pool and edits some of them.
func someOf(r *rand.Rand, pool []account.Account) []account.Account {
	var out []account.Account
	for i, a := range pool {
		if r.IntN(3) == 0 {
			continue
		}
		a = a.Clone()
		switch r.IntN(8) {
		case 0:
			a.Issuer = fmt.Sprint("renamed ", r.IntN(3))
		case 1:
			a.Note = "edited"
		case 2:
			a.Secret = account.NewSecret([]byte(fmt.Sprint("enrolled again ", r.Uint64())))
		case 3:
			a.ID = vaultID(100 + r.IntN(3)*20 + i)
		}
		if a.Type == account.HOTP {
			a.Counter = r.Uint64N(50)
		}
		a.HandedOut = r.Int64N(50)
		out = append(out, a)
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func nothingLost(t *testing.T, mode RestoreMode, before, then, after []account.Account) {
	t.Helper()
	now := map[account.Key]account.Account{}
	for _, a := range after {
		now[a.Key()] = a
	}
	for _, a := range then {
		if got, ok := now[a.Key()]; !ok || got.Counter < a.Counter {
			t.Fatalf("%s of the backup is not there, or its counter is behind", a.Label())
		}
	}
	for _, a := range before {
		got, ok := now[a.Key()]
		if !ok && mode == RestoreMerge {
			t.Fatalf("the secret of %s was overwritten", a.Label())
		}
		if ok && (got.Counter < a.Counter || got.HandedOut < a.HandedOut) {
			t.Fatalf("the counter of %s went back", a.Label())
		}
	}
	if mode == RestoreReplace && len(after) != len(then) {
		t.Fatalf("%d accounts, the backup has %d", len(after), len(then))
	}
}

func undone(t *testing.T, v *Vault, before []account.Account) {
	t.Helper()
	undo(t, v)
	after := load(t, v).Accounts()
	for i := range after {
		if i < len(before) { // these never go back, by design
			after[i].Counter, after[i].HandedOut = before[i].Counter, before[i].HandedOut
		}
	}
	if d := cmp.Diff(before, after, byContent); d != "" {
		t.Fatalf("after undo: %s", d[:min(len(d), 1500)])
	}
}

func TestReplaceTakesTheOrder(t *testing.T) {
	a := pool(5)
	v, _ := filled(t, a[3], a[2], a[4], a[0])
	restored(t, v, Copy{"another vault", a[:4]}, RestoreReplace)
	if d := cmp.Diff(a[:4], load(t, v).Accounts(), byContent); d != "" {
		t.Error(d)
	}
}

// Whatever else a restore changes, what was used up stays used up, and statistics
// do not go back.
func TestRestoreKeepsUses(t *testing.T) {
	used := func(a account.Account, counter uint64, handedOut int64, count uint64, last int64) account.Account {
		a.ID, a.Counter, a.HandedOut, a.UseCount, a.LastUsed = vaultID(1), counter, handedOut, count, last
		return a
	}
	bank, other := hotp("Bank", "counted", 0), hotp("Bank", "another", 0)
	for name, c := range map[string]struct{ ours, theirs, want account.Account }{
		"used more since":     {used(bank, 9, 700, 5, 50), used(bank, 4, 300, 3, 30), used(bank, 9, 700, 5, 50)},
		"used more elsewhere": {used(bank, 4, 300, 3, 30), used(bank, 9, 700, 5, 50), used(bank, 9, 700, 5, 50)},
		"another secret":      {used(bank, 9, 700, 5, 50), used(other, 4, 300, 3, 30), used(other, 4, 300, 5, 50)},
	} {
		v, ids := filled(t, c.ours)
		restored(t, v, Copy{load(t, v).ID(), list(noted(c.theirs, "from the backup"))}, RestoreReplace)
		a, err := load(t, v).ByID(ids[0])
		if err != nil || a.Note != "from the backup" {
			t.Fatalf("%s: %v %q", name, err, a.Note)
		}
		if d := cmp.Diff(noted(c.want, a.Note), a, byContent); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// A backup that lacks a name blanks none, and two accounts without a name are not
// the same for that.
func TestRestoreAndNames(t *testing.T) {
	for mode, want := range map[RestoreMode]string{RestoreMerge: "Work (bob)", RestoreReplace: "(no name)"} {
		v, _ := filled(t, rich("Work", "bob"))
		nameless := rich("Work", "bob")
		nameless.Issuer, nameless.Name, nameless.Note = "", "", "other"
		restored(t, v, Copy{load(t, v).ID(), list(nameless)}, mode)
		if got := labels(load(t, v)); len(got) != 1 || got[0] != want {
			t.Errorf("mode %d: %q, want %q", mode, got, want)
		}
	}
	v, _ := filled(t, acc("", "", "K0"))
	if got := told(load(t, v).PlanRestore(Copy{"another vault", list(acc("", "", "K1"))}, RestoreReplace)); got != "new removed" {
		t.Errorf("two without a name: %s", got)
	}
}

// A damaged record takes no part in a restore: it stays after its neighbour.
func TestReplaceKeepsDamagedRecords(t *testing.T) {
	a := pool(3)
	v, _ := filled(t, a...)
	d := load(t, v)
	d.entries = slices.Insert(d.entries, 1, storedEntry(strictjson.Value(`{"id":"damaged2","issuer":"Damaged"}`)))
	if err := d.Apply(d.PlanRestore(Copy{d.ID(), list(a[0], a[2], a[1])}, RestoreReplace)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range d.entries {
		got = append(got, e.names().ID)
	}
	if want := []string{a[0].ID, "damaged2", a[2].ID, a[1].ID}; !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestPlanJSONHasNoSecret(t *testing.T) {
	here, _ := filled(t, rich("Work", "bob"))
	in := []account.Account{noted(rich("Work", "bob"), "recovery"), noted(acc("Bank", "ann", "K1"), "recovery")}
	for _, p := range []Plan{
		load(t, here).PlanRestore(Copy{"", in}, RestoreMerge), load(t, here).PlanImport(candidates(in...), TakeTheirs, importTime),
	} {
		out, err := json.Marshal(p.Items)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range in {
			if bytes.Contains(out, []byte(a.Secret.Base32())) || bytes.Contains(out, []byte("recovery")) {
				t.Errorf("the plan tells a secret: %s", out)
			}
		}
		if !bytes.Contains(out, []byte(`","label":"Bank (ann)"}`)) {
			t.Errorf("plan: %s", out)
		}
	}
}

// A person agrees to what was shown: a plan that would show anything else is
// another one.
func TestPlanEqual(t *testing.T) {
	base := list(rich("Work", "bob"), acc("Bank", "ann", "K1"))
	base[1].ID = vaultID(1)
	c := Copy{"", pool(2)}
	c.Accounts = append(c.Accounts, base...)
	v, _ := filled(t, base...)
	shown := load(t, v).PlanRestore(c, RestoreMerge)
	if !shown.Equal(load(t, v).PlanRestore(c, RestoreMerge)) {
		t.Error("the same plan is another")
	}
	for name, f := range map[string]func(*Item){
		"outcome": func(i *Item) { i.Outcome = Kept },
		"id":      func(i *Item) { i.ID = "x" },
		"label":   func(i *Item) { i.Label = "x" },
		"fields":  func(i *Item) { i.Fields = []string{"x"} },
	} {
		other := Plan{Items: slices.Clone(shown.Items)}
		f(&other.Items[1])
		if shown.Equal(other) {
			t.Errorf("a plan with another %s is equal", name)
		}
	}
}

// Two accounts may share their codes: each is found again under its own name, in
// whatever order a copy has them and whatever their ids are there.
func TestMatchCopyNameBeforeCodes(t *testing.T) {
	ann := account.New(account.TOTP, account.NewSecret([]byte("12345678901234567890")))
	ann.ID, ann.Name = "a", "ann"
	bob := ann
	bob.ID, bob.Name = "b", "bob"
	theirAnn, theirBob := ann, bob
	theirAnn.ID, theirBob.ID = "x", "y"
	m := MatchCopy([]account.Account{ann, bob}, "ours", Copy{"theirs", []account.Account{theirBob, theirAnn}})
	if m.Theirs[0] != 1 || m.Theirs[1] != 0 {
		t.Errorf("ann and bob are %d and %d", m.Theirs[0], m.Theirs[1])
	}
}

// What a restore leaves in the place of an account has the id that it has here.
func TestRestoreKeepsTheID(t *testing.T) {
	theirs := rich("Work", "ann")
	v, ids := filled(t, theirs)
	theirs.ID, theirs.Note = vaultID(77), "from the backup"
	if i := restored(t, v, Copy{"another vault", list(theirs)}, RestoreReplace).Items[0]; i.ID != ids[0] || i.Stored().ID != ids[0] {
		t.Errorf("%s and %s, want %s", i.ID, i.Stored().ID, ids[0])
	}
}
