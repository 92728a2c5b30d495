package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/vault"
)

// importReport accounts for every entry.
type importReport struct {
	got    *gathered
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
		DryRun: r.dryRun, Incomplete: r.got.incomplete,
		Sources: append([]string{}, r.got.titles...), Notes: append([]string{}, r.got.notes...), Failures: []string{},
		Entries: make([]entryJSON, len(p.Items)),
	}
	for _, f := range r.got.failures {
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
		Outcome: i.Outcome, Reason: i.Reason, Index: i.Candidate.Index, Label: itemLabel(i), ID: i.ID,
		Issuer: a.Issuer, Account: a.Name, Type: a.Type, Algorithm: a.Algorithm,
		Digits: a.Digits, Period: a.Period, Counter: a.Counter,
		Warnings: append([]string{}, i.Candidate.Warnings...),
	}
}

func itemLabel(i vault.Item) string {
	if i.Candidate.Err != nil {
		return i.Candidate.Label
	}
	return i.Candidate.Account.Label()
}

// verdict is the exit status: a rejected entry, a secret that was kept out, a
// missing part or an unreadable file means that something was left out. If
// nothing was read at all, the import failed.
func (r importReport) verdict() error {
	rejected := r.plan.Count(vault.Rejected)
	switch {
	case rejected > 0 && rejected == len(r.plan.Items):
		return errReported
	case rejected > 0 || r.got.incomplete || len(r.got.failures) > 0 || r.keptOut() > 0:
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
	for _, t := range r.got.titles {
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
			app.answer("    #%d %s: %s\n", i.Candidate.Index, oneLine(itemLabel(i)), oneLine(i.Reason))
		}
		if i.Outcome == o && o == vault.Added && n <= 12 {
			app.answer("    %s\n", oneLine(itemLabel(i)))
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
			app.warn("%s: %s", oneLine(itemLabel(i)), w)
		}
	}
	app.tellPutAway(r)
	for _, n := range r.got.notes {
		app.tell("%s\n", n)
	}
	for _, f := range r.got.failures {
		app.reportFailure(f)
	}
	if !r.dryRun && (len(r.got.pictures) > 0 || len(r.got.plain) > 0) {
		app.tellLeftovers(r.got)
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

// tellLeftovers says once where secrets still lie.
func (app *App) tellLeftovers(g *gathered) {
	var files []string
	for _, f := range append(append([]string{}, g.pictures...), g.plain...) {
		if f != "standard input" && f != sourceClipboard && f != sourceScreen && !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	switch len(files) {
	case 0:
	case 1:
		app.tell("%s still holds the secret; delete it when you have a backup\n", files[0])
	default:
		app.tell("%s and %s still hold the secrets; delete them when you have a backup\n", files[0], plural2(len(files)-1, "more file", "more files"))
	}
}
