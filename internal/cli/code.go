package cli

import (
	"context"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/tui"
)

type codeOptions struct {
	app *App
	wantedCode
	all    bool
	copy   bool
	format string
	from   fromOptions
}

func newCode(app *App) *cobra.Command {
	o := &codeOptions{app: app}
	cmd := &cobra.Command{
		Use:   "code QUERY...",
		Short: "Print one code and nothing else",
		Example: `  jangle code github
  ssh-login "$(jangle code work vpn)"
  jangle code github --min-valid 10s --once    # for scripts: fresh, and never the same twice
  jangle code github --format '{{.Code}} {{.Remaining}}'`,
		ValidArgsFunction: app.completeAccounts,
		Annotations:       map[string]string{answersAtOnce: ""},
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "the codes of all accounts that fit, one a line")
	f.BoolVarP(&o.next, "next", "n", false, "the code after the present one")
	f.BoolVar(&o.once, "once", false, "never the same code twice, across processes: waits for the next one instead")
	f.Var(span(&o.minValid), "min-valid", "wait for a code that is valid for at least this long")
	f.BoolVarP(&o.copy, "copy", "c", false, "copy the code, cleared after a while; it is printed only with --json or --format")
	f.BoolVar(&app.global.json, "json", false, "code, valid_from, expires_at, period, issuer, account, id")
	f.StringVar(&o.format, "format", "", "a Go template over Code, Issuer, Account, ID, Remaining, ExpiresAt …")
	f.Var(moment(&o.at), "at", "the code of another time (2026-11-22T10:00:00Z, or seconds since 1970)")
	f.StringVar(&o.from.file, "from", "", "take the code from this backup; nothing is stored")
	o.from.keys.register(f)
	return cmd
}

// run is the program's main job as one page: check, load, find, generate, print.
func (o *codeOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	if err := o.check(); err != nil {
		return err
	}
	var s source
	var err error
	if o.from.file == "" {
		s, err = app.open(ctx, toRead)
	} else { // no store is opened, and nothing is left on a borrowed machine
		s, err = app.loadBackup(ctx, o.from)
	}
	if err != nil {
		return err
	}
	if o.all {
		return o.printAll(s, query)
	}
	a, err := o.find(ctx, s, query)
	if err != nil {
		return err
	}
	c, err := s.code(ctx, a, o.wantedCode)
	if err != nil {
		return err
	}
	if o.copy {
		said, err := app.copyText(ctx, c.Text)
		if err != nil {
			return err
		}
		app.tell("%s: %s\n", oneLine(a.Label()), said)
	}
	switch {
	case app.global.json:
		j := newCodeJSON(a, c)
		j.Copied = o.copy
		return writeJSON(app.out, j)
	case o.format != "":
		text, err := applyFormat(formatExample, o.format, templateCode{
			Code: c.Text, Issuer: a.Issuer, Account: a.Name, ID: a.ID, Type: string(a.Type),
			ValidFrom: c.From.UTC(), ExpiresAt: c.Until.UTC(), Period: a.Period,
			Remaining: max(0, secondsLeft(c, app.Now())), Counter: c.Counter,
		})
		if err != nil {
			return err
		}
		for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			app.answer("%s\n", l)
		}
	case !o.copy:
		_, _ = io.WriteString(app.out, c.Text+"\n") // digits, no message
		if app.ErrIsTerminal {                      // who and how long, where a person looks
			note := text.T("%d s left", secondsLeft(c, app.Now()))
			switch {
			case a.Type == account.HOTP:
				note = text.T("counter %d", c.Counter)
			case secondsLeft(c, app.Now()) <= 0:
				note = "not valid any more"
			case c.From.After(app.Now()):
				note = text.T("valid in %d s", int(math.Ceil(c.From.Sub(app.Now()).Seconds())))
			}
			app.tell("%s, %s\n", oneLine(a.Label()), note)
		}
	}
	return nil
}

