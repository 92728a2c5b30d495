package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
)

type editOptions struct {
	query     []string
	issuer    string
	name      string
	note      string
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
	var o editOptions
	cmd := &cobra.Command{
		Use:   "edit QUERY...",
		Short: "Change an account's name, group, tags, note, order or parameters; archive it",
		Long: `Change the one account that QUERY fits. What no flag names stays. Without any flag
it asks for the issuer and the account.

An account that was put away with --archive, or that came from another app's archive
or bin, is kept with its secret, and every backup has it. jangle list --all shows it;
its whole name or its id still finds it.`,
		Example: `  jangle edit github --issuer "GitHub work"
  jangle edit bank --group Money --tag shared --favourite
  jangle edit vpn --order 1
  jangle edit oldbank --archive
  jangle edit vpn --digits 8`,
		Args:              minArgs(1, "the name of an account"),
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runEdit(cmd.Context(), app, cmd.LocalFlags(), o)
		},
	}
	o.register(cmd.Flags())
	return cmd
}

func (o *editOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.issuer, "issuer", "", "who asks for the code")
	f.StringVar(&o.name, "account", "", "your name there")
	f.StringVar(&o.note, "note", "", "a note; empty removes it")
	f.Var((*texts)(&o.groups), "group", "put it into this group, more than once for several; empty removes them")
	f.Var((*texts)(&o.tags), "tag", "give it this tag, more than once for several; empty removes them")
	f.BoolVar(&o.favourite, "favourite", false, "show it first (--favourite=false: not any more)")
	f.BoolVar(&o.archive, "archive", false, "put it away: not listed, shown, offered or exported any more")
	f.BoolVar(&o.restore, "restore", false, "bring it back from the archive or the bin")
	f.IntVar(&o.order, "order", 0, "its place in the list, from 1")
	f.BoolVar(&o.forget, "forget-handed-out", false, "let codes that --once, exec and askpass handed out come again, after the clock was wrong")
	o.params.register(f)
	_ = f.MarkHidden("type")
}

func runEdit(ctx context.Context, app *App, f *pflag.FlagSet, o editOptions) error {
	if f.Changed("type") {
		return usage("jangle remove, then jangle add --type", "the type of an account cannot be changed")
	}
	if o.archive && o.restore {
		return usage("jangle edit NAME --restore", "--archive and --restore exclude each other")
	}
	v, a, err := app.openOne(ctx, o.query)
	if err != nil {
		return err
	}
	if !anyChanged(f) {
		if err := app.askEdit(ctx, f, &o, a); err != nil {
			return err
		}
	}
	if o.forget {
		return app.forgetHandedOut(ctx, v, f, a)
	}
	var edited account.Account
	what := "edit "
	switch {
	case o.archive:
		what = "archive "
	case o.restore:
		what = "bring back "
	}
	_, err = v.Update(ctx, what+a.Label(), func(doc *vault.Document) error {
		edited, err = o.edit(f, doc, a.ID)
		return err
	})
	if err != nil {
		return err
	}
	app.answer("changed  %s\n", oneLine(edited.Label()))
	app.tellState(edited)
	return nil
}

// forgetHandedOut is no change of the account that could be undone, so it goes
// with no other.
func (app *App) forgetHandedOut(ctx context.Context, v *vault.Vault, f *pflag.FlagSet, a account.Account) error {
	others := false
	f.VisitAll(func(one *pflag.Flag) { others = others || one.Changed && one.Name != "forget-handed-out" })
	if others {
		return usage("jangle edit "+a.ID+" --forget-handed-out", "--forget-handed-out goes with no other flag")
	}
	_, err := v.Update(ctx, "", func(doc *vault.Document) error { return doc.ForgetHandedOut(a.ID) })
	if err != nil {
		return err
	}
	app.answer("forgotten  which codes of %s were handed out\n", oneLine(a.Label()))
	return nil
}

func anyChanged(f *pflag.FlagSet) bool {
	changed := false
	f.VisitAll(func(one *pflag.Flag) { changed = changed || one.Changed })
	return changed
}

// edit changes the account in the document.
func (o *editOptions) edit(f *pflag.FlagSet, doc *vault.Document, id string) (account.Account, error) {
	a, err := doc.ByID(id)
	if err != nil {
		return a, goneMeanwhile(id)
	}
	o.set(f, &a)
	if err := o.params.apply(f, &a); err != nil {
		return a, err
	}
	if a.Issuer == "" && a.Name == "" {
		return a, usage("--issuer NAME", "an account needs an issuer or a name")
	}
	if err := a.Validate(); err != nil {
		return a, fmt.Errorf("nothing was changed: %w", err)
	}
	if err := doc.Replace(id, a); err != nil {
		return a, err
	}
	if f.Changed("order") {
		if o.order < 1 || o.order > doc.Len() {
			return a, usage("--order 1", "--order: %d is not between 1 and %d", o.order, doc.Len())
		}
		return a, doc.Move(id, o.order-1)
	}
	return a, nil
}

func (o *editOptions) set(f *pflag.FlagSet, a *account.Account) {
	for name, change := range map[string]func(){
		"issuer":    func() { a.Issuer = strings.TrimSpace(o.issuer) },
		"account":   func() { a.Name = strings.TrimSpace(o.name) },
		"note":      func() { a.Note = o.note },
		"group":     func() { a.Groups = withoutEmpty(o.groups) },
		"tag":       func() { a.Tags = withoutEmpty(o.tags) },
		"favourite": func() { a.Favourite = o.favourite },
		"archive":   func() { a.Archived, a.Trashed = o.archive, a.Trashed && !o.archive },
		"restore":   func() { a.Archived, a.Trashed = a.Archived && !o.restore, a.Trashed && !o.restore },
	} {
		if f.Changed(name) {
			change()
		}
	}
}

func withoutEmpty(in []string) []string {
	return slices.DeleteFunc(slices.Clone(in), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// askEdit asks for the names when no flag said what to change; enter keeps.
func (app *App) askEdit(ctx context.Context, f *pflag.FlagSet, o *editOptions, a account.Account) error {
	t, err := app.terminal()
	if err != nil {
		return usage("jangle edit --help", "nothing to change was given")
	}
	defer t.Close()
	for _, q := range []struct{ flag, prompt, now string }{
		{"issuer", "issuer", a.Issuer}, {"account", "account", a.Name},
	} {
		answer, err := t.ReadLine(ctx, fmt.Sprintf("%s [%s]: ", q.prompt, safeArg(q.now)))
		if err != nil {
			return err
		}
		if answer = strings.TrimSpace(answer); answer != "" {
			if err := f.Set(q.flag, answer); err != nil {
				return err
			}
		}
	}
	if !anyChanged(f) {
		return failed("", "nothing was changed")
	}
	return nil
}
