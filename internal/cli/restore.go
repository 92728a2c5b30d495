package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/vault"
)

type restoreOptions struct {
	file    string
	keys    keyOptions
	dryRun  bool
	replace bool
	salvage bool
	json    bool
	yes     bool
}

func newRestore(app *App) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Bring accounts back from a backup; shows what would change, then asks",
		Long: `Bring the accounts of a backup back. It shows first what would change, and asks.

Accounts that are missing are added. Accounts that are there get the backup's
names, notes and groups. Nothing is removed, and no secret is overwritten: if an
account has another secret in the backup, both are kept. Counters never go back.
With --replace the vault becomes what the backup says: other secrets are
overwritten, and accounts that are only here are removed.

All of it is one change, which jangle undo takes back. Restoring twice is the
same as restoring once.

A damaged backup is refused as a whole. --salvage takes the accounts of it that
are sound, and names the others.`,
		Example: `  jangle restore --dry-run ~/jangle-2026-11.age
  jangle restore ~/jangle-2026-11.age
  jangle restore -i key.txt --yes --json backup.age`,
		Args: exactArgs(1, "the file of a backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return runRestore(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	o.keys.register(f)
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would change, and change nothing")
	f.BoolVar(&o.replace, "replace", false, "make the vault what the backup says: overwrites and removes")
	f.BoolVar(&o.salvage, "salvage", false, "take what is sound of a damaged backup")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&o.json, "json", false, "the plan as JSON: items with outcome, id, label, fields; and lost")
	return cmd
}

func (o restoreOptions) mode() vault.RestoreMode {
	if o.replace {
		return vault.RestoreReplace
	}
	return vault.RestoreMerge
}

func (o restoreOptions) check() error {
	switch {
	case o.replace && o.salvage:
		return usage("jangle restore --salvage FILE", "--replace would remove what a damaged backup has lost")
	case o.json && !o.yes && !o.dryRun:
		return usage("--yes, or --dry-run", "--json is for programs: nobody can be asked whether to go on")
	}
	return nil
}

func runRestore(ctx context.Context, app *App, o restoreOptions) error {
	app.global.json = o.json
	if err := app.needsOutput(); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	s, err := app.openToRestore(ctx, o)
	if err != nil {
		return err
	}
	doc, err := app.documentForPlan(ctx)
	if err != nil {
		return err
	}
	plan := doc.PlanRestore(s.Copy(), o.mode())
	app.showPlan(plan, s, o)
	if !o.dryRun && plan.Changes() {
		if err := app.applyRestore(ctx, s.Copy(), plan, o); err != nil {
			return err
		}
	}
	if o.json {
		if err := app.answerJSON(newRestoreJSON(plan, s, o)); err != nil {
			return err
		}
	}
	if len(s.Lost)+s.Missing > 0 || s.Problem != nil || len(s.Unreadable) > 0 {
		return errIncomplete
	}
	return nil
}

// openToRestore opens the backup strictly, or with --salvage as far as it goes.
func (app *App) openToRestore(ctx context.Context, o restoreOptions) (backup.Salvaged, error) {
	if o.salvage {
		return openBackup(ctx, app, o.file, o.keys, backup.SalvageFile)
	}
	b, err := openBackup(ctx, app, o.file, o.keys, backup.Open)
	return backup.Salvaged{Backup: b}, err
}

// applyRestore asks, and carries out exactly the plan that was shown: if the
// vault was changed since, nothing is done.
func (app *App) applyRestore(ctx context.Context, c vault.Copy, shown vault.Plan, o restoreOptions) error {
	if err := app.confirm(ctx, o.yes, "do that?"); err != nil {
		return err
	}
	v, err := app.openVaultToAdd(ctx)
	if err != nil {
		return err
	}
	_, err = v.Update(ctx, "restore "+filepath.Base(o.file), func(d *vault.Document) error {
		now := d.PlanRestore(c, o.mode())
		if !now.Equal(shown) {
			return errors.New("the vault was changed in the meantime: run it again")
		}
		return d.Apply(now)
	})
	if err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	app.tell("restored; to take it back: jangle undo\n")
	return nil
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

// showPlan says what is wrong with the backup, and to a person what a restore
// would change.
func (app *App) showPlan(p vault.Plan, s backup.Salvaged, o restoreOptions) {
	if s.Problem != nil {
		app.warn("%s: %s", o.file, s.Problem)
	}
	for _, l := range s.Lost {
		app.warn("lost: account %d, %s: %s", l.Number, oneLine(l.Label), l.Reason)
	}
	if s.Missing > 0 {
		app.warn("%s lost without a trace", plural2(s.Missing, "more account is", "more accounts are"))
	}
	if n := len(s.Unreadable); n > 0 {
		app.warn("%s in the backup could not be read when it was made, and cannot be restored", plural2(n, "entry", "entries"))
	}
	if o.json {
		return
	}
	for _, it := range p.Items {
		if it.Outcome != vault.Same && it.Outcome != vault.Kept {
			app.answer("%-9s  %s%s\n", string(it.Outcome), oneLine(it.Label), itemNote(it))
		}
	}
	app.answer("%s\n", planSentence(p, o))
}

func newRestoreJSON(p vault.Plan, s backup.Salvaged, o restoreOptions) restoreJSON {
	j := restoreJSON{File: o.file, DryRun: o.dryRun, Counts: map[string]int{}, Items: p.Items, Lost: []lostJSON{}, Missing: s.Missing}
	for _, it := range p.Items {
		j.Counts[string(it.Outcome)]++
	}
	for _, l := range s.Lost {
		j.Lost = append(j.Lost, lostJSON(l))
	}
	return j
}

func itemNote(it vault.Item) string {
	fields := strings.Join(it.Fields, ", ")
	switch it.Outcome {
	case vault.Different:
		return ": gets the backup's " + fields
	case vault.Beside:
		return ": has another " + fields + " here; both are kept"
	case vault.Removed:
		return ": is not in the backup"
	}
	return ""
}

// planSentence counts the outcomes: "12 same, 1 new, 1 different".
func planSentence(p vault.Plan, o restoreOptions) string {
	var parts []string
	for _, c := range []struct {
		outcome vault.Outcome
		words   string
	}{
		{vault.Same, "same"}, {vault.Missing, "new"}, {vault.Different, "different"}, {vault.Beside, "added beside ours"},
		{vault.Kept, "only here, kept"}, {vault.Removed, "only here, removed"},
	} {
		if n := p.Count(c.outcome); n > 0 {
			parts = append(parts, itoa(n)+" "+c.words)
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
	return s
}
