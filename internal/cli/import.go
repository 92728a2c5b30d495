package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
)

type importOptions struct {
	input.Sources
	conflict   string
	passphrase string // file with the source's passphrase
	dryRun     bool
	json       bool
}

func newImport(app *App) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE...|-",
		Short: "Read QR pictures, otpauth:// links, or any app's export",
		Long: `Read accounts from pictures with QR codes, from text with otpauth:// links, or from
the export of another authenticator. What a file is, is found out from its
content. Every entry is accounted for: added, same, changed, or rejected with the
reason. All of it is one change, which jangle undo takes back.

"jangle help formats" lists what can be read, and where each app has its export.`,
		Example: `  jangle import amazon.png
  jangle import google-1.jpg google-2.jpg google-3.jpg
  jangle import aegis.json --passphrase-file secret.txt
  pbpaste | jangle import -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runImport(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Format, "format", "", "take the file for this format (see jangle help formats)")
	f.StringVar(&o.conflict, "on-conflict", "keep", "an account that is here otherwise: keep (ours), replace (by theirs), both")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the file's passphrase from this file (- for standard input)")
	f.StringVar(&o.KeyFile, "key-file", "", "the key file of a KeePass database")
	f.BoolVar(&o.Clipboard, "clipboard", false, "read what is in the clipboard: a picture or text")
	f.BoolVar(&o.Screen, "screen", false, "read the QR codes that are on the screen now")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would be done and change nothing")
	f.BoolVar(&o.json, "json", false, "a JSON object: added, same, changed, rejected, entries")
	return cmd
}

func runImport(ctx context.Context, app *App, o importOptions) error {
	app.global.json = o.json
	conflict, err := o.check()
	if err != nil {
		return err
	}
	if err := app.oneReader(append(slices.Clone(o.Paths), o.passphrase, o.KeyFile)...); err != nil {
		return err
	}
	got, err := input.Read(ctx, o.Sources, app.inputSystem(o.passphrase))
	if err != nil {
		return err
	}
	plan, err := app.merge(ctx, got, o.change(got), conflict, o.dryRun)
	if err != nil {
		return err
	}
	r := importReport{got, plan, o.dryRun}
	if o.json {
		err = app.answerJSON(r.json())
	} else {
		app.printImport(r)
	}
	return errors.Join(err, r.verdict())
}

// inputSystem is what reading needs from outside; passphrase is a file's name, or
// empty for a person who is asked.
func (app *App) inputSystem(passphrase string) input.System {
	sys := input.System{
		In: app.In, InIsTerminal: app.InIsTerminal, Err: app.Err, Getenv: app.Env.Get, Now: app.Now, Rand: app.Rand,
		Tell: app.tell, Progress: app.showProgress, Tries: 1,
	}
	if paths, err := app.Env.Paths(); err == nil {
		sys.OwnFolder = paths.Data
	}
	if passphrase == "" && app.interactive() {
		sys.Tries = passphraseTries
	}
	sys.Passphrase = func(ctx context.Context, what string) ([]byte, error) {
		if passphrase != "" {
			return app.passphraseFromFile(ctx, passphrase)
		}
		t, err := app.terminal()
		if err != nil {
			return nil, format.ErrPassphraseNeeded
		}
		defer t.Close()
		return t.ReadSecret(ctx, fmt.Sprintf("passphrase of %s: ", term.Safe(what)))
	}
	return sys
}

func (o importOptions) check() (vault.Conflict, error) {
	if len(o.Paths) == 0 && !o.Clipboard && !o.Screen {
		return 0, usage("jangle import FILE, jangle import - for standard input, --clipboard, --screen", "jangle import wants a file")
	}
	if slices.Contains(o.Paths, "") {
		return 0, usage("jangle import FILE", "the name of a file is empty")
	}
	if a, ok := format.ByID(o.Format); o.Format != "" && (!ok || a.Read == nil) {
		return 0, usage("jangle help formats lists them", "--format: no format %q can be read", o.Format)
	}
	return parseConflict(o.conflict)
}

// change names the import in the undo history: "import 14 accounts from aegis.json".
func (o importOptions) change(got *input.Batch) string {
	n, label := 0, ""
	for _, c := range got.Candidates {
		if c.Err == nil {
			n, label = n+1, c.Account.Label()
		}
	}
	what := "import " + label
	if n != 1 {
		what = "import " + plural(n, "account")
	}
	switch {
	case len(o.Paths) > 1:
		return fmt.Sprintf("%s from %s and %s", what, filepath.Base(o.Paths[0]), plural2(len(o.Paths)-1, "more file", "more files"))
	case len(o.Paths) == 1 && o.Paths[0] != "-":
		return what + " from " + filepath.Base(o.Paths[0])
	case o.Clipboard:
		return what + " from the clipboard"
	case o.Screen:
		return what + " from the screen"
	}
	return what
}

func parseConflict(s string) (vault.Conflict, error) {
	switch s {
	case "keep", "skip":
		return vault.KeepMine, nil
	case "replace":
		return vault.TakeTheirs, nil
	case "both", "keep-both":
		return vault.KeepBoth, nil
	}
	return 0, usage("--on-conflict=keep, replace or both", "--on-conflict: %q is not known", s)
}

// merge plans and, unless it is a dry run, saves: one transaction. The plan is
// made again on the document that is saved, in case somebody else changed it.
func (app *App) merge(ctx context.Context, got *input.Batch, change string, c vault.Conflict, dryRun bool) (vault.Plan, error) {
	if dryRun || !got.AnyAccount() {
		doc, err := app.documentForPlan(ctx)
		if err != nil {
			return vault.Plan{}, err
		}
		return doc.PlanImport(got.Candidates, c, app.Now()), nil
	}
	v, err := app.openVaultToAdd(ctx)
	if err != nil {
		return vault.Plan{}, err
	}
	var plan vault.Plan
	_, err = v.Update(ctx, change, func(doc *vault.Document) error {
		plan = doc.PlanImport(got.Candidates, c, app.Now())
		if !plan.Changes() {
			return vault.ErrNoChange
		}
		return doc.Apply(plan)
	})
	if err != nil {
		return plan, fmt.Errorf("nothing was imported: %w", err)
	}
	return plan, nil
}

// documentForPlan is the document that a dry run compares with; it chooses no
// store and creates none.
func (app *App) documentForPlan(ctx context.Context) (*vault.Document, error) {
	v, err := app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return vault.NewDocument(), nil
	}
	if err != nil {
		return nil, err
	}
	return v.Load(ctx)
}

// importReport accounts for every entry.
type importReport struct {
	got    *input.Batch
	plan   vault.Plan
	dryRun bool
}

// importJSON is the stable form of the report for scripts.
type importJSON struct {
	Added      int         `json:"added"`
	Same       int         `json:"same"`
	Changed    int         `json:"changed"`
	Rejected   int         `json:"rejected"`
	DryRun     bool        `json:"dry_run"`
	Incomplete bool        `json:"incomplete"`
	Sources    []string    `json:"sources"`
	Notes      []string    `json:"notes"`
	Failures   []string    `json:"failures"`
	Entries    []entryJSON `json:"entries"`
}

type entryJSON struct {
	Outcome   vault.Outcome     `json:"outcome"`
	Reason    string            `json:"reason"`
	Index     int               `json:"index"`
	Label     string            `json:"label"`
	ID        string            `json:"id"`
	Issuer    string            `json:"issuer"`
	Account   string            `json:"account"`
	Type      account.Type      `json:"type"`
	Algorithm account.Algorithm `json:"algorithm"`
	Digits    int               `json:"digits"`
	Period    int               `json:"period"`
	Counter   uint64            `json:"counter"`
	Warnings  []string          `json:"warnings"`
}

func (r importReport) json() importJSON {
	p := r.plan
	j := importJSON{
		Added: p.Count(vault.Added), Same: p.Count(vault.Same), Changed: p.Count(vault.Changed), Rejected: p.Count(vault.Rejected),
		DryRun: r.dryRun, Incomplete: r.got.Incomplete,
		Sources: append([]string{}, r.got.Titles...), Notes: append([]string{}, r.got.Notes...), Failures: []string{},
		Entries: make([]entryJSON, len(p.Items)),
	}
	for _, f := range r.got.Failures {
		j.Failures = append(j.Failures, f.Error())
	}
	for i, item := range p.Items {
		j.Entries[i] = newEntryJSON(item)
	}
	return j
}

func newEntryJSON(i vault.Item) entryJSON {
	a := i.Candidate.Account
	return entryJSON{
		Outcome: i.Outcome, Reason: i.Reason, Index: i.Candidate.Index, Label: i.Label, ID: i.ID,
		Issuer: a.Issuer, Account: a.Name, Type: a.Type, Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter,
		Warnings: append([]string{}, i.Candidate.Warnings...),
	}
}

// verdict is the exit status: a rejected entry, a secret that was kept out, a
// missing part or an unreadable file means that something was left out. If
// nothing was read at all, the import failed.
func (r importReport) verdict() error {
	rejected := r.plan.Count(vault.Rejected)
	switch {
	case rejected > 0 && rejected == len(r.plan.Items):
		return errReported
	case rejected > 0 || r.got.Incomplete || len(r.got.Failures) > 0 || r.keptOut() > 0:
		return errIncomplete
	}
	return nil
}

// keptOut counts the secrets of the source that are not in the vault now: those
// whose name is taken by another secret.
func (r importReport) keptOut() int {
	n := 0
	for _, i := range r.plan.Items {
		if i.LeftOut() {
			n++
		}
	}
	return n
}

// kept counts the conflicts in which the vault's account stayed as it was.
func (r importReport) kept() int {
	n := 0
	for _, i := range r.plan.Items {
		if i.Kept() {
			n++
		}
	}
	return n
}

// printImport tells a person. One account that is new shows its code, because
// the site is waiting for it.
func (app *App) printImport(r importReport) {
	if len(r.plan.Items) == 1 && r.plan.Items[0].Outcome == vault.Added && !r.dryRun {
		app.printAdded(r.plan.Items[0])
	} else {
		app.printSummary(r)
	}
	app.printAfterwards(r)
}

func (app *App) printAdded(i vault.Item) {
	a := i.Candidate.Account
	app.answer("added  %s\n", oneLine(a.Label()))
	if a.Type == account.HOTP {
		app.tell("to use up a code: jangle code %s\n", i.ID)
		return
	}
	c, err := otp.At(a, app.Now())
	if err != nil {
		app.warn("%s", err)
		return
	}
	app.answer("  %s   %d s left\n", otp.Grouped(c.Text), secondsLeft(c, app.Now()))
}

// printSummary writes one line for each outcome, and one for each entry that a
// person has to look at.
func (app *App) printSummary(r importReport) {
	for _, t := range r.got.Titles {
		app.answer("%s\n", t)
	}
	for _, o := range []vault.Outcome{vault.Added, vault.Same, vault.Changed, vault.Rejected} {
		app.printOutcome(r, o)
	}
	switch lost := r.lost(); {
	case r.dryRun:
		app.answer("dry run: nothing was changed\n")
	case len(lost) > 0:
		app.answer("nothing was lost but %s.\n", strings.Join(lost, ", "))
	}
}

func (app *App) printOutcome(r importReport, o vault.Outcome) {
	n := r.plan.Count(o)
	if n == 0 {
		return
	}
	app.answer("  %-10s %3d%s\n", string(o), n, map[vault.Outcome]string{vault.Same: "   already here"}[o])
	for _, i := range r.plan.Items {
		if i.Outcome == o && i.Reason != "" && (o == vault.Changed || o == vault.Rejected) {
			app.answer("    #%d %s: %s\n", i.Candidate.Index, oneLine(i.Label), oneLine(i.Reason))
		}
		if i.Outcome == o && o == vault.Added && n <= 12 {
			app.answer("    %s\n", oneLine(i.Label))
		}
	}
}

// lost names the entries that are in no vault now.
func (r importReport) lost() []string {
	const most = 12
	var out []string
	for _, i := range r.plan.Items {
		if i.Outcome == vault.Rejected || i.LeftOut() {
			out = append(out, fmt.Sprintf("#%d", i.Candidate.Index))
		}
	}
	if len(out) > most {
		out = append(out[:most], fmt.Sprintf("and %d more", len(out)-most))
	}
	return out
}

// printAfterwards says on stderr what is not about an entry: warnings, missing
// parts, unreadable files, and where secrets still lie.
func (app *App) printAfterwards(r importReport) {
	for _, i := range r.plan.Items {
		for _, w := range i.Candidate.Warnings {
			app.warn("%s: %s", oneLine(i.Label), w)
		}
	}
	app.tellPutAway(r)
	for _, n := range r.got.Notes {
		app.tell("%s\n", n)
	}
	for _, f := range r.got.Failures {
		app.reportFailure(f)
	}
	if files := r.got.Leftovers; !r.dryRun && len(files) == 1 {
		app.tell("%s still holds the secret; delete it when you have a backup\n", files[0])
	} else if !r.dryRun && len(files) > 1 {
		app.tell("%s and %s still hold the secrets; delete them when you have a backup\n", files[0], plural2(len(files)-1, "more file", "more files"))
	}
	if r.kept() > 0 {
		app.tell("yours were kept; --on-conflict=replace takes theirs, --on-conflict=both keeps both\n")
	}
	if len(r.plan.Items) > 0 && r.plan.Count(vault.Rejected) == len(r.plan.Items) {
		app.warn("no account was found")
	}
}

// tellPutAway says which of the accounts are not in use: no list shows them.
func (app *App) tellPutAway(r importReport) {
	var away []account.Account
	for _, i := range r.plan.Items {
		if a := i.Stored(); a.State() != account.Live {
			a.ID = i.ID
			away = append(away, a)
		}
	}
	switch {
	case len(away) == 1 && !r.dryRun:
		app.tellState(away[0])
	case len(away) > 0:
		app.tell("%s archived or in the bin; jangle list --all shows them\n", plural2(len(away), "account is", "accounts are"))
	}
}

func (app *App) reportFailure(err error) {
	f := classify(err)
	fprintf(app.err, "jangle: error: %s\n", []any{f.Err})
	var hinted *Failure
	if errors.As(err, &hinted) && hinted.Hint != "" {
		first, _, _ := strings.Cut(hinted.Hint, "\n")
		fprintf(app.err, "jangle: hint: %s\n", []any{first})
	}
}
