package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type listOptions struct {
	app *App
	states
	long bool
}

func newList(app *App) *cobra.Command {
	o := &listOptions{app: app}
	cmd := &cobra.Command{
		Use:     "list [QUERY...]",
		Aliases: []string{"ls"},
		Short:   "Show the accounts, never their secrets",
		Long: `Show the accounts, never their secrets. What is archived or in the bin, here or in
the app it came from, is shown with --all, and marked. jangle edit NAME --archive
puts an account away, --restore brings it back.`,
		ValidArgsFunction: app.completeAccounts,
		Annotations:       map[string]string{answersAtOnce: ""},
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.BoolVarP(&o.long, "long", "l", false, "ids, parameters, groups, tags, aliases and notes too")
	f.BoolVar(&app.global.json, "json", false, "a JSON array of all that is known but the secrets")
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
	if err := app.needsOutput(); err != nil {
		return err
	}
	s, err := app.load(cmd.Context())
	if none := (*noStoreError)(nil); errors.As(err, &none) { // before the first account
		s.doc, err = vault.NewDocument(), nil
	}
	if err != nil {
		return err
	}
	app.warnDamaged(s.doc)
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
	rows := make([][]string, len(accounts))
	for i, a := range accounts {
		name := a.Label()
		if a.Favourite {
			name += " *"
		}
		if !o.long {
			kind := string(a.Type)
			switch {
			case a.State() != account.Live:
				kind = string(a.State())
			case a.Type == account.TOTP: // as nearly every account is
				kind = ""
			case a.Type == account.HOTP:
				kind = "counter-based"
			}
			rows[i] = []string{name, kind}
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
