package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
)

type listOptions struct {
	query    []string
	long     bool
	json     bool
	all      bool
	archived bool
	trashed  bool
}

func newList(app *App) *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use:     "list [QUERY...]",
		Aliases: []string{"ls"},
		Short:   "Show the accounts, never their secrets",
		Long: `Show the accounts, never their secrets. What is archived or in the bin, here or in
the app it came from, is shown with --all, and marked. jangle edit NAME --archive
puts an account away, --restore brings it back.`,
		ValidArgsFunction: app.completeAccounts,
		Annotations:       map[string]string{answersAtOnce: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runList(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.long, "long", "l", false, "ids, parameters, groups and notes too")
	f.BoolVar(&o.json, "json", false, "a JSON array of all that is known but the secrets")
	f.BoolVarP(&o.all, "all", "a", false, "what is archived or in the bin too")
	f.BoolVar(&o.archived, "archived", false, "only what is archived")
	f.BoolVar(&o.trashed, "trashed", false, "only what is in the bin")
	return cmd
}

func runList(ctx context.Context, app *App, o listOptions) error {
	app.global.json = o.json
	if o.all && (o.archived || o.trashed) || o.archived && o.trashed {
		return usage("jangle list --all", "--all, --archived and --trashed exclude each other")
	}
	if err := app.needsOutput(); err != nil {
		return err
	}
	doc, err := app.loadToShow(ctx)
	if err != nil {
		return err
	}
	accounts, err := o.find(doc)
	if err != nil {
		return err
	}
	if o.json {
		err = app.answerJSON(accountsJSON(accounts))
	} else {
		app.printList(doc, accounts, o)
	}
	if err == nil && len(doc.Damaged()) > 0 {
		return errIncomplete
	}
	return err
}

// find returns the live accounts that the query fits or, with --all, --archived or
// --trashed, those of the states that were asked for.
func (o listOptions) find(doc *vault.Document) ([]account.Account, error) {
	if !o.all && !o.archived && !o.trashed {
		return matching(doc, o.query)
	}
	accounts := slices.DeleteFunc(doc.Accounts(), func(a account.Account) bool {
		return o.archived && a.State() != account.Archived || o.trashed && a.State() != account.Trashed
	})
	named := func(i int) account.Account { // of one state: all of them are asked for
		return account.Account{ID: accounts[i].ID, Issuer: accounts[i].Issuer, Name: accounts[i].Name}
	}
	var found []account.Account
	for _, i := range account.MatchEach(len(accounts), named, o.query...) {
		found = append(found, accounts[i])
	}
	if len(found) == 0 && len(o.query) > 0 {
		return nil, noSuchAccount(o.query)
	}
	return found, nil
}

// loadToShow loads the document; before the first account there is an empty one.
func (app *App) loadToShow(ctx context.Context) (*vault.Document, error) {
	v, err := app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) && none.keyring == nil {
		return vault.NewDocument(), nil
	}
	if err != nil {
		return nil, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return nil, err
	}
	app.warnDamaged(doc)
	return doc, nil
}

func (app *App) printList(doc *vault.Document, accounts []account.Account, o listOptions) {
	switch {
	case len(accounts) > 0:
	case o.archived || o.trashed:
		app.tell("nothing is there\n")
		return
	case len(doc.Accounts()) > 0:
		app.tell("%s; jangle list --all\n", census(doc))
		return
	default:
		app.tell("no accounts yet. To add the first: jangle import FILE, or jangle add\n")
		return
	}
	rows := make([][]string, len(accounts))
	for i, a := range accounts {
		rows[i] = listRow(a, o.long)
	}
	app.printTable(rows)
	app.tellUnproven(doc)
}

func listRow(a account.Account, long bool) []string {
	name := a.Label()
	if a.Favourite {
		name += " *"
	}
	if !long {
		return []string{name, kindNote(a)}
	}
	what := parameters(a)
	if a.State() != account.Live {
		what += ", " + string(a.State())
	}
	return []string{a.ID, name, what, strings.Join(append(append([]string{}, a.Groups...), a.Tags...), ", "), firstLineOf(a.Note)}
}

// census counts the accounts for people: "12 accounts, 2 more archived or in the bin".
func census(doc *vault.Document) string {
	live, _ := doc.Find()
	s := plural(len(live), "account")
	if away := len(doc.Accounts()) - len(live); away > 0 {
		s += fmt.Sprintf(", %d more archived or in the bin", away)
	}
	return s
}

// tellState says that an account which was named exactly is not in use.
func (app *App) tellState(a account.Account) {
	if a.State() != account.Live {
		app.tell("%s is %s; to use it again: jangle edit %s --restore\n", oneLine(a.Label()), string(a.State()), a.ID)
	}
}

// kindNote is empty for the kind that nearly every account is.
func kindNote(a account.Account) string {
	switch {
	case a.State() != account.Live:
		return string(a.State())
	case a.Type == account.TOTP:
		return ""
	case a.Type == account.HOTP:
		return "counter-based"
	}
	return string(a.Type)
}

func parameters(a account.Account) string {
	p := []string{string(a.Type), string(a.Algorithm), itoa(a.Digits) + " digits"}
	if a.Type == account.HOTP {
		return strings.Join(append(p, "counter "+utoa(a.Counter)), " ")
	}
	return strings.Join(append(p, itoa(a.Period)+" s"), " ")
}

func firstLineOf(s string) string {
	l, _, more := strings.Cut(s, "\n")
	if more {
		return l + " …"
	}
	return l
}

// printTable aligns columns by the cells that a terminal uses, so that Japanese
// names stand in line.
func (app *App) printTable(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], term.Width(term.Safe(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(term.Pad(term.Safe(cell), widths[i]+2))
		}
		app.answer("%s\n", strings.TrimRight(line.String(), " "))
	}
}

// accountJSON is the stable form of an account for scripts; it has no secret.
type accountJSON struct {
	ID        string            `json:"id"`
	Issuer    string            `json:"issuer"`
	Account   string            `json:"account"`
	Type      account.Type      `json:"type"`
	Algorithm account.Algorithm `json:"algorithm"`
	Digits    int               `json:"digits"`
	Period    int               `json:"period"`
	Counter   uint64            `json:"counter"`
	Groups    []string          `json:"groups"`
	Tags      []string          `json:"tags"`
	Note      string            `json:"note"`
	Favourite bool              `json:"favourite"`
	Archived  bool              `json:"archived"`
	Trashed   bool              `json:"trashed"`
	Created   *time.Time        `json:"created"`
}

func accountsJSON(accounts []account.Account) []accountJSON {
	out := make([]accountJSON, len(accounts))
	for i, a := range accounts {
		out[i] = newAccountJSON(a)
	}
	return out
}

func newAccountJSON(a account.Account) accountJSON {
	j := accountJSON{
		ID: a.ID, Issuer: a.Issuer, Account: a.Name, Type: a.Type, Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter,
		Groups: append([]string{}, a.Groups...), Tags: append([]string{}, a.Tags...),
		Note: a.Note, Favourite: a.Favourite, Archived: a.Archived, Trashed: a.Trashed,
	}
	if a.Created != 0 {
		t := time.UnixMilli(a.Created).UTC()
		j.Created = &t
	}
	return j
}

// tellUnproven says quietly, and to people only, that a backup is due.
func (app *App) tellUnproven(doc *vault.Document) {
	if !app.ErrIsTerminal {
		return
	}
	if n := len(doc.Unproven()); n > 0 {
		app.tell("%s in no verified backup; to make one: jangle backup FILE\n", plural2(n, "account is", "accounts are"))
	}
}
