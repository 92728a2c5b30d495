package format

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// sample reads a file that another program wrote. Those files are not part of
// the project: without JANGLE_SAMPLES naming their folder the test is skipped.
func sample(t *testing.T, path string) Input {
	t.Helper()
	folder := os.Getenv("JANGLE_SAMPLES")
	if folder == "" {
		t.Skip("JANGLE_SAMPLES does not name the folder with other programs' files")
	}
	data, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		t.Fatal(err)
	}
	return Input{Name: filepath.Base(path), Data: data}
}

// withPassphrase answers every question with p.
func withPassphrase(p string) Options {
	return Options{Passphrase: func(string) ([]byte, error) { return []byte(p), nil }}
}

// acc is an account as a table line.
func acc(kind account.Type, issuer, name, secret string, alg account.Algorithm, digits, period int, counter uint64) account.Account {
	s, err := account.ParseBase32(secret)
	if err != nil {
		panic(err)
	}
	a := account.New(kind, s)
	a.Issuer, a.Name, a.Algorithm, a.Digits, a.Period, a.Counter = issuer, name, alg, digits, period, counter
	return a
}

// setV is the seven accounts of the Aegis project's own tests, by number; all
// of them without a number.
func setV(numbers ...int) []account.Account {
	all := []account.Account{
		acc(account.TOTP, "Deno", "Mason", "4SJHB4GSD43FZBAI7C2HLRJGPQ", account.SHA1, 6, 30, 0),
		acc(account.TOTP, "SPDX", "James", "5OM4WOOGPLQEF6UGN3CPEOOLWU", account.SHA256, 7, 20, 0),
		acc(account.TOTP, "Airbnb", "Elijah", "7ELGJSGXNCCTV3O6LKJWYFV2RA", account.SHA512, 8, 50, 0),
		acc(account.HOTP, "Issuu", "James", "YOOMIXWS5GN6RTBPUFFWKTW5M4", account.SHA1, 6, 0, 1),
		acc(account.HOTP, "Air Canada", "Benjamin", "KUVJJOM753IHTNDSZVCNKL7GII", account.SHA256, 7, 0, 50),
		acc(account.HOTP, "WWE", "Mason", "5VAML3X35THCEBVRLV24CGBKOY", account.SHA512, 8, 0, 10300),
		acc(account.Steam, "Boeing", "Sophia", "JRZCL47CMXVOQMNPZR2F7J4RGI", account.SHA1, 5, 30, 0),
	}
	if len(numbers) == 0 {
		return all
	}
	var chosen []account.Account
	for _, n := range numbers {
		chosen = append(chosen, all[n-1])
	}
	return chosen
}

// asPlainTOTP is what remains where a format stores no parameters.
func asPlainTOTP(accounts []account.Account) []account.Account {
	for i := range accounts {
		a := account.New(account.TOTP, accounts[i].Secret)
		a.Issuer, a.Name = accounts[i].Issuer, accounts[i].Name
		accounts[i] = a
	}
	return accounts
}

// line shows what an account computes, as text that tests compare.
func line(a account.Account) string {
	return fmt.Sprintf("%s %q %q %s %s %d %d %d pin=%s", a.Type, a.Issuer, a.Name, a.Secret.Base32(), a.Algorithm, a.Digits, a.Period, a.Counter, a.PIN.Bytes())
}

// checkAccounts wants exactly these accounts, in this order, and no error.
func checkAccounts(t *testing.T, r Result, want []account.Account) {
	t.Helper()
	for i := range max(len(r.Entries), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("entry %d too many: %s %v", i+1, line(r.Entries[i].Account), r.Entries[i].Err)
		case i >= len(r.Entries):
			t.Errorf("entry %d is missing: %s", i+1, line(want[i]))
		case r.Entries[i].Err != nil:
			t.Errorf("entry %d %q: %v", i+1, r.Entries[i].Label, r.Entries[i].Err)
		case line(r.Entries[i].Account) != line(want[i]):
			t.Errorf("entry %d\n got %s\nwant %s", i+1, line(r.Entries[i].Account), line(want[i]))
		}
	}
}

// mustRead detects and reads, and wants the app that is named.
func mustRead(t *testing.T, in Input, app string, o Options) Result {
	t.Helper()
	r, found, err := Read(context.Background(), in, "", o)
	if found.ID != app {
		t.Errorf("detected %q, want %q", found.ID, app)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkProperties is what every reader must keep for any input: an end, entries
// within the limit, and each of them a valid account or an error.
func checkProperties(t *testing.T, a App, in Input, o Options) {
	t.Helper()
	r, err := a.Read(context.Background(), in, o)
	if err != nil && len(r.Entries) > 0 {
		t.Errorf("%d entries beside the error %v", len(r.Entries), err)
	}
	if len(r.Entries) > MaxEntries {
		t.Errorf("%d entries", len(r.Entries))
	}
	for _, e := range r.Entries {
		if (e.Err == nil) != (e.Account.Validate() == nil) {
			t.Errorf("entry %d: error %v, account %v", e.Index, e.Err, e.Account.Validate())
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := a.Read(ended, in, o); err == nil && r.Protection != Plain {
		t.Errorf("an encrypted file was opened after the context had ended")
	}
}
