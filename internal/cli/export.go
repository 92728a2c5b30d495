package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format"
)

// targetGoogle is the one target that is a screen and not a file.
const targetGoogle = "google-authenticator"

type exportOptions struct {
	query      []string
	to         string
	out        string
	png        string
	passphrase string
	perPage    int
	style      string
	plaintext  bool
	force      bool
	yes        bool
	json       bool
}

func newExport(app *App) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export --to APP [QUERY...]",
		Short: "Hand accounts to a phone or to another app",
		Long: `Hand accounts over: to Google Authenticator as QR codes on this terminal, one page
after the other; to any other app as a file that the app imports. Files are
encrypted where the app can open an encrypted one; --plaintext writes the open
form. What the app cannot hold is listed before anything is written.

This is for moving. For keeping, jangle backup writes everything that jangle knows
and proves that it can be restored.`,
		Example: `  jangle export --to google-authenticator
  jangle export --to aegis -o phone.json
  jangle export --to google-authenticator --png pages --yes`,
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.query = args
			return runExport(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "the app: google-authenticator, aegis, 2fas, ente, bitwarden, proton … (jangle help formats)")
	f.StringVarP(&o.out, "output", "o", "", "the file to write (- for standard output)")
	f.StringVar(&o.png, "png", "", "write the QR pages as PNG pictures into this folder")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the new file's passphrase from this file")
	f.IntVar(&o.perPage, "per-page", 0, "accounts on one QR page, at most 10 (else as many as fit)")
	f.StringVar(&o.style, "style", "auto", "how to draw: auto, blocks, spaces, kitty, sixel, iterm2")
	f.BoolVar(&o.plaintext, "plaintext", false, "write the unencrypted form: the secrets lie open in the file")
	f.BoolVar(&o.force, "force", false, "overwrite the file")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&o.json, "json", false, "report as JSON: carried, left_out")
	_ = cmd.RegisterFlagCompletionFunc("to", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return targetNames(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// targetNames are the values of --to.
func targetNames() []string {
	names := []string{targetGoogle}
	for _, a := range format.Apps() {
		if a.Write != nil && a.ID != targetGoogle {
			names = append(names, a.ID)
		}
	}
	return names
}

func runExport(ctx context.Context, app *App, o exportOptions) error {
	app.global.json = o.json
	if o.to == "" {
		return usage("jangle export --to aegis -o FILE", "--to: which app? %s", strings.Join(targetNames(), ", "))
	}
	accounts, err := app.accountsToExport(ctx, o.query)
	if err != nil {
		return err
	}
	if o.to == targetGoogle {
		return exportGoogle(ctx, app, accounts, o)
	}
	target, ok := format.ByID(o.to)
	if !ok || target.Write == nil {
		return usage("--to one of: "+strings.Join(targetNames(), ", "), "--to: %q is not written", o.to)
	}
	return exportFile(ctx, app, target, accounts, o)
}

func (app *App) accountsToExport(ctx context.Context, query []string) ([]account.Account, error) {
	v, err := app.openVault(ctx)
	if err != nil {
		return nil, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return nil, err
	}
	app.warnDamaged(doc)
	accounts, err := matching(doc, query)
	if err == nil && len(accounts) == 0 {
		err = &Failure{errors.New("there are no accounts to export"), "jangle import FILE", ExitNoAccount}
	}
	return accounts, err
}

// handover is what an export carries and what it must leave.
type handover struct {
	carried  []account.Account
	left     []leftOut
	lessened []leftOut // carried, but not with everything
}

// leftOut names an account, or a part of one, with the reason.
type leftOut struct {
	account account.Account
	reason  string
}

func planHandover(target format.App, accounts []account.Account) handover {
	var h handover
	for _, a := range accounts {
		if target.CanHold != nil {
			if err := target.CanHold(a); err != nil {
				h.left = append(h.left, leftOut{a, err.Error()})
				continue
			}
		}
		h.carried = append(h.carried, a)
		if target.Loses == nil {
			continue
		}
		if lost := worthSaying(target.Loses(a)); len(lost) > 0 {
			h.lessened = append(h.lessened, leftOut{a, "without its " + strings.Join(lost, ", ")})
		}
	}
	return h
}

// worthSaying leaves out what only an app counts for itself.
func worthSaying(lost []string) []string {
	return slices.DeleteFunc(slices.Clone(lost), func(field string) bool {
		return slices.Contains([]string{"created", "updated", "last used", "use count"}, field)
	})
}

// tellHandover lists what will not be there, before anything is written.
func (app *App) tellHandover(name string, h handover) {
	for _, l := range h.left {
		app.tell("%s cannot hold %s: %s\n", name, oneLine(l.account.Label()), l.reason)
	}
	byReason := map[string][]account.Account{}
	for _, l := range h.lessened {
		byReason[l.reason] = append(byReason[l.reason], l.account)
	}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		who := oneLine(byReason[reason][0].Label())
		if n := len(byReason[reason]); n > 1 {
			who = fmt.Sprintf("%s and %d more", who, n-1)
		}
		app.tell("%s takes %s %s\n", name, who, reason)
	}
}

// exportFile writes the target's file, reads it back, and only then says so.
func exportFile(ctx context.Context, app *App, target format.App, accounts []account.Account, o exportOptions) error {
	h := planHandover(target, accounts)
	app.tellHandover(target.Name, h)
	if err := checkExportFile(target, h, o); err != nil {
		return err
	}
	opt, err := app.exportFormat(ctx, target, o)
	if err != nil {
		return err
	}
	stop := app.showProgress("encrypting")
	data, err := target.Write(ctx, h.carried, opt)
	stop()
	if err != nil {
		return fmt.Errorf("%s: nothing was written: %w", target.Name, err)
	}
	if err := readBack(ctx, target, data, h.carried, opt); err != nil {
		return fmt.Errorf("%s: nothing was written: %w", target.Name, err)
	}
	if o.out == "-" {
		if _, err := app.out.Write(data); err != nil {
			return nil // outputError says it
		}
	} else if err := writeNew(o.out, data, o.force); err != nil {
		return err
	}
	return app.reportExport(target.Name, h, o)
}

func checkExportFile(target format.App, h handover, o exportOptions) error {
	switch {
	case len(h.carried) == 0:
		return failed("", "%s can hold none of these accounts; nothing was written", target.Name)
	case o.out == "":
		return usage("-o "+target.ID+"."+target.Extension, "-o: which file?")
	case o.png != "":
		return usage("--to "+targetGoogle, "--png is for QR pages: %s takes a file", target.Name)
	case target.Encrypts == format.No && !o.plaintext:
		return usage("--plaintext, if you want that", "%s has no encrypted form: the secrets would lie open in the file", target.Name)
	}
	return nil
}

// exportFormat prepares the writer's options; an encrypted file needs a
// passphrase, asked for twice.
func (app *App) exportFormat(ctx context.Context, target format.App, o exportOptions) (format.Options, error) {
	opt := format.Options{Now: app.Now(), Rand: app.Rand}
	if o.plaintext {
		opt.Plaintext = format.Yes
		return opt, nil
	}
	if target.Encrypts == format.No {
		return opt, nil
	}
	pass, err := app.exportPassphrase(ctx, target, o)
	opt.Passphrase = func(string) ([]byte, error) { return pass, nil }
	return opt, err
}

func (app *App) exportPassphrase(ctx context.Context, target format.App, o exportOptions) ([]byte, error) {
	if o.passphrase != "" {
		return app.passphraseFromFile(ctx, o.passphrase)
	}
	t, err := app.terminal()
	if err != nil {
		return nil, usage("--passphrase-file FILE, or --plaintext", "the file for %s needs a passphrase and nobody can be asked", target.Name)
	}
	defer t.Close()
	return newPassphrase(ctx, t, fmt.Sprintf("passphrase for the %s file: ", target.Name))
}

// readBack opens what was made as the target's importer would, and compares
// what the codes are made of.
func readBack(ctx context.Context, target format.App, data []byte, want []account.Account, opt format.Options) error {
	if target.Read == nil {
		return nil
	}
	r, _, err := format.Read(ctx, format.Input{Data: data}, target.ID, opt)
	if err != nil {
		return fmt.Errorf("it could not be read back: %w", err)
	}
	have := map[account.Key]int{}
	for _, e := range r.Entries {
		if e.Err == nil {
			have[e.Account.Key()]++
		}
	}
	for _, a := range want {
		if have[a.Key()]--; have[a.Key()] < 0 {
			return fmt.Errorf("%s did not come back as it was", oneLine(a.Label()))
		}
	}
	return nil
}

// exportJSON is the stable form of the report.
type exportJSON struct {
	Target   string        `json:"target"`
	Carried  int           `json:"carried"`
	LeftOut  []leftOutJSON `json:"left_out"`
	Lessened []leftOutJSON `json:"lessened"`
}

type leftOutJSON struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Reason  string `json:"reason"`
}

