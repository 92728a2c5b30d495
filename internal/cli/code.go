package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/vault"
)

type codeOptions struct {
	query    []string
	all      bool
	next     bool
	once     bool
	copy     bool
	json     bool
	at       moment
	format   string
	minValid span
	from     fromOptions
}

func newCode(app *App) *cobra.Command {
	var o codeOptions
	cmd := &cobra.Command{
		Use:   "code QUERY...",
		Short: "Print one code and nothing else",
		Long: `Print the code of the one account that QUERY fits, and nothing else on stdout.

QUERY is a part of the issuer, the account or the id: a whole name wins over the
beginning of one, that over the beginning of a word, that over any part. If
several accounts fit equally well, none is chosen. An account that is archived or in
the bin is found only by its whole name or its id.

A counter-based code (HOTP) is used up by printing it: the counter is saved
before the code is shown. --all leaves such accounts out, with status 6.`,
		Example: `  jangle code github
  ssh-login "$(jangle code work vpn)"
  jangle code github --min-valid 10s --once    # for scripts: fresh, and never the same twice
  jangle code github --format '{{.Code}} {{.Remaining}}'`,
		ValidArgsFunction: app.completeAccounts,
		Annotations:       map[string]string{answersAtOnce: ""},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runCode(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.all, "all", "a", false, "the codes of all accounts that fit, one a line")
	f.BoolVarP(&o.next, "next", "n", false, "the code after the present one")
	f.BoolVar(&o.once, "once", false, "never the same code twice, across processes: waits for the next one instead")
	f.Var(&o.minValid, "min-valid", "wait for a code that is valid for at least this long")
	f.BoolVarP(&o.copy, "copy", "c", false, "copy the code, cleared after a while; it is printed only with --json or --format")
	f.BoolVar(&o.json, "json", false, "code, valid_from, expires_at, period, issuer, account, id")
	f.StringVar(&o.format, "format", "", "a Go template over Code, Issuer, Account, ID, Remaining, ExpiresAt …")
	f.Var(&o.at, "at", "the code of another time (2026-11-22T10:00:00Z, or seconds since 1970)")
	addFromFlags(f, &o.from)
	return cmd
}

// runCode is the program's main job as one page: open, load, find, generate,
// print.
func runCode(ctx context.Context, app *App, o codeOptions) error {
	app.global.json = o.json
	if err := o.check(app); err != nil {
		return err
	}
	if o.all {
		return runCodeAll(ctx, app, o)
	}
	source, err := app.codeSource(ctx, o.from)
	if err != nil {
		return err
	}
	a, err := app.pickAccount(ctx, source, o.query)
	if err != nil {
		return err
	}
	code, err := app.generate(ctx, source, a, o)
	if err != nil {
		return err
	}
	return app.printCode(ctx, a, code, o)
}

func (o codeOptions) check(app *App) error {
	const help = "jangle code --help"
	switch {
	case o.all && (o.once || o.copy || o.format != "" || o.minValid.Duration != 0):
		return usage(help, "--all goes with --json, --next and --at only")
	case !o.at.IsZero() && (o.once || o.minValid.Duration != 0):
		return usage(help, "--at is another time: --once and --min-valid are about now")
	case o.next && (o.once || o.minValid.Duration != 0):
		return usage(help, "--next is a code to come: --once and --min-valid are about now")
	case o.minValid.Duration > account.MaxPeriod*time.Second:
		return usage(help, "--min-valid: %s is not a time that a code can last", o.minValid)
	case o.json && o.format != "":
		return usage(help, "--json and --format exclude each other")
	case o.format != "":
		// Before a code is used up; the texts are long enough for every slice.
		text := strings.Repeat("0", account.MaxNameRunes)
		if _, err := formatCode(o.format, templateCode{Code: text, Issuer: text, Account: text, ID: text, Type: text}); err != nil {
			return err
		}
	}
	if o.copy && !o.json && o.format == "" {
		return nil
	}
	return app.needsOutput()
}

// codeSource is where codes come from: the vault, or a backup (--from).
type codeSource struct {
	vault  *vault.Vault    // nil for a backup: nothing can be counted up
	doc    *vault.Document // of the vault
	backup []account.Account
}

// find returns what a query fits. A vault decodes only that.
func (s codeSource) find(query []string) ([]account.Account, []vault.Damaged) {
	if s.doc != nil {
		return s.doc.Find(query...)
	}
	var out []account.Account
	for _, i := range account.Match(s.backup, query...) {
		out = append(out, s.backup[i])
	}
	return out, nil
}

// tellState is App.tellState; what a backup holds cannot be edited.
func (s codeSource) tellState(app *App, a account.Account) {
	if s.doc != nil {
		app.tellState(a)
	} else if a.State() != account.Live {
		app.tell("%s was %s when the backup was made\n", oneLine(a.Label()), string(a.State()))
	}
}

func (app *App) codeSource(ctx context.Context, from fromOptions) (codeSource, error) {
	if from.file != "" {
		accounts, err := app.accountsFromBackup(ctx, from)
		return codeSource{backup: accounts}, err
	}
	v, err := app.openVault(ctx)
	if err != nil {
		return codeSource{}, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return codeSource{}, err
	}
	for _, w := range doc.StoreWarnings() {
		app.warn("%s", w)
	}
	return codeSource{vault: v, doc: doc}, nil
}

// pickAccount finds the account; without a query a person may pick one.
func (app *App) pickAccount(ctx context.Context, source codeSource, query []string) (account.Account, error) {
	found, damaged := source.find(query)
	if len(query) > 0 {
		if err := checkQuery(query); err != nil {
			return account.Account{}, err
		}
		a, err := onlyOne(found, damaged, query)
		if err == nil {
			source.tellState(app, a)
		}
		return a, err
	}
	if !app.interactive() {
		return account.Account{}, usage("jangle code NAME", "jangle code wants the name of an account")
	}
	if source.doc != nil {
		if err := noneInUse(source.doc); err != nil {
			return account.Account{}, err
		}
	}
	return app.askForAccount(ctx, found)
}

// generate makes the code, in the way that the account's type and the options
// ask for.
func (app *App) generate(ctx context.Context, source codeSource, a account.Account, o codeOptions) (otp.Code, error) {
	switch {
	case a.Type == account.HOTP:
		return app.countUp(ctx, source, a, o)
	case !o.at.IsZero():
		return codeAt(a, o)
	case o.once:
		return app.handOut(ctx, source, a, o)
	}
	if err := app.waitValid(ctx, a, o.minValid.Duration); err != nil {
		return otp.Code{}, err
	}
	t := app.Now()
	if o.next {
		t = t.Add(time.Duration(a.Period) * time.Second)
	}
	return otp.At(a, t)
}

// waitValid waits for the next code if the present one has too little time left.
func (app *App) waitValid(ctx context.Context, a account.Account, least time.Duration) error {
	if least == 0 {
		return nil
	}
	if period := time.Duration(a.Period) * time.Second; least > period {
		return usage("--min-valid "+period.String(), "--min-valid %s: codes of %s last %s", least, oneLine(a.Label()), period)
	}
	c, err := otp.At(a, app.Now())
	if err != nil {
		return err
	}
	left := c.Until.Sub(app.Now())
	if left >= least {
		return nil
	}
	app.listen()
	app.tellWaiting(left)
	return app.Sleep(ctx, left)
}

func (app *App) tellWaiting(d time.Duration) {
	if app.ErrIsTerminal {
		app.tell("waiting %d s for the next code\n", int(d.Seconds())+1)
	}
}

// noAccountsYet turns the lack of a store into the status for "no such account":
// a person who asks for a code before adding one has no account.
func (app *App) noAccountsYet(err error) error {
	none, ok := err.(*noStoreError)
	if !ok {
		return err
	}
	if none.keyring != nil {
		return failure.Of(
			fmt.Errorf("there are no accounts here, and no keyring can be reached: %s", keyringReason(none.keyring)),
			"jangle doctor says what is missing\njangle import --no-passphrase FILE, or --store-passphrase-file: keeps accounts in a file", ExitLocked)
	}
	return failure.Of(none, "jangle import FILE reads a QR picture or another app's export; jangle add asks for a secret", ExitNoAccount)
}

// warnDamaged says what could not be read, so that nobody thinks it gone.
func (app *App) warnDamaged(doc *vault.Document) {
	for _, w := range doc.Warnings() {
		app.warn("%s", w)
	}
}
