package vault

import (
	"context"
	"fmt"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

// acc makes a time-based account whose secret is made of a text.
func acc(issuer, name, secret string) account.Account {
	a := account.New(account.TOTP, account.NewSecret([]byte(secret)))
	a.Issuer, a.Name = issuer, name
	return a
}

func hotp(issuer, secret string, counter uint64) account.Account {
	a := account.New(account.HOTP, account.NewSecret([]byte(secret)))
	a.Issuer, a.Counter = issuer, counter
	return a
}

// filled returns a vault with accounts, and their ids in order.
func filled(t testing.TB, accounts ...account.Account) (*Vault, []string) {
	t.Helper()
	v := New(storetest.NewMemory())
	var ids []string
	update(t, v, "fill", func(d *Document) error {
		for _, a := range accounts {
			b, err := d.Add(a)
			if err != nil {
				return err
			}
			ids = append(ids, b.ID)
		}
		return nil
	})
	return v, ids
}

func update(t testing.TB, v *Vault, change string, f func(*Document) error) *Document {
	t.Helper()
	d, err := v.Update(context.Background(), change, f)
	if err != nil {
		t.Fatalf("Update(%s): %v", change, err)
	}
	return d
}

func load(t testing.TB, v *Vault) *Document {
	t.Helper()
	d, err := v.Load(context.Background())
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return d
}

// labels are what the tests compare: who is there, in which order.
func labels(d *Document) []string {
	var out []string
	for _, a := range d.Accounts() {
		out = append(out, a.Label())
	}
	return out
}

func many(n int) []account.Account {
	out := make([]account.Account, n)
	for i := range out {
		out[i] = acc(fmt.Sprintf("Site %d", i), fmt.Sprintf("user%d@example.com", i), fmt.Sprintf("secret-of-site-%05d", i))
	}
	return out
}
