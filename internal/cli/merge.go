package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

// merge takes accounts from outside into the vault, and accounts for every entry.
type merge struct {
	app      *App
	got      *input.Batch
	conflict vault.Conflict
	dryRun   bool
	plan     vault.Plan // what run did, or would do
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
	return 0, usage("--on-conflict keep\n--on-conflict replace\n--on-conflict both", "--on-conflict: %q is not known", s)
}

// run plans and, unless it is a dry run, saves: one transaction. The plan is made
// again on the document that is saved, in case it was changed by another jangle.
func (m *merge) run(ctx context.Context, change string) error {
	s, err := m.app.open(ctx, toCompare)
	if err != nil {
		return err
	}
	return m.into(ctx, s, change)
}

// into is run where the vault was opened to compare.
func (m *merge) into(ctx context.Context, s source, change string) error {
	if m.dryRun || !m.got.AnyAccount() {
		m.plan = s.doc.PlanImport(m.got.Candidates, m.conflict, m.app.Now())
		return nil
	}
	v, err := s.vaultToAdd(ctx)
	if err != nil {
		return err
	}
	_, err = v.Update(ctx, change, func(doc *vault.Document) error {
		m.plan = doc.PlanImport(m.got.Candidates, m.conflict, m.app.Now())
		if !m.plan.Changes() {
			return vault.ErrNoChange
		}
		return doc.Apply(m.plan)
	})
	if err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	return nil
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

func (m *merge) json() importJSON {
	p := m.plan
	j := importJSON{
		Added: p.Count(vault.Added), Same: p.Count(vault.Same), Changed: p.Count(vault.Changed), Rejected: p.Count(vault.Rejected),
		DryRun: m.dryRun, Incomplete: m.got.Incomplete,
		Sources: append([]string{}, m.got.Titles...), Notes: append([]string{}, m.got.Notes...), Failures: []string{},
		Entries: make([]entryJSON, len(p.Items)),
	}
	for _, f := range m.got.Failures {
		j.Failures = append(j.Failures, f.Error())
	}
	for i, item := range p.Items {
		a := item.Candidate.Account
		j.Entries[i] = entryJSON{
			Outcome: item.Outcome, Reason: item.Reason, Index: item.Candidate.Index, Label: item.Label, ID: item.ID,
			Issuer: a.Issuer, Account: a.Name, Type: a.Type, Algorithm: a.Algorithm,
			Digits: a.Digits, Period: a.Period, Counter: a.Counter,
			Warnings: append([]string{}, item.Candidate.Warnings...),
		}
	}
	return j
}

// items returns those of the plan for which is holds.
func (m *merge) items(is func(vault.Item) bool) []vault.Item {
	var out []vault.Item
	for _, i := range m.plan.Items {
		if is(i) {
			out = append(out, i)
		}
	}
	return out
}

// verdict is the exit status: a rejected entry, a secret that was kept out because its
// name is taken by another one, a missing part or an unreadable file means that
// something was left out. If nothing was read at all, the import failed.
func (m *merge) verdict() error {
	rejected := m.plan.Count(vault.Rejected)
	switch {
	case rejected > 0 && rejected == len(m.plan.Items):
		return errReported
	case rejected > 0 || m.got.Incomplete || len(m.got.Failures) > 0 || len(m.items(vault.Item.LeftOut)) > 0:
		return errIncomplete
	}
	return nil
}

// print tells a person. One account that is new shows its code, because the site is
// waiting for it; else there is one line for each outcome, and one for each entry
// that a person has to look at.
func (m *merge) print() {
	app, items := m.app, m.plan.Items
	if len(items) == 1 && items[0].Outcome == vault.Added && !m.dryRun {
		a := items[0].Candidate.Account
		app.answer("added  %s\n", oneLine(a.Label()))
		if a.Type == account.HOTP {
			app.tell("to use up a code: jangle code %s\n", items[0].ID)
		} else if c, err := otp.At(a, app.Now()); err != nil {
			app.warn("%s", err)
		} else {
			app.answer("  %s   %d s left\n", otp.Grouped(c.Text), secondsLeft(c, app.Now()))
		}
		m.printAfterwards()
		return
	}
	for _, t := range m.got.Titles {
		app.answer("%s\n", t)
	}
	const most = 12
	for _, o := range []vault.Outcome{vault.Added, vault.Same, vault.Changed, vault.Rejected} {
		of := m.items(func(i vault.Item) bool { return i.Outcome == o })
		if len(of) == 0 {
			continue
		}
		app.answer("  %-10s %3d%s\n", string(o), len(of), map[vault.Outcome]string{vault.Same: "   already here"}[o])
		for _, i := range of {
			switch {
			case i.Reason != "" && (o == vault.Changed || o == vault.Rejected):
				app.answer("    #%d %s: %s\n", i.Candidate.Index, oneLine(i.Label), oneLine(i.Reason))
			case o == vault.Added && len(of) <= most:
				app.answer("    %s\n", oneLine(i.Label))
			}
		}
	}
	var lost []string // the entries that are in no vault now
	for _, i := range m.items(func(i vault.Item) bool { return i.Outcome == vault.Rejected || i.LeftOut() }) {
		lost = append(lost, fmt.Sprintf("#%d", i.Candidate.Index))
	}
	if more := len(lost) - most; more > 0 {
		lost = append(lost[:most], text.T("and %d more", more))
	}
	switch {
	case m.dryRun:
		app.answer("dry run: nothing was changed\n")
	case len(lost) > 0:
		app.answer("nothing was lost but %s.\n", strings.Join(lost, ", "))
	}
	m.printAfterwards()
}

// printAfterwards says on stderr what is not about an entry: warnings, missing
// parts, unreadable files, and where secrets are still kept.
func (m *merge) printAfterwards() {
	app := m.app
	for _, i := range m.plan.Items {
		for _, w := range i.Candidate.Warnings {
			app.warn("%s: %s", oneLine(i.Label), w)
		}
	}
	m.tellPutAway()
	for _, n := range m.got.Notes {
		app.tell("%s\n", n)
	}
	for _, err := range m.got.Failures {
		app.complain("jangle: error: %s\n", classify(err).Err)
		hints := app.hints(err)
		app.printHints(hints[:min(1, len(hints))])
	}
	if files := m.got.Leftovers; !m.dryRun && len(files) == 1 {
		secrets := map[bool]string{true: "the secret", false: "the secrets"}[len(m.plan.Items) == 1]
		app.tell("%s still holds %s; delete it when you have a backup\n", files[0], secrets)
	} else if !m.dryRun && len(files) > 1 {
		app.tell("%s and %s still hold the secrets; delete them when you have a backup\n", files[0], plural2(len(files)-1, "more file", "more files"))
	}
	if len(m.items(vault.Item.Kept)) > 0 {
		app.tell("yours were kept; to take theirs: %s\nto keep both: %s\n", app.again("--on-conflict", "replace"), app.again("--on-conflict", "both"))
	}
	if n := len(m.plan.Items); n > 0 && m.plan.Count(vault.Rejected) == n {
		app.warn("no account was found")
	}
}

// tellPutAway says which of the accounts are not in use: no list shows them.
func (m *merge) tellPutAway() {
	away := m.items(func(i vault.Item) bool { a := i.Stored(); return a.State() != account.Live })
	switch {
	case len(away) == 1 && !m.dryRun:
		a := away[0].Stored()
		a.ID = away[0].ID
		m.app.tellState(a)
	case len(away) > 0:
		m.app.tell("%s archived or in the bin; jangle list --all shows them\n", plural2(len(away), "account is", "accounts are"))
	}
}
