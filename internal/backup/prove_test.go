package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/strictjson"
	"github.com/jangle-otp/jangle/internal/vault"
)

// TestProveFindsEveryDifference: whatever differs between the vault and the
// backup, the proof fails and names the account.
func TestProveFindsEveryDifference(t *testing.T) {
	ctx := context.Background()
	keys, recipients := testKeys(t)
	sealed := sealAndProve(t, fewAccounts(), keys, recipients)
	for name, change := range map[string]func(*account.Account){
		"id":        func(a *account.Account) { a.ID = "zzzzzzzz" },
		"type":      func(a *account.Account) { a.Type, a.Period = account.HOTP, 0 },
		"issuer":    func(a *account.Account) { a.Issuer += "!" },
		"name":      func(a *account.Account) { a.Name = "eve" },
		"secret":    func(a *account.Account) { a.Secret = account.NewSecret([]byte("other secret bytes!!")) },
		"algorithm": func(a *account.Account) { a.Algorithm = account.SHA256 },
		"digits":    func(a *account.Account) { a.Digits = 8 },
		"period":    func(a *account.Account) { a.Period = 60 },
		"pin":       func(a *account.Account) { a.PIN = account.NewSecret([]byte("1")) },
		"note":      func(a *account.Account) { a.Note = "" },
		"aliases":   func(a *account.Account) { a.Aliases = []string{"roadrunner"} },
		"groups":    func(a *account.Account) { a.Groups = a.Groups[:1] },
		"tags":      func(a *account.Account) { a.Tags = nil },
		"favourite": func(a *account.Account) { a.Favourite = false },
		"archived":  func(a *account.Account) { a.Archived = false },
		"trashed":   func(a *account.Account) { a.Trashed = false },
		"icon":      func(a *account.Account) { a.Icon.Data = []byte{1} },
		"counts":    func(a *account.Account) { a.UseCount++ },
		"last used": func(a *account.Account) { a.LastUsed++ },
		"created":   func(a *account.Account) { a.Created++ },
		"updated":   func(a *account.Account) { a.Updated++ },
		"handed":    func(a *account.Account) { a.HandedOut++ },
		"extra":     func(a *account.Account) { a.Extra["aegis"] = strictjson.Value(`{}`) },
		"unknown":   func(a *account.Account) { a.Unknown = nil },
	} {
		t.Run(name, func(t *testing.T) {
			live := fewAccounts()
			change(&live[0])
			_, err := Prove(ctx, Claim{Sealed: sealed, Keys: keys, Accounts: live, Now: testTime})
			var mismatch *MismatchError
			if !errors.As(err, &mismatch) || mismatch.Label != live[0].Label() {
				t.Errorf("error %v, want a *MismatchError about %q", err, live[0].Label())
			}
		})
	}
}

func TestProveCounts(t *testing.T) {
	ctx := context.Background()
	keys, recipients := testKeys(t)
	accounts := fewAccounts()
	sealed := sealAndProve(t, accounts, keys, recipients)
	for _, live := range [][]account.Account{accounts[:5], append(accounts, account.Account{}), nil} {
		if _, err := Prove(ctx, Claim{Sealed: sealed, Keys: keys, Accounts: live}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d accounts of %d: error %v", len(live), len(accounts), err)
		}
	}
	exchanged := fewAccounts()
	exchanged[0], exchanged[1] = exchanged[1], exchanged[0]
	if _, err := Prove(ctx, Claim{Sealed: sealed, Keys: keys, Accounts: exchanged}); err == nil {
		t.Error("another order was proven")
	}
}

func TestProveWithTheWrongKey(t *testing.T) {
	_, recipients := testKeys(t)
	keys, _ := testKeys(t)
	sealed, err := crypt.EncryptTo(context.Background(), mustMarshal(t, testBackup(fewAccounts())), recipients, crypt.Armor)
	if err != nil {
		t.Fatal(err)
	}
	var wrong *crypt.KeyError
	if _, err := Prove(context.Background(), Claim{Sealed: sealed, Keys: keys, Accounts: fewAccounts()}); !errors.As(err, &wrong) {
		t.Errorf("error %v, want a *crypt.KeyError", err)
	}
}

// A proof covers an account until it is edited; to be used is no edit.
func TestProofCovers(t *testing.T) {
	here := fewAccounts()
	proof := vault.NewBackupProof(here[:4], "x", testTime)
	here[0].Counter, here[0].HandedOut, here[0].LastUsed, here[0].UseCount = 0, 1<<40, 99, 99
	here[1].Note = "new"
	here[2].Secret = account.NewSecret([]byte("another secret"))
	covered := slices.DeleteFunc(slices.Clone(here), func(a account.Account) bool { return !proof.Covers(a) })
	if ids := idsOf(covered); ids != "aaaaaaaa dddddddd" {
		t.Errorf("covered: %s", ids)
	}
	if slices.ContainsFunc(here, vault.BackupProof{}.Covers) {
		t.Error("no proof covers an account")
	}
}
func idsOf(accounts []account.Account) string {
	var ids []string
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return strings.Join(ids, " ")
}

func TestCompare(t *testing.T) {
	then, here := fewAccounts(), fewAccounts()
	here[0].Note = "other"                                     // changed
	here[1].Secret = account.NewSecret([]byte("re-enrolled!")) // changed: other codes
	here[2].Issuer, here[2].ID = "Valve", "gggggggg"           // renamed, found by its codes
	here[3].LastUsed = 5                                       // the same
	added := here[5]
	added.ID, added.Issuer, added.Secret = "hhhhhhhh", "new", account.NewSecret([]byte("newest secret"))
	here = append(here[:4:4], added) // two removed, one new
	r := Compare(testBackup(then), here, testVault)
	if got := idsOf(r.Same) + "/" + idsOf(r.Added) + "/" + idsOf(r.Removed); got != "dddddddd/hhhhhhhh/eeeeeeee ffffffff" {
		t.Errorf("same/added/removed: %s", got)
	}
	want := map[string]string{"aaaaaaaa": "note", "bbbbbbbb": "secret", "gggggggg": "issuer"}
	for _, d := range r.Different {
		if strings.Join(d.Fields, " ") != want[d.Here.ID] {
			t.Errorf("%s: %v", d.Here.ID, d.Fields)
		}
		delete(want, d.Here.ID)
	}
	if len(want) > 0 {
		t.Errorf("not found different: %v", want)
	}
}

func TestUncomputed(t *testing.T) {
	if got := idsOf(Uncomputed(fewAccounts())); got != "eeeeeeee" {
		t.Errorf("accounts without a PIN: %s", got)
	}
}

func TestPassphraseOpens(t *testing.T) {
	ctx := context.Background()
	phrase, err := crypt.GeneratePassphrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypt.EncryptPassphrase(ctx, mustMarshal(t, testBackup(fewAccounts())), []byte(phrase),
		crypt.PassphraseOptions{Form: crypt.Armor, WorkFactor: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prove(ctx, Claim{Sealed: sealed, Keys: crypt.Keys{Passphrase: []byte(phrase)}, Accounts: fewAccounts()}); err != nil {
		t.Error(err)
	}
	if _, err := Open(ctx, sealed, crypt.Keys{Passphrase: []byte(phrase + "x")}); !errors.Is(err, crypt.ErrPassphrase) {
		t.Errorf("error %v, want crypt.ErrPassphrase", err)
	}
}