func (o *codeOptions) check() error {
	const help = "jangle code --help"
	switch {
	case o.all && (o.once || o.copy || o.format != "" || o.minValid != 0):
		return usage(help, "--all goes with --json, --next and --at only")
	case !o.at.IsZero() && (o.once || o.minValid != 0):
		return usage(help, "--at is another time: --once and --min-valid are about now")
	case o.next && (o.once || o.minValid != 0):
		return usage(help, "--next is a code to come: --once and --min-valid are about now")
	case o.minValid > account.MaxPeriod*time.Second:
		return usage(help, "--min-valid: %s is not a time that a code can last", o.minValid)
	case o.app.global.json && o.format != "":
		return usage(help, "--json and --format exclude each other")
	case o.format != "":
		// Before a code is used up; the texts are long enough for every slice.
		text := strings.Repeat("0", account.MaxNameRunes)
		if _, err := applyFormat(formatExample, o.format, templateCode{Code: text, Issuer: text, Account: text, ID: text, Type: text}); err != nil {
			return err
		}
	}
	if o.copy && !o.app.global.json && o.format == "" {
		return nil
	}
	return o.app.needsOutput()
}

// find finds the account; without a query a person may pick one.
func (o *codeOptions) find(ctx context.Context, s source, query []string) (account.Account, error) {
	if len(query) > 0 {
		a, err := s.one(query)
		if err == nil {
			o.tellState(s, a)
		}
		return a, err
	}
	if !o.app.interactive() {
		return account.Account{}, usage("jangle code NAME", "jangle code wants the name of an account")
	}
	all, _ := s.find(nil)
	if err := s.noneInUse(); err != nil {
		return account.Account{}, err
	}
	if len(all) == 0 {
		return account.Account{}, o.app.noAccountsYet(&noStoreError{})
	}
	t, err := o.app.terminal()
	if err != nil {
		return account.Account{}, err
	}
	defer t.Close()
	i, err := tui.Pick(ctx, tui.PickOptions{Terminal: t, Rows: viewRows(nil, all), Colour: o.app.colour()})
	if err != nil {
		return account.Account{}, err
	}
	return all[i], nil
}

// tellState is App.tellState; what a backup holds cannot be edited.
func (o *codeOptions) tellState(s source, a account.Account) {
	if s.doc != nil {
		o.app.tellState(a)
	} else if a.State() != account.Live {
		o.app.tell("%s was %s when the backup was made\n", oneLine(a.Label()), string(a.State()))
	}
}

const formatExample = `jangle code NAME --format '{{.Code}} {{.Remaining}}'`

// templateCode is what --format sees.
type templateCode struct {
	Code, Issuer, Account, ID, Type string
	ValidFrom, ExpiresAt            time.Time
	Period, Remaining               int
	Counter                         uint64
}

// printAll prints the codes of all accounts that fit. Counter-based accounts are left
// alone, because showing their code would use it up.
func (o *codeOptions) printAll(s source, query []string) error {
	accounts, damaged := s.find(query)
	if len(accounts)+len(damaged) == 0 && len(query) > 0 {
		return s.noSuchAccount(query)
	}
	for _, d := range damaged {
		o.app.warn("%s", damagedAccount(d))
	}
	for _, a := range accounts {
		o.tellState(s, a)
	}
	t := o.app.Now()
	if !o.at.IsZero() {
		t = o.at
	}
	list, left := make([]codeJSON, 0, len(accounts)), len(damaged)
	for _, a := range accounts {
		if a.Type == account.HOTP {
			o.app.warn("left out: %s counts its codes; to use one up: jangle code %s", oneLine(a.Label()), a.ID)
			left++
			continue
		}
		at := t
		if o.next {
			at = t.Add(time.Duration(a.Period) * time.Second)
		}
		c, err := otp.At(a, at)
		if err != nil {
			o.app.warn("%s", err)
			left++
			continue
		}
		list = append(list, newCodeJSON(a, c))
	}
	app := o.app
	err := app.print(list, func() {
		for _, c := range list {
			o.app.answer("%s\t%s\n", c.Code, account.Account{Issuer: c.Issuer, Name: c.Account}.Label())
		}
	})
	if err == nil && left > 0 {
		return errIncomplete
	}
	return err
}
