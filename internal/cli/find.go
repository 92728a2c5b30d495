package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/vault"
)

// openOne opens the vault and returns it with the one account that a query fits.
func (app *App) openOne(ctx context.Context, query []string) (*vault.Vault, account.Account, error) {
	v, err := app.openVault(ctx)
	if err != nil {
		return nil, account.Account{}, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return nil, account.Account{}, err
	}
	a, err := findOne(doc, query)
	if err == nil {
		err = carriesCounters(doc, []account.Account{a})
	}
	return v, a, err
}

// findOne returns the one account of the vault that a query fits.
func findOne(doc *vault.Document, query []string) (account.Account, error) {
	if err := checkQuery(query); err != nil {
		return account.Account{}, err
	}
	found, damaged := doc.Find(query...)
	return onlyOne(found, damaged, query)
}

// checkQuery refuses an empty name: it is a script's variable that was not set,
// and would fit whatever account is the only one.
func checkQuery(query []string) error {
	if strings.TrimSpace(strings.Join(query, "")) == "" {
		return usage("jangle list shows all accounts", "the name of the account is empty")
	}
	return nil
}

// onlyOne never picks: no account is status 3, several are status 4 with their
// ids, and a record that cannot be read says so.
func onlyOne(found []account.Account, damaged []vault.Damaged, query []string) (account.Account, error) {
	switch {
	case len(found) == 1 && len(damaged) == 0:
		return found[0], nil
	case len(found) > 0:
		return account.Account{}, ambiguous(found, query)
	case len(damaged) > 0:
		return account.Account{}, damagedAccount(damaged[0])
	}
	return account.Account{}, noSuchAccount(query)
}

func noSuchAccount(query []string) error {
	return failure.Of(fmt.Errorf("no account fits %q", strings.Join(query, " ")),
		"jangle list shows all accounts, jangle list --all what is archived or in the bin too", ExitNoAccount)
}

func damagedAccount(d vault.Damaged) error {
	return failed("jangle restore FILE brings it back from a backup; jangle doctor looks at the whole vault",
		"the entry %q cannot be used: %s", oneLine(d.Label), d.Reason)
}

// ambiguous lists the candidates with ids, because two names may look the same.
func ambiguous(found []account.Account, query []string) error {
	const most = 12
	lines := make([]string, 0, most+1)
	for i, a := range found {
		if i == most {
			lines = append(lines, fmt.Sprintf("… and %d more", len(found)-most))
			break
		}
		line := a.ID + "  " + oneLine(a.Label())
		if a.State() != account.Live {
			line += ", " + string(a.State())
		}
		lines = append(lines, line)
	}
	return failure.Of(
		fmt.Errorf("%q fits %s:\n%s", strings.Join(query, " "), plural(len(found), "account"), strings.Join(lines, "\n")),
		"type more of the name, or the id: jangle code "+found[0].ID, ExitAmbiguous)
}

// oneLine keeps a name with line breaks from looking like several candidates.
func oneLine(s string) string { return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(s) }

// noneInUse is the error of a command for live accounts where all were put away;
// nil if that is not so.
func noneInUse(doc *vault.Document) error {
	if live, _ := doc.Find(); len(live) > 0 || len(doc.Accounts()) == 0 {
		return nil
	}
	return failure.Of(errors.New("all accounts are archived or in the bin"), "jangle list --all", ExitNoAccount)
}

// matching returns the accounts that a query fits, in order; none is an error.
func matching(doc *vault.Document, query []string) ([]account.Account, error) {
	found, _ := doc.Find(query...)
	if len(found) == 0 && len(query) > 0 {
		return nil, noSuchAccount(query)
	}
	return found, nil
}

// carriesCounters refuses to hand on counters that may have been used already.
func carriesCounters(doc *vault.Document, accounts []account.Account) error {
	if slices.ContainsFunc(accounts, func(a account.Account) bool { return a.Type == account.HOTP }) {
		return doc.Doubt()
	}
	return nil
}
