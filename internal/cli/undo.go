package cli

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

// direction is what undo and redo differ in.
type direction struct {
	name, other string // of the command, and of the one that takes it back
	done        string
	step        func(*vault.Document) (vault.Effect, error)
}

type stepOptions struct {
	app *App
	direction
	list bool
}

func newUndo(app *App) *cobra.Command {
	return newStep(app, direction{"undo", "redo", "undone", (*vault.Document).Undo}, &cobra.Command{
		Short: "Take back the last change",
		Example: `  jangle undo --list
  jangle undo`,
	})
}

func newRedo(app *App) *cobra.Command {
	return newStep(app, direction{"redo", "undo", "done again", (*vault.Document).Redo}, &cobra.Command{
		Short:   "Do again what undo took back",
		Example: "  jangle redo --list\n  jangle redo",
	})
}

func newStep(app *App, d direction, cmd *cobra.Command) *cobra.Command {
	o := &stepOptions{app: app, direction: d}
	cmd.Use, cmd.Args, cmd.RunE = d.name, noArgs, o.run
	f := cmd.Flags()
	f.BoolVarP(&o.list, "list", "l", false, "show the changes, the one whose turn it is first, and change nothing")
	f.BoolVar(&app.global.json, "json", false, "JSON: change, gone, back, changed; with --list an array of that")
	f.BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (o *stepOptions) run(cmd *cobra.Command, _ []string) error {
	ctx, app := cmd.Context(), o.app
	m := toChange
	if o.list {
		m = toRead
	}
	s, err := app.open(ctx, m)
	switch {
	case err != nil:
		return err
	case o.list:
		return o.printSteps(s.doc)
	}
	effect, err := o.step(s.doc)
	if err != nil {
		return err
	}
	shown := newEffectJSON(effect)
	if !app.global.json {
		o.show(shown)
	}
	if len(shown.Gone) > 0 || len(shown.Changed) > 1 {
		if err := app.confirm(ctx, "%s %s", o.name, oneLine(shown.Change)); err != nil {
			return err
		}
	}
	doc, err := s.vault.Update(ctx, "", func(doc *vault.Document) error {
		effect, err := o.step(doc)
		if err == nil && !reflect.DeepEqual(newEffectJSON(effect), shown) {
			err = errors.New("the vault was changed in the meantime: run it again")
		}
		return err
	})
	if err != nil {
		return err
	}
	return app.print(shown, func() {
		app.answer("%s  %s\n", o.done, oneLine(shown.Change))
		app.tell("%s now; to take this back: jangle %s\n", census(doc), o.other)
	})
}

// printSteps takes all steps on the document, which is not saved.
func (o *stepOptions) printSteps(doc *vault.Document) error {
	list := []effectJSON{}
	for {
		effect, err := o.step(doc)
		if errors.Is(err, vault.ErrNothingToUndo) || errors.Is(err, vault.ErrNothingToRedo) {
			break
		}
		if err != nil {
			return err
		}
		list = append(list, newEffectJSON(effect))
	}
	app := o.app
	return app.print(list, func() {
		rows := make([][]string, len(list))
		for i, e := range list { // the last column counts: "14 go, 1 comes back"
			var parts []string
			for _, p := range e.parts() {
				if n := len(p.accounts); n > 0 {
					parts = append(parts, plural2(n, p.one, p.many))
				}
			}
			if len(parts) == 0 {
				parts = []string{"the order changes"}
			}
			rows[i] = []string{strconv.Itoa(i + 1), oneLine(e.Change), strings.Join(parts, ", ")}
		}
		o.app.printTable(rows)
		if len(list) == 0 {
			o.app.tell("there is nothing to %s\n", o.name)
		}
	})
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

// effectPart is what happens to some accounts, with its word for one and for several.
type effectPart struct {
	one, many string
	accounts  []affectedJSON
}

func (e effectJSON) parts() []effectPart {
	return []effectPart{{"goes", "go", e.Gone}, {"comes back", "come back", e.Back}, {"changes", "change", e.Changed}}
}

// show tells a person what a step will change.
func (o *stepOptions) show(e effectJSON) {
	const most = 12
	for _, part := range e.parts() {
		for i, a := range part.accounts {
			line := oneLine(a.Label)
			switch {
			case i == most:
				line = text.T("… and %d more", len(part.accounts)-most)
			case len(a.Fields) > 0:
				line += ": " + strings.Join(a.Fields, ", ")
			}
			o.app.answer("%-10s  %s\n", part.one, line)
			if i == most {
				break
			}
		}
	}
}
