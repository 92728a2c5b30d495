package cli

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/vault"
)

// direction is what undo and redo differ in.
type direction struct {
	name, other string // of the command, and of the one that takes it back
	done        string
	step        func(*vault.Document) (vault.Effect, error)
}

type undoOptions struct {
	list, json, yes bool
}

func newUndo(app *App) *cobra.Command {
	return newStep(app, direction{"undo", "redo", "undone", (*vault.Document).Undo}, &cobra.Command{
		Short: "Take back the last change",
		Long: `Take back the last change to the accounts: an import, an added, edited or removed
account, a restore. The last five can be taken back, the newest first; jangle redo
does again what was taken back. Counters never go back, because the site has seen
their codes.

It shows what goes, what comes back and what changes, and asks if an account would
go or several would change.`,
		Example: `  jangle undo --list
  jangle undo`,
	})
}

func newRedo(app *App) *cobra.Command {
	return newStep(app, direction{"redo", "undo", "done again", (*vault.Document).Redo}, &cobra.Command{
		Short: "Do again what undo took back",
		Long: `Do again what jangle undo took back last, as long as nothing else was changed since.
It shows what goes, what comes back and what changes, and asks if an account would
go or several would change.`,
	})
}

func newStep(app *App, d direction, cmd *cobra.Command) *cobra.Command {
	var o undoOptions
	cmd.Use, cmd.Args = d.name, noArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return runStep(cmd.Context(), app, d, o) }
	f := cmd.Flags()
	f.BoolVarP(&o.list, "list", "l", false, "show the changes, the one whose turn it is first, and change nothing")
	f.BoolVar(&o.json, "json", false, "JSON: change, gone, back, changed; with --list an array of that")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func runStep(ctx context.Context, app *App, d direction, o undoOptions) error {
	app.global.json = o.json
	v, err := app.openVault(ctx)
	if err != nil {
		return app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return err
	}
	if o.list {
		return app.listSteps(doc, d, o)
	}
	if err := doc.Doubt(); err != nil { // before anything is asked
		return err
	}
	effect, err := d.step(doc)
	if err != nil {
		return err
	}
	shown := newEffectJSON(effect)
	if !o.json {
		app.showEffect(shown)
	}
	if len(shown.Gone) > 0 || len(shown.Changed) > 1 {
		if err := app.confirm(ctx, o.yes, d.name+" "+safeArg(oneLine(shown.Change))); err != nil {
			return err
		}
	}
	doc, err = v.Update(ctx, "", func(doc *vault.Document) error {
		effect, err := d.step(doc)
		if err == nil && !reflect.DeepEqual(newEffectJSON(effect), shown) {
			err = errors.New("the vault was changed in the meantime: run it again")
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case o.json:
		return app.answerJSON(shown)
	}
	app.answer("%s  %s\n", d.done, oneLine(shown.Change))
	app.tell("%s now; to take this back: jangle %s\n", census(doc), d.other)
	return nil
}

// listSteps takes all steps on the document, which is not saved.
func (app *App) listSteps(doc *vault.Document, d direction, o undoOptions) error {
	list := []effectJSON{}
	for {
		effect, err := d.step(doc)
		if errors.Is(err, vault.ErrNothingToUndo) || errors.Is(err, vault.ErrNothingToRedo) {
			break
		}
		if err != nil {
			return err
		}
		list = append(list, newEffectJSON(effect))
	}
	if o.json {
		return app.answerJSON(list)
	}
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = []string{itoa(i + 1), oneLine(e.Change), e.summary()}
	}
	app.printTable(rows)
	if len(list) == 0 {
		app.tell("there is nothing to %s\n", d.name)
	}
	return nil
}

// effectJSON is the stable form of a step; fields are only added.
type effectJSON struct {
	Change  string         `json:"change"`
	Gone    []affectedJSON `json:"gone"`
	Back    []affectedJSON `json:"back"`
	Changed []affectedJSON `json:"changed"`
}

type affectedJSON struct {
	ID     string   `json:"id"`
	Label  string   `json:"label"` // after the step, but for what goes
	Fields []string `json:"fields,omitempty"`
}

func newEffectJSON(e vault.Effect) effectJSON {
	affected := func(accounts []account.Account) []affectedJSON {
		out := []affectedJSON{}
		for _, a := range accounts {
			out = append(out, affectedJSON{ID: a.ID, Label: a.Label()})
		}
		return out
	}
	j := effectJSON{e.Change, affected(e.Gone), affected(e.Back), []affectedJSON{}}
	for _, c := range e.Changed {
		j.Changed = append(j.Changed, affectedJSON{c[1].ID, c[1].Label(), account.Compare(c[0], c[1]).Edited()})
	}
	return j
}

// summary counts: "14 go, 1 comes back".
func (e effectJSON) summary() string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{len(e.Gone), "goes", "go"}, {len(e.Back), "comes back", "come back"}, {len(e.Changed), "changes", "change"}} {
		if p.n > 0 {
			parts = append(parts, plural2(p.n, p.one, p.many))
		}
	}
	if len(parts) == 0 {
		return "the order changes"
	}
	return strings.Join(parts, ", ")
}

// showEffect tells a person what a step will change.
func (app *App) showEffect(e effectJSON) {
	const most = 12
	for _, part := range []struct {
		word     string
		accounts []affectedJSON
	}{{"goes", e.Gone}, {"comes back", e.Back}, {"changes", e.Changed}} {
		for i, a := range part.accounts {
			if i == most {
				app.answer("%-10s  %s\n", part.word, fmt.Sprintf("… and %d more", len(part.accounts)-most))
				break
			}
			line := oneLine(a.Label)
			if len(a.Fields) > 0 {
				line += ": " + strings.Join(a.Fields, ", ")
			}
			app.answer("%-10s  %s\n", part.word, line)
		}
	}
}
