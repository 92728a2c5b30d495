package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type editOptions struct {
	app       *App
	issuer    string
	name      string
	note      string
	aliases   []string
	groups    []string
	tags      []string
	favourite bool
	order     int
	forget    bool
	archive   bool
	restore   bool
	params    parameterFlags
}

func newEdit(app *App) *cobra.Command {
	o := &editOptions{app: app}
	cmd := &cobra.Command{
		Use:   "edit QUERY...",
		Short: "Change an account's name, aliases, group, tags, note, order or parameters; archive it",
		Example: `  jangle edit github --issuer "GitHub work"
  jangle edit bank --group Money --tag shared --favourite
  jangle edit 楽天 --alias rakuten
  jangle edit vpn --order 1
  jangle edit oldbank --archive
  jangle edit vpn --digits 8`,
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "who asks for the code")
	f.StringVar(&o.name, "account", "", "your name there")
	f.StringVar(&o.note, "note", "", "a note; empty removes it")
	f.Var(texts(&o.aliases), "alias", "another name that finds it, more than once for several; empty removes them")
	f.Var(texts(&o.groups), "group", "put it into this group, more than once for several; empty removes them")
	f.Var(texts(&o.tags), "tag", "give it this tag, more than once for several; empty removes them")
	f.BoolVar(&o.favourite, "favourite", false, "show it first (--favourite=false: not any more)")
	f.BoolVar(&o.archive, "archive", false, "put it away: not listed, shown, offered or exported any more")
	f.BoolVar(&o.restore, "restore", false, "bring it back from the archive or the bin")
	f.IntVar(&o.order, "order", 0, "its place in the list, from 1")
	f.BoolVar(&o.forget, "forget-handed-out", false, "let codes that --once, exec and askpass handed out come again, after the clock was wrong")
	o.params.register(f)
	_ = f.MarkHidden("type")
	return cmd
}

func (o *editOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app, f := cmd.Context(), o.app, cmd.LocalFlags()
	switch {
	case f.Changed("type"):
		return usage("jangle remove, then jangle add --type", "the type of an account cannot be changed")
	case o.archive && o.restore:
		return usage("jangle edit NAME --restore", "--archive and --restore exclude each other")
	}
	s, a, err := app.openOne(ctx, toChange, query)
	if err != nil {
		return err
	}
	if len(changed(f)) == 0 {
		if err := o.ask(ctx, f, a); err != nil {
			return err
		}
	}
	if o.forget { // no change that could be undone, so it goes with no other
		if len(changed(f)) > 1 {
			return usage("jangle edit "+a.ID+" --forget-handed-out", "--forget-handed-out goes with no other flag")
		}
		if _, err := s.vault.Update(ctx, "", func(doc *vault.Document) error { return doc.ForgetHandedOut(a.ID) }); err != nil {
			return err
		}
		app.answer("forgotten  which codes of %s were handed out\n", oneLine(a.Label()))
		return nil
	}
	what := "edit "
	switch {
	case o.archive:
		what = "archive "
	case o.restore:
		what = "bring back "
	}
	_, err = s.vault.Update(ctx, what+a.Label(), func(doc *vault.Document) error {
		now, err := doc.ByID(a.ID)
		if err != nil {
			return goneMeanwhile(a.ID)
		}
		a = now
		return o.edit(f, doc, &a)
	})
	if err != nil {
		return err
	}
	app.answer("changed  %s\n", oneLine(a.Label()))
	app.tellState(a)
	return nil
}

// changed are the flags that were given.
func changed(f *pflag.FlagSet) []string {
	var names []string
	f.VisitAll(func(one *pflag.Flag) {
		if one.Changed {
			names = append(names, one.Name)
		}
	})
	return names
}

// edit changes what flags name, and puts the account in its place in the document.
func (o *editOptions) edit(f *pflag.FlagSet, doc *vault.Document, a *account.Account) error {
	withoutEmpty := func(in []string) []string {
		return slices.DeleteFunc(slices.Clone(in), func(s string) bool { return strings.TrimSpace(s) == "" })
	}
	for _, name := range changed(f) {
		switch name {
		case "issuer":
			a.Issuer = strings.TrimSpace(o.issuer)
		case "account":
			a.Name = strings.TrimSpace(o.name)
		case "note":
			a.Note = o.note
		case "alias":
			a.Aliases = withoutEmpty(o.aliases)
		case "group":
			a.Groups = withoutEmpty(o.groups)
		case "tag":
			a.Tags = withoutEmpty(o.tags)
		case "favourite":
			a.Favourite = o.favourite
		case "archive":
			a.Archived, a.Trashed = o.archive, a.Trashed && !o.archive
		case "restore":
			a.Archived, a.Trashed = a.Archived && !o.restore, a.Trashed && !o.restore
		}
	}
	if err := o.params.apply(f, a); err != nil {
		return err
	}
	if a.Issuer == "" && a.Name == "" {
		return usage("--issuer NAME", "an account needs an issuer or a name")
	}
	if err := a.Validate(); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := doc.Replace(a.ID, *a); err != nil {
		return err
	}
	if f.Changed("order") {
		if o.order < 1 || o.order > doc.Len() {
			return usage("--order 1", "--order: %d is not between 1 and %d", o.order, doc.Len())
		}
		return doc.Move(a.ID, o.order-1)
	}
	return nil
}

// ask asks for the names when no flag said what to change; enter keeps.
func (o *editOptions) ask(ctx context.Context, f *pflag.FlagSet, a account.Account) error {
	defer o.app.person.Hold()()
	for _, q := range []struct{ flag, prompt, now string }{
		{"issuer", "issuer", a.Issuer}, {"account", "account", a.Name},
	} {
		answer, err := o.app.person.Line(ctx, text.T("%s [%s]: ", q.prompt, term.Safe(q.now)),
			usage("jangle edit --help", "nothing to change was given"))
		if err != nil {
			return err
		}
		if answer != "" {
			if err := f.Set(q.flag, answer); err != nil {
				return err
			}
		}
	}
	if len(changed(f)) == 0 {
		return failed("", "nothing was changed")
	}
	return nil
}