func leftOutsJSON(in []leftOut) []leftOutJSON {
	out := make([]leftOutJSON, len(in))
	for i, l := range in {
		out[i] = leftOutJSON{l.account.ID, l.account.Issuer, l.account.Name, l.reason}
	}
	return out
}

// reportExport ends an export honestly: status 6 if an account stayed behind.
func (app *App) reportExport(name string, h handover, o exportOptions) error {
	switch {
	case o.json && o.out != "-":
		if err := app.answerJSON(exportJSON{o.to, len(h.carried), leftOutsJSON(h.left), leftOutsJSON(h.lessened)}); err != nil {
			return err
		}
	default:
		app.tell("%s\n", summary(name, h, o))
	}
	if o.plaintext && o.out != "-" && o.out != "" {
		app.tell("the secrets lie open in %s; delete it when the phone has them\n", o.out)
	}
	if len(h.left) > 0 {
		return errIncomplete
	}
	return nil
}

func summary(name string, h handover, o exportOptions) string {
	s := fmt.Sprintf("%s for %s", plural(len(h.carried), "account"), name)
	if o.out != "" && o.out != "-" {
		s += ": written to " + o.out + ", read back, all match"
	}
	if n := len(h.left); n > 0 {
		s += fmt.Sprintf("; %s not carried", plural(n, "account"))
	}
	return s
}
