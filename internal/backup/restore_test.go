package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

func vaultOf(t *testing.T, accounts []account.Account) *vault.Vault {
	t.Helper()
	v := vault.New(storetest.NewMemory())
	_, err := v.Update(context.Background(), "test", func(d *vault.Document) error {
		for _, a := range accounts {
			if _, err := d.Add(a.Clone()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// restore applies a backup as the command does, and returns the plan that was
// carried out.
func restore(t *testing.T, v *vault.Vault, b Backup, mode Mode) Plan {
	t.Helper()
	var plan Plan
	_, err := v.Update(context.Background(), "restore", func(d *vault.Document) error {
		plan = PlanRestore(b, d.Accounts(), d.ID(), mode)
		if plan.Nothing() {
			return vault.ErrNoChange
		}
		return plan.Apply(d)
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func accountsOf(t *testing.T, v *vault.Vault) []account.Account {
	t.Helper()
	d, err := v.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d.Accounts()
}

func outcomes(p Plan) string {
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

func TestRestoreIntoNothing(t *testing.T) {
	for _, mode := range []Mode{Merge, Replace} {
		v := vaultOf(t, nil)
		want := manyAccounts(300)
		for i := range want {
			want[i].ID = vaultID(i)
		}
		p := restore(t, v, testBackup(want), mode)
		if p.Count(New) != len(want) {
			t.Fatalf("%d of %d are new", p.Count(New), len(want))
		}
		if d := cmp.Diff(want, accountsOf(t, v), byContent); d != "" {
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
	totp, hotp := fewAccounts()[0], fewAccounts()[1]
	hotp.Counter = 5
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
		{"nothing happened", acc(totp), acc(totp), "same", "same", "ACME <&> Söhne (bob)"},
		{"removed", nil, acc(totp), "new", "new", "ACME <&> Söhne (bob)"},
		{"made since", acc(totp), nil, "kept", "removed", "ACME <&> Söhne (bob)"},
		{"only used", acc(edit(totp, func(a *account.Account) { a.UseCount, a.LastUsed = 99, 1 })), acc(totp), "same", "same", ""},
		{"note edited", acc(edit(totp, func(a *account.Account) { a.Note = "x" })), acc(totp), "different(note)", "different(note)", ""},
		{"note made since", acc(totp), acc(edit(totp, func(a *account.Account) { a.Note = "" })), "same", "different(note)", ""},
		{"groups, tags, icon, extra made since", acc(totp), acc(edit(totp, func(a *account.Account) {
			a.Groups, a.Tags, a.Icon, a.Extra, a.Unknown = nil, nil, account.Icon{}, nil, nil
		})), "same", "different(groups,tags,icon,extra,other fields)", ""},
		{"another app's data came since", acc(edit(totp, func(a *account.Account) { a.Extra["2fas"] = strictjson.Value(`1`) })), acc(totp), "same", "different(extra)", ""},
		{"renamed", acc(edit(totp, func(a *account.Account) { a.Issuer = "New" })), acc(totp), "different(issuer)", "different(issuer)", "ACME <&> Söhne (bob)"},
		{"renamed and another id", acc(edit(totp, func(a *account.Account) { a.Issuer, a.ID = "New", "zzzzzzzz" })), acc(totp), "different(issuer)", "different(issuer)", ""},
		{"enrolled again", acc(edit(totp, func(a *account.Account) { a.Secret = other })), acc(totp), "beside(secret)", "different(secret)", "ACME <&> Söhne (bob), ACME <&> Söhne (bob)"},
		{"enrolled again and renamed", acc(edit(totp, func(a *account.Account) { a.Secret, a.Issuer = other, "New" })), acc(totp), "beside(secret)", "different(secret,issuer)", "New (bob), ACME <&> Söhne (bob)"},
		{"enrolled again as a new account", acc(edit(totp, func(a *account.Account) { a.Secret, a.ID = other, "zzzzzzzz" })), acc(totp), "beside(secret)", "different(secret)", ""},
		{"counter went on", acc(edit(hotp, func(a *account.Account) { a.Counter = 9 })), acc(hotp), "same", "same", ""},
		{"counter behind the backup", acc(edit(hotp, func(a *account.Account) { a.Counter = 1 })), acc(hotp), "different(counter)", "different(counter)", ""},
		{"two names exchanged", acc(edit(totp, func(a *account.Account) { a.Issuer = "Bank" }), edit(hotp, func(a *account.Account) { a.Issuer = "ACME" })),
			acc(totp, hotp), "different(issuer) different(issuer)", "different(issuer) different(issuer)", "ACME <&> Söhne (bob), Bank (ann)"},
		{"order changed", acc(hotp, totp), acc(totp, hotp), "same same", "same same", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := vaultOf(t, c.here)
			d, err := v.Load(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			b := testBackup(c.backup)
			b.VaultID = d.ID()
			if got := outcomes(PlanRestore(b, d.Accounts(), d.ID(), Replace)); got != c.replace {
				t.Errorf("replace: %s, want %s", got, c.replace)
			}
			if got := outcomes(restore(t, v, b, Merge)); got != c.merge {
				t.Errorf("merge: %s, want %s", got, c.merge)
			}
			var left []string
			for _, a := range accountsOf(t, v) {
				left = append(left, a.Label())
			}
			if got := strings.Join(left, ", "); c.left != "" && got != c.left {
				t.Errorf("left: %s, want %s", got, c.left)
			}
		})
	}
}

func acc(a ...account.Account) []account.Account { return a }

// TestRestoreCannotHurt runs restores between random states of a vault. After
// every one of them, in either mode: a second run changes nothing, no counter
// went back, undo gives the earlier accounts; after Merge no secret and no
// account that was here is gone; after Replace the vault is the backup.
func TestRestoreCannotHurt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 150 {
		pool := manyAccounts(12)
		here, then := someOf(r, pool), someOf(r, pool)
		for _, mode := range []Mode{Merge, Replace} {
			v := vaultOf(t, here)
			before := accountsOf(t, v)
			doc, _ := v.Load(context.Background())
			b := testBackup(then)
			if r.IntN(2) == 0 {
				b.VaultID = doc.ID()
			}
			first := restore(t, v, b, mode)
			after := accountsOf(t, v)
			if again := restore(t, v, b, mode); !again.Nothing() {
				t.Fatalf("a second run: %s\nthe first: %s", outcomes(again), outcomes(first))
			}
			nothingLost(t, mode, before, then, after)
			if !first.Nothing() {
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
		a.ID = vaultID(i)
		switch r.IntN(8) {
		case 0:
			a.Issuer = fmt.Sprint("renamed ", r.IntN(3))
		case 1:
			a.Note = "edited"
		case 2:
			a.Secret = account.NewSecret(randomBytes(r, max(16, a.Secret.Len())))
			if a.Type == account.Yandex {
				a.Secret = account.NewSecret(a.Secret.Bytes()[:16])
			}
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

func nothingLost(t *testing.T, mode Mode, before, then, after []account.Account) {
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
		if !ok && mode == Merge {
			t.Fatalf("the secret of %s was overwritten", a.Label())
		}
		if ok && (got.Counter < a.Counter || got.HandedOut < a.HandedOut) {
			t.Fatalf("the counter of %s went back", a.Label())
		}
	}
	if mode == Replace && len(after) != len(then) {
		t.Fatalf("%d accounts, the backup has %d", len(after), len(then))
	}
}

func undone(t *testing.T, v *vault.Vault, before []account.Account) {
	t.Helper()
	_, err := v.Update(context.Background(), "undo", func(d *vault.Document) error {
		_, err := d.Undo()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	after := accountsOf(t, v)
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
	a := fewAccounts()[:4]
	for i := range a {
		a[i].ID = vaultID(i)
	}
	v := vaultOf(t, acc(a[3], a[2], a[0]))
	restore(t, v, testBackup(a), Replace)
	if got := idsOf(accountsOf(t, v)); got != idsOf(a) {
		t.Errorf("order %s, want %s", got, idsOf(a))
	}
}

func TestPlanJSONHasNoSecret(t *testing.T) {
	p := PlanRestore(testBackup(fewAccounts()), fewAccounts()[:2], testVault, Merge)
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range fewAccounts() {
		if bytes.Contains(out, []byte(a.Secret.Base32())) || bytes.Contains(out, []byte("recovery")) {
			t.Fatalf("the plan tells a secret: %s", out)
		}
	}
	if !bytes.Contains(out, []byte(`{"outcome":"new","label":"Steam (gabe)"}`)) {
		t.Errorf("plan: %s", out)
	}
}

func TestPlanEqual(t *testing.T) {
	b := testBackup(fewAccounts())
	p := PlanRestore(b, fewAccounts()[:2], testVault, Merge)
	if !p.Equal(PlanRestore(b, fewAccounts()[:2], testVault, Merge)) {
		t.Error("the same plan is another")
	}
	if p.Equal(PlanRestore(b, fewAccounts()[:3], testVault, Merge)) {
		t.Error("another vault has the same plan")
	}
}
