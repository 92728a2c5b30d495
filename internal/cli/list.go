package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type listOptions struct {
	app *App
	states
	long   bool
	format string
}

func newList(app *App) *cobra.Command {
	o := &listOptions{app: app}
	cmd := &cobra.Command{
		Use:     "list [QUERY...]",
		Aliases: []string{"ls"},
		Short:   "Show the accounts, never their secrets",
		Example: `  jangle list '#shared'
  jangle list --format '{{.ID}} {{.Issuer}} {{join .Groups ","}}'
  jangle code "$(jangle list | fzf)"`,
		ValidArgsFunction: app.completeAccounts,
		Annotations:       map[string]string{answersAtOnce: ""},
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.BoolVarP(&o.long, "long", "l", false, "ids, parameters, groups, tags, aliases and notes too")
	f.BoolVar(&app.global.json, "json", false, "a JSON array of all that is known but the secrets")
	f.StringVar(&o.format, "format", "", "a Go template for each account over ID, Issuer, Account, Label, Type, Groups, Tags, State …")
	f.BoolVarP(&o.all, "all", "a", false, "what is archived or in the bin too")
	f.BoolVar(&o.archived, "archived", false, "only what is archived")
	f.BoolVar(&o.trashed, "trashed", false, "only what is in the bin")
	return cmd
}

func (o *listOptions) run(cmd *cobra.Command, query []string) error {
	app := o.app
	if o.all && (o.archived || o.trashed) || o.archived && o.trashed {
		return usage("jangle list --all", "--all, --archived and --trashed exclude each other")
	}
	if app.global.json && o.format != "" {
		return usage("jangle list --help", "--json and --format exclude each other")
	}
	if _, err := o.formatted(account.Account{}); err != nil {
		return err
	}
	if err := app.needsOutput(); err != nil {
		return err
	}
	s, err := app.open(cmd.Context(), toList)
	if s.none != nil && s.none.keyring == nil { // before the first account
		s.doc, err = vault.NewDocument(), nil
	}
	if err != nil {
		return err
	}
	accounts, err := s.matching(query, o.states)
	if err != nil {
		return err
	}
	if err := app.print(accountsJSON(accounts), func() { o.print(s.doc, accounts) }); err != nil {
		return err
	}
	if len(s.doc.Damaged()) > 0 {
		return errIncomplete
	}
	return nil
}

// print writes a line for each account, and says where the others are.
func (o *listOptions) print(doc *vault.Document, accounts []account.Account) {
	switch {
	case len(accounts) > 0:
	case o.archived || o.trashed:
		o.app.tell("nothing is there\n")
		return
	case len(doc.Accounts()) > 0:
		o.app.tell("%s; jangle list --all\n", census(doc))
		return
	default:
		o.app.tell("no accounts yet. To add the first: jangle import FILE, or jangle add\n")
		return
	}
	if o.format != "" || !o.long && !o.app.OutIsTerminal {
		o.printLines(doc, accounts)
		return
	}
	rows := make([][]string, len(accounts))
	for i, a := range accounts {
		name := a.Label()
		if a.Favourite {
			name += " *"
		}
		if !o.long {
			rows[i] = []string{name, kindNote(a)}
			continue
		}
		what := text.T("%s %s %d digits ", a.Type, a.Algorithm, a.Digits)
		if a.Type == account.HOTP {
			what += text.T("counter %d", a.Counter)
		} else {
			what += text.T("%d s", a.Period)
		}
		if a.State() != account.Live {
			what += ", " + string(a.State())
		}
		note, _, more := strings.Cut(a.Note, "\n")
		if more {
			note += " …"
		}
		labels := slices.Concat(a.Groups, a.Tags)
		for _, alias := range a.Aliases {
			labels = append(labels, "alias "+alias)
		}
		rows[i] = []string{a.ID, name, what, strings.Join(labels, ", "), note}
	}
	o.app.printTable(rows)
	if n := len(doc.Unproven()); n > 0 && o.app.ErrIsTerminal { // to people only
		o.app.tell("%s in no verified backup; to make one: jangle backup FILE\n", plural2(n, "account is", "accounts are"))
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

// printLines prints what a script takes apart, or gives to another command as a query.
func (o *listOptions) printLines(doc *vault.Document, accounts []account.Account) {
	all := doc.Accounts()
	for _, d := range doc.Damaged() { // they are found, too
		all = append(all, account.Account{ID: d.ID, Issuer: d.Label})
	}
	namesOne := account.NamesOne(all)
	for _, a := range accounts {
		if o.format != "" {
			line, _ := o.formatted(a)
			o.app.answer("%s\n", strings.TrimSuffix(line, "\n"))
			continue
		}
		name, kind := term.Safe(oneLine(a.Label())), kindNote(a)
		if kind != "" || strings.HasPrefix(name, "-") || account.Fold(name) != account.Fold(a.Label()) || !namesOne(name) {
			name = strings.TrimSpace(a.ID + "  " + name + "  " + kind)
		}
		o.app.answer("%s\n", name)
	}
}

// templateAccount is what --format sees: the fields of jangle code --format but for the
// code and its time, and what the person noted.
type templateAccount struct {
	ID, Issuer, Account, Label, Type, Algorithm string
	Digits, Period                              int
	Counter                                     uint64
	Aliases, Groups, Tags                       []string
	Note                                        string
	Favourite                                   bool
	State                                       string
}

func (o *listOptions) formatted(a account.Account) (string, error) {
	return applyFormat(`jangle list --format '{{.ID}} {{.Issuer}}'`, o.format, templateAccount{
		ID: a.ID, Issuer: a.Issuer, Account: a.Name, Label: a.Label(), Type: string(a.Type), Algorithm: string(a.Algorithm),
		Digits: a.Digits, Period: a.Period, Counter: a.Counter, Aliases: a.Aliases, Groups: a.Groups, Tags: a.Tags,
		Note: a.Note, Favourite: a.Favourite, State: string(a.State()),
	})
}
