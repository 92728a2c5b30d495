package format

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

func thirtySeven() []account.Account {
	var list []account.Account
	for i := range 37 {
		a := acc(account.TOTP, "Issuer", fmt.Sprintf("user%d@example.com", i), "MFRGGZDFMZTWQ2LKNNWG23TP", account.SHA1, 6, 30, 0)
		if i%7 == 0 {
			a = acc(account.HOTP, "Counter", fmt.Sprintf("user%d", i), "MFRGGZDFMZTWQ2LKNNWG23TP", account.SHA512, 8, 0, uint64(i))
		}
		list = append(list, a)
	}
	return list
}

func TestGoogleBatchesOf37Accounts(t *testing.T) {
	accounts := thirtySeven()
	for perPage, pages := range map[int]int{10: 4, 9: 5, 7: 6, 6: 7, 5: 8, 1: 37} {
		texts, err := GoogleBatches(accounts, perPage, Options{Rand: seeded(3)})
		if err != nil || len(texts) != pages {
			t.Fatalf("%d in a page: %d pages, %v", perPage, len(texts), err)
		}
		var ids []int32
		for i, text := range texts {
			m, err := otpauth.ParseMigration(text)
			if err != nil || m.BatchIndex != i || m.BatchSize != pages || m.Version != 1 || m.BatchID <= 0 || len(m.Accounts) > perPage {
				t.Fatalf("page %d: index %d of %d, version %d, %d accounts, %v", i, m.BatchIndex, m.BatchSize, m.Version, len(m.Accounts), err)
			}
			ids = append(ids, m.BatchID)
		}
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("the pages of one export have different numbers: %v", ids)
		}
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		r := mustRead(t, Input{Data: []byte(strings.Join(texts, "\n"))}, "google-authenticator", Options{})
		if r.Incomplete || len(r.Notes) > 0 {
			t.Errorf("incomplete: %v", r.Notes)
		}
		checkAccounts(t, r, accounts)
	}
}

func TestGoogleExportWithPartsMissing(t *testing.T) {
	texts, err := GoogleBatches(thirtySeven(), 10, Options{Rand: seeded(3)})
	if err != nil {
		t.Fatal(err)
	}
	other, err := GoogleBatches(thirtySeven()[:3], 2, Options{Rand: seeded(4)})
	if err != nil {
		t.Fatal(err)
	}
	file := strings.Join([]string{"# comment", texts[2], other[1], "", texts[2], texts[0]}, "\r\n")
	r := mustRead(t, Input{Data: []byte(file)}, "google-authenticator", Options{})
	if !r.Incomplete || !slices.Equal(r.Notes, []string{"part 2 of 4 is missing", "part 4 of 4 is missing", "part 1 of 2 is missing"}) {
		t.Errorf("notes %q", r.Notes)
	}
	all := thirtySeven()
	checkAccounts(t, r, slices.Concat(all[:10], all[20:30], all[2:3]))
}

func TestGoogleBatchSizes(t *testing.T) {
	for _, n := range []int{-1, 0, 11} {
		if _, err := GoogleBatches(thirtySeven(), n, Options{Rand: seeded(1)}); err == nil {
			t.Errorf("%d accounts in a page were taken", n)
		}
	}
	if _, err := GoogleBatches(thirtySeven(), 5, Options{}); err == nil {
		t.Error("without randomness")
	}
	if texts, err := GoogleBatches(nil, 5, Options{Rand: seeded(1)}); err != nil || len(texts) != 0 {
		t.Errorf("no account: %d pages, %v", len(texts), err)
	}
}

func TestWhatGoogleCannotHold(t *testing.T) {
	app, _ := ByID("google-authenticator")
	for field, change := range map[string]func(*account.Account){
		"period":    func(a *account.Account) { a.Period = 60 },
		"digits":    func(a *account.Account) { a.Digits = 7 },
		"algorithm": func(a *account.Account) { a.Algorithm = account.SHA224 },
		"type":      func(a *account.Account) { *a = account.New(account.Steam, a.Secret) },
		"counter":   func(a *account.Account) { a.Type, a.Period, a.Counter = account.HOTP, 0, 1<<63 },
	} {
		a := thirtySeven()[1]
		if err := app.CanHold(a); err != nil {
			t.Fatal(err)
		}
		change(&a)
		if err := app.CanHold(a); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Accounts, a migration code and prose in one file: each is found.
func TestMixedText(t *testing.T) {
	texts, err := GoogleBatches(thirtySeven()[:1], 1, Options{Rand: seeded(3)})
	if err != nil {
		t.Fatal(err)
	}
	file := "My codes:\notpauth://totp/b:a?secret=" + oddSecret + "\n\"QR-Code:" + texts[0] + "\"\notpauth://totp/x?secret=!\n"
	r := mustRead(t, Input{Data: []byte(file)}, "google-authenticator", Options{})
	if len(r.Entries) != 3 || r.Entries[1].Err == nil {
		t.Fatalf("got %v", r.Entries)
	}
	if !slices.Equal(r.Notes, []string{"1 line without a link passed over"}) {
		t.Errorf("notes %q", r.Notes)
	}
}
