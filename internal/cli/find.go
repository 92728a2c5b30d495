package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

// source is where a command finds its accounts: the vault, or a backup.
type source struct {
	app    *App
	vault  *vault.Vault    // nil where there is none yet, and for a backup: nothing can be counted up
	none   *noStoreError   // why there is none yet
	doc    *vault.Document // of the vault, nil for a backup
	backup []account.Account
}

// openOne opens the vault and finds the one account that a query fits. Where it is to be
// used, and not changed, it says if it was put away.
func (app *App) openOne(ctx context.Context, m mode, query []string) (source, account.Account, error) {
	s, err := app.open(ctx, m)
	if err != nil {
		return s, account.Account{}, err
	}
	a, err := s.one(query)
	if err == nil && m == toRead {
		app.tellState(a)
	}
	return s, a, err
}

// noAccountsYet turns the lack of a store into the status for "no such account":
// a person who asks for a code before adding one has no account.
func (app *App) noAccountsYet(err error) error {
	none, ok := err.(*noStoreError)
	if !ok {
		return err
	}
	if none.keyring != nil {
		return failure.Of(
			fmt.Errorf("there are no accounts here, and no keyring can be reached: %s", keyringReason(none.keyring)),
			"jangle doctor says what is missing\njangle import --no-passphrase FILE, or --store-passphrase-file: keeps accounts in a file", ExitLocked)
	}
	return failure.Of(none, "jangle import FILE reads a QR picture or another app's export; jangle add asks for a secret", ExitNoAccount)
}

// find returns what a query fits best. A vault decodes only that.
func (s source) find(query []string) (found []account.Account, damaged []vault.Damaged) {
	if s.doc != nil {
		return s.doc.Find(query...)
	}
	for _, i := range account.Match(s.backup, query...) {
		found = append(found, s.backup[i])
	}
	return found, nil
}

// one returns the one account that a query fits. It never picks: no account is
// status 3, several are status 4 with their ids, because two names may look the
// same, and a record that cannot be read says so.
func (s source) one(query []string) (account.Account, error) {
	if strings.TrimSpace(strings.Join(query, "")) == "" { // a script's variable that was not set
		return account.Account{}, usage("jangle list shows all accounts", "the name of the account is empty")
	}
	found, damaged := s.find(query)
	switch {
	case len(found) == 1 && len(damaged) == 0:
		return found[0], nil
	case len(found) == 0 && len(damaged) > 0:
		return account.Account{}, damagedAccount(damaged[0])
	case len(found) == 0:
		return account.Account{}, s.noSuchAccount(query)
	}
	const most = 12
	lines := make([]string, 0, most+1)
	for i, a := range found {
		if i == most {
			lines = append(lines, text.T("… and %d more", len(found)-most))
			break
		}
		line := a.ID + "  " + oneLine(a.Label())
		if a.State() != account.Live {
			line += ", " + string(a.State())
		}
		lines = append(lines, line)
	}
	return account.Account{}, &severalError{found, failure.New(ExitAmbiguous, "type more of the name, or the id: "+s.app.withQuery(query, found[0].ID),
		"%q fits %s:\n%s", strings.Join(query, " "), plural(len(found), "account"), strings.Join(lines, "\n"))}
}

// severalError carries what a query fits, for --json.
type severalError struct {
	candidates []account.Account
	error
}

func (e *severalError) Unwrap() error { return e.error }

func (s source) noSuchAccount(query []string) error {
	if s.doc == nil {
		return failure.New(ExitNoAccount, "what is in it: "+s.app.withQuery(query, "--all"), "no account in the backup fits %q", strings.Join(query, " "))
	}
	return failure.New(ExitNoAccount, "jangle list shows all accounts, jangle list --all what is archived or in the bin too",
		"no account fits %q", strings.Join(query, " "))
}

func damagedAccount(d vault.Damaged) error {
	return failed("jangle restore FILE brings it back from a backup; jangle doctor looks at the whole vault",
		"the entry %q cannot be used: %s", oneLine(d.Label), d.Reason)
}

func goneMeanwhile(id string) error {
	return failure.New(ExitNoAccount, "jangle list", "the account %s was removed in the meantime", id)
}

// states say which accounts a list is of, where not of those in use.
type states struct {
	all, archived, trashed bool
}

// matching returns the accounts in use that a query fits best or, with states, those of
// the states; ranked for a list, none is an error.
func (s source) matching(query []string, of states) ([]account.Account, error) {
	found, _ := s.find(query)
	if of.all || of.archived || of.trashed {
		found = nil
		accounts := slices.DeleteFunc(s.doc.Accounts(), func(a account.Account) bool {
			return of.archived && a.State() != account.Archived || of.trashed && a.State() != account.Trashed
		})
		live := func(i int) account.Account { // of one state: all of them are asked for
			a := accounts[i]
			a.Archived, a.Trashed = false, false
			return a
		}
		for _, i := range account.MatchEach(len(accounts), live, live, query...) {
			found = append(found, accounts[i])
		}
	}
	if len(found) == 0 && len(query) > 0 {
		return nil, s.noSuchAccount(query)
	}
	ranked := make([]account.Account, len(found))
	for place, i := range account.Ranked(found, query...) {
		ranked[place] = found[i]
	}
	return ranked, nil
}

// noneInUse is the error of a command for accounts in use where all were put away;
// nil if that is not so.
func (s source) noneInUse() error {
	if s.doc == nil || len(s.doc.Accounts()) == 0 {
		return nil
	}
	if live, _ := s.doc.Find(); len(live) > 0 {
		return nil
	}
	return failure.New(ExitNoAccount, "jangle list --all", "all accounts are archived or in the bin")
}

// carriesCounters refuses to hand on counters that may have been used already.
func (s source) carriesCounters(accounts []account.Account) error {
	if slices.ContainsFunc(accounts, func(a account.Account) bool { return a.Type == account.HOTP }) {
		return s.doc.Doubt()
	}
	return nil
}
