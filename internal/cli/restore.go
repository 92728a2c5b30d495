package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type restoreOptions struct {
	app     *App
	keys    keyOptions
	dryRun  bool
	replace bool
	salvage bool
}

func newRestore(app *App) *cobra.Command {
	o := &restoreOptions{app: app}
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring accounts back from a backup; shows what would change, then asks",
		Example: `  jangle restore --dry-run ~/jangle-2026-11.age
  jangle restore ~/jangle-2026-11.age
  jangle restore -i key.txt --yes --json backup.age`,
		Args: exactArgs(1, "the file of a backup"),
		RunE: o.run,
	}
	f := cmd.Flags()
	o.keys.register(f)
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would change, and change nothing")
	f.BoolVar(&o.replace, "replace", false, "make the vault what the backup says: overwrites and removes")
	f.BoolVar(&o.salvage, "salvage", false, "take what is sound of a damaged backup")
	f.BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&app.global.json, "json", false, "the plan as JSON: items with outcome, id, label, fields; and lost")
	return cmd
}

func (o *restoreOptions) run(cmd *cobra.Command, args []string) error {
	ctx, app, file := cmd.Context(), o.app, args[0]
	if err := app.needsOutput(); err != nil {
		return err
	}
	switch {
	case o.replace && o.salvage:
		return usage("jangle restore --salvage FILE", "--replace would remove what a damaged backup has lost")
	case app.global.json && !app.global.yes && !o.dryRun:
		return usage("to do it: --yes\nto see it: --dry-run", "--json is for programs: nobody can be asked whether to go on")
	}
	// Open the backup strictly or, with --salvage, as far as it goes.
	var b backup.Salvaged
	var err error
	if o.salvage {
		b, err = openBackup(ctx, app, file, o.keys, backup.SalvageFile)
	} else {
		b.Backup, err = openBackup(ctx, app, file, o.keys, backup.Open)
	}
	if damaged := (*crypt.DamagedError)(nil); o.salvage && (errors.As(err, &damaged) || errors.Is(err, backup.ErrDamaged)) {
		return failed("another copy of it, if there is one: jangle restore --dry-run FILE", "nothing of it can be read: %s", err)
	}
	if err != nil {
		return err
	}
	s, err := app.open(ctx, toCompare)
	if err != nil {
		return err
	}
	mode := vault.RestoreMerge
	if o.replace {
		mode = vault.RestoreReplace
	}
	plan := s.doc.PlanRestore(b.Copy(), mode)
	if !o.dryRun && !app.global.yes && plan.Changes() && !app.interactive() { // before a plan that no person agrees to
		return app.confirm(ctx, "do that?")
	}
	// Say what is wrong with the backup, and to a person what would change.
	if b.Problem != nil {
		app.warn("%s: %s", file, b.Problem)
	}
	for _, l := range b.Lost {
		app.warn("lost: account %d, %s: %s", l.Number, oneLine(l.Label), l.Reason)
	}
	if b.Missing > 0 {
		app.warn("%s lost without a trace", plural2(b.Missing, "more account is", "more accounts are"))
	}
	if n := len(b.Unreadable); n > 0 {
		app.warn("%s in the backup could not be read when it was made, and cannot be restored", plural2(n, "entry", "entries"))
	}
	if !app.global.json {
		o.show(plan)
	}
	if !o.dryRun && plan.Changes() {
		if err := app.confirm(ctx, "do that?"); err != nil {
			return err
		}
		v, err := s.vaultToAdd(ctx)
		if err != nil {
			return err
		}
		// Exactly the plan that was shown: if the vault was changed since, nothing is done.
		_, err = v.Update(ctx, "restore "+filepath.Base(file), func(d *vault.Document) error {
			now := d.PlanRestore(b.Copy(), mode)
			if !now.Equal(plan) {
				return errors.New("the vault was changed in the meantime: run it again")
			}
			return d.Apply(now)
		})
		if err != nil {
			return fmt.Errorf("nothing was restored: %w", err)
		}
		app.tell("restored; to take it back: jangle undo\n")
	}
	j := restoreJSON{File: file, DryRun: o.dryRun, Counts: map[string]int{}, Items: plan.Items, Lost: []lostJSON{}, Missing: b.Missing}
	for _, it := range plan.Items {
		j.Counts[string(it.Outcome)]++
	}
	for _, l := range b.Lost {
		j.Lost = append(j.Lost, lostJSON(l))
	}
	err = app.print(j, func() {}) // people have seen it before
	if err == nil && (len(b.Lost)+b.Missing > 0 || b.Problem != nil || len(b.Unreadable) > 0) {
		return errIncomplete
	}
	return err
}

// restoreJSON is the stable form of the plan; fields are only added.
type restoreJSON struct {
	File    string         `json:"file"`
	DryRun  bool           `json:"dry_run"`
	Counts  map[string]int `json:"counts"`
	Items   []vault.Item   `json:"items"`
	Lost    []lostJSON     `json:"lost"`
	Missing int            `json:"missing"` // lost without a trace
}

type lostJSON struct {
	Number int    `json:"number"`
	Label  string `json:"label"`
	Reason string `json:"reason"`
}

// show says to a person what a restore would change, and counts: "12 same, 1 new".
func (o *restoreOptions) show(p vault.Plan) {
	for _, it := range p.Items {
		note, fields := "", strings.Join(it.Fields, ", ")
		switch it.Outcome {
		case vault.Same, vault.Kept:
			continue
		case vault.Different:
			note = ": gets the backup's " + fields
		case vault.Beside:
			note = ": has another " + fields + " here; both are kept"
		case vault.Removed:
			note = ": is not in the backup"
		}
		o.app.answer("%-9s  %s%s\n", string(it.Outcome), oneLine(it.Label), note)
	}
	var parts []string
	for _, c := range []struct {
		outcome vault.Outcome
		words   string
	}{
		{vault.Same, "same"}, {vault.Missing, "new"}, {vault.Different, "different"}, {vault.Beside, "added beside ours"},
		{vault.Kept, "only here, kept"}, {vault.Removed, "only here, removed"},
	} {
		if n := p.Count(c.outcome); n > 0 {
			parts = append(parts, text.T("%d %s", n, c.words))
		}
	}
	s := strings.Join(parts, ", ")
	switch {
	case len(parts) == 0:
		s = "the backup is empty"
	case !p.Changes():
		s += ": nothing to do"
	case o.dryRun:
		s += "; dry run: nothing was changed"
	}
	o.app.answer("%s\n", s)
}
