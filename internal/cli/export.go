package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/handover"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/text"
)

// targetGoogle is the one target that is a screen and not a file.
const targetGoogle = "google-authenticator"

type exportOptions struct {
	app        *App
	to         string
	out        string
	png        string
	passphrase string
	perPage    int
	style      handover.Style
	plaintext  bool
	weak       bool
	all        bool
}

func newExport(app *App) *cobra.Command {
	o := &exportOptions{app: app}
	cmd := &cobra.Command{
		Use:   "export --to APP [QUERY...]",
		Short: "Hand accounts to a phone or to another app",
		Example: `  jangle export --to google-authenticator
  jangle export --to aegis -o phone.json
  jangle export --to google-authenticator --png pages --yes`,
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "the app: google-authenticator, aegis, 2fas, ente, bitwarden, proton … (jangle help formats)")
	f.BoolVarP(&o.all, "all", "a", false, "what is archived or in the bin too; marked so where the app can")
	f.StringVarP(&o.out, "output", "o", "", "the file to write (- for standard output)")
	f.StringVar(&o.png, "png", "", "write the QR pages as PNG pictures into this folder")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the new file's passphrase from this file")
	f.IntVar(&o.perPage, "per-page", 0, "accounts on one QR page, at most 10 (else as many as fit)")
	addStyleFlag(f, &o.style)
	f.BoolVar(&o.plaintext, "plaintext", false, "write the unencrypted form: the secrets lie open in the file")
	f.BoolVar(&o.weak, "allow-weak", false, "accept a passphrase that can be guessed")
	f.BoolVar(&app.global.force, "force", false, "overwrite the file")
	f.BoolVarP(&app.global.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&app.global.json, "json", false, "report as JSON: carried, left_out")
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

func (o *exportOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	if o.to == "" {
		return usage("jangle export --to aegis -o FILE", "--to: which app? %s", strings.Join(targetNames(), ", "))
	}
	s, err := app.open(ctx, toList)
	if err != nil {
		return err
	}
	accounts, err := s.matching(query, states{all: o.all})
	if err != nil {
		return err
	}
	if away := len(s.doc.Accounts()) - len(accounts); away > 0 && len(query) == 0 {
		app.tell("%s archived or in the bin: left out; --all takes them along\n", plural2(away, "account is", "accounts are"))
	}
	if err := s.carriesCounters(accounts); err != nil {
		return err
	}
	if len(accounts) == 0 {
		if err := s.noneInUse(); err != nil {
			return err
		}
		return failure.New(ExitNoAccount, "jangle import FILE", "there are no accounts to export")
	}
	target, ok := format.ByID(o.to)
	switch {
	case o.to == targetGoogle:
		return o.toGoogle(ctx, accounts)
	case !ok || target.Write == nil:
		return o.unknownTarget(target)
	}
	return o.toFile(ctx, target, accounts)
}

// unknownTarget says which app is written that has a name like the one that is not.
func (o *exportOptions) unknownTarget(app format.App) error {
	wanted := strings.ToLower(o.to)
	names := targetNames()
	for _, n := range names {
		if short, _, _ := strings.Cut(n, "-"); strings.Contains(n, wanted) || strings.HasPrefix(wanted, short) {
			return usage("--to "+n, "--to: no app %q is written", o.to)
		}
	}
	others := "these are written: " + strings.Join(names, ", ")
	if app.Read != nil {
		return usage("to an app that does: --to aegis\n"+others, "--to: %s reads no file and no QR code with several accounts", app.Name)
	}
	return usage("for example: --to aegis\n"+others, "--to: no app %q is written", o.to)
}

// carriage is what an export carries and what it must leave.
type carriage struct {
	carried  []account.Account
	left     []handover.Unfit
	lessened []handover.Unfit // carried, but not with everything
}

// tellLosses finds the accounts that the target takes without all that they have, and
// lists them and what will not be there at all, before anything is written. What only
// an app counts for itself is not worth saying.
func (o *exportOptions) tellLosses(target format.App, c *carriage) {
	app := o.app
	for _, l := range c.left {
		app.tell("%s cannot hold %s: %s\n", target.Name, oneLine(l.Account.Label()), l.Reason)
	}
	if target.Loses == nil {
		return
	}
	byReason := map[string][]account.Account{}
	for _, a := range c.carried {
		lost := slices.DeleteFunc(slices.Clone(target.Loses(a)), func(field string) bool {
			return slices.Contains([]string{"created", "updated", "last used", "use count"}, field)
		})
		if len(lost) > 0 {
			reason := "without its " + strings.Join(lost, ", ")
			c.lessened = append(c.lessened, handover.Unfit{Account: a, Reason: reason})
			byReason[reason] = append(byReason[reason], a)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		who := oneLine(byReason[reason][0].Label())
		if n := len(byReason[reason]); n > 1 {
			who = text.T("%s and %d more", who, n-1)
		}
		app.tell("in %s, %s will be %s\n", target.Name, who, reason)
	}
}

// toFile writes the target's file, reads it back, and only then says so.
func (o *exportOptions) toFile(ctx context.Context, target format.App, accounts []account.Account) error {
	app := o.app
	fits, unfit := target.Fit(accounts)
	c := carriage{carried: fits}
	for _, u := range unfit {
		c.left = append(c.left, handover.Unfit{Account: u.Account, Reason: u.Err.Error()})
	}
	o.tellLosses(target, &c)
	switch {
	case len(fits) == 0:
		return failed("", "%s can hold none of these accounts; nothing was written", target.Name)
	case o.out == "":
		return usage("-o "+target.ID+"."+target.Extension, "-o: which file?")
	case o.png != "":
		return usage("jangle export --to "+targetGoogle+" --png FOLDER", "--png is for QR pages: %s takes a file", target.Name)
	case target.Encrypts == format.No && !o.plaintext:
		return usage("if you want that: --plaintext", "%s has no encrypted form: the secrets would lie open in the file", target.Name)
	}
	if err := app.mayWrite(o.out); err != nil {
		return err
	}
	opt := format.Options{Now: app.Now(), Rand: app.Rand, DrawQR: func(link string) ([]byte, error) { // on an HTML page, which shows it larger
		s, err := qr.Encode(link, qr.EncodeOptions{Level: qr.Medium})
		if err != nil {
			return nil, err
		}
		return s.PNG(2)
	}}
	if o.plaintext {
		opt.Plaintext = format.Yes
	} else if target.Encrypts != format.No {
		pass, err := o.app.newPassphrase(ctx, o.passphrase, ask.New{
			Prompt:    text.T("passphrase for the %s file: ", target.Name),
			Otherwise: usage("encrypted: --passphrase-file FILE\nin the open: --plaintext", "the file for %s needs a passphrase and nobody can be asked", target.Name),
			AllowWeak: o.weak,
			WeakHint:  "to take it all the same: --allow-weak",
		})
		if err != nil {
			return err
		}
		opt.Passphrase = func(string) ([]byte, error) { return pass, nil }
	}
	stop := app.showProgress("encrypting")
	// A page with 1,000 pictures is mostly garbage, for a process that ends soon:
	// collecting less often saves 0.4 s.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	data, err := target.Write(ctx, fits, opt)
	stop()
	if err == nil {
		err = readBack(ctx, target, data, fits, opt)
	}
	if err != nil {
		return fmt.Errorf("%s: nothing was written: %w", target.Name, err)
	}
	if err := app.deliver(o.out, data); err != nil {
		return err
	}
	said := text.T("%s for %s", plural(len(c.carried), "account"), target.Name)
	if o.out != "-" {
		said += ": written to " + o.out + ", read back, all match"
	}
	if n := len(c.left); n > 0 {
		said += text.T("; %s not carried", plural(n, "account"))
	}
	if o.out == "-" { // what is written there is the file
		app.tell("%s\n", said)
	} else if err := app.print(o.json(len(c.carried), c), func() { app.tell("%s\n", said) }); err != nil {
		return err
	}
	if o.plaintext && o.out != "-" {
		app.tell("the secrets lie open in %s; delete it when the phone has them\n", o.out)
	}
	if len(c.left) > 0 {
		return errIncomplete
	}
	return nil
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
	Target   string      `json:"target"`
	Carried  int         `json:"carried"`
	LeftOut  []unfitJSON `json:"left_out"`
	Lessened []unfitJSON `json:"lessened"`
}

type unfitJSON struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Reason  string `json:"reason"`
}

func (o *exportOptions) json(carried int, c carriage) exportJSON {
	list := func(in []handover.Unfit) []unfitJSON {
		out := make([]unfitJSON, len(in))
		for i, l := range in {
			out[i] = unfitJSON{l.Account.ID, l.Account.Issuer, l.Account.Name, l.Reason}
		}
		return out
	}
	return exportJSON{o.to, carried, list(c.left), list(c.lessened)}
}

// toGoogle hands accounts over as QR pages, on the terminal or as pictures.
func (o *exportOptions) toGoogle(ctx context.Context, accounts []account.Account) error {
	app := o.app
	if o.perPage < 0 || o.perPage > handover.MostPerPage {
		return usage("--per-page 5", "--per-page: %d is not between 1 and %d", o.perPage, handover.MostPerPage)
	}
	if o.out != "" {
		return usage("jangle export --to "+targetGoogle+" --png FOLDER", "Google Authenticator takes no file, only QR codes")
	}
	styles, err := app.stylesFor(o.style)
	if err != nil && o.png == "" {
		return err
	}
	g, err := handover.ToGoogle(accounts, app.Rand)
	if err != nil {
		return err
	}
	c := carriage{carried: g.Carried(), left: g.Left}
	target, _ := format.ByID(targetGoogle)
	o.tellLosses(target, &c)
	for _, a := range g.Alone {
		app.tell("%s is carried as its own QR code: %s\n", oneLine(a.Label()), handover.WhyAlone(a))
	}
	if len(g.Alone) > 0 {
		app.tell("check the codes of those: not every version of the app heeds what is unusual about them\n")
	}
	if len(c.carried) == 0 {
		return failed("jangle export --to aegis -o FILE carries everything", "Google Authenticator can hold none of these accounts")
	}
	if o.png != "" {
		return o.toPictures(ctx, g, c)
	}
	t, err := app.terminal()
	if err != nil {
		return usage("--png FOLDER --yes", "QR pages need a terminal, or a folder to be written to")
	}
	defer t.Close()
	pages, style, err := g.Fit(t, styles, o.perPage)
	var small *handover.TooSmallError
	switch {
	case errors.As(err, &small) && o.perPage > 1:
		return failed("jangle export --to google-authenticator --png FOLDER writes pictures instead\n"+
			"or make the window larger, or its font smaller; the least room is needed with: --per-page 1", "%w", err)
	case errors.As(err, &small):
		return failed("jangle export --to google-authenticator --png FOLDER writes pictures instead\n"+
			"make the window larger, or its font smaller: it has room for no page, not even with one account", "%w", err)
	case err != nil:
		return err
	}
	app.tell("on the phone: ⋮ > Transfer accounts > Import accounts > Scan QR code\n")
	if err := app.confirm(ctx, "show the secrets of %s as %s", plural(len(c.carried), "account"), plural(len(pages), "QR page")); err != nil {
		return err
	}
	result, err := handover.Show(ctx, handover.Walk{Terminal: t, Person: app.person, Pages: pages, Style: style, Now: app.Now})
	if incomplete := o.report(c, result); err == nil {
		err = incomplete
	}
	return err
}

// toPictures writes one PNG a page.
func (o *exportOptions) toPictures(ctx context.Context, g handover.Google, c carriage) error {
	app := o.app
	pages, err := g.Pages(o.perPage, qr.Medium, func([]handover.Page) error { return nil })
	if err != nil {
		return err
	}
	if err := app.confirm(ctx, "write the secrets of %s as %s to %s", plural(len(c.carried), "account"), plural(len(pages), "picture"), o.png); err != nil {
		return err
	}
	if err := atomicfile.MakePrivateDir(o.png); err != nil {
		return err
	}
	names := make([]string, len(pages))
	width := max(2, len(strconv.Itoa(len(pages)))) // so that the order of the names is that of the pages
	for i := range pages {                         // all of them first, so that not half of the pages is written
		names[i] = filepath.Join(o.png, fmt.Sprintf("page-%0*d-of-%0*d.png", width, i+1, width, len(pages)))
		if err := app.mayWrite(names[i]); err != nil {
			return err
		}
	}
	for i, p := range pages {
		if err := app.deliverPicture(names[i], p.Symbol); err != nil {
			return err
		}
		if !app.global.json {
			app.answer("%s\n", names[i])
		}
	}
	app.tell("whoever sees these pictures has the secrets; delete them when the phone has them\n")
	return o.report(c, handover.Result{Seen: pages})
}

// report says how many accounts were on the pages, which were not, and what the
// phone's code has proven.
func (o *exportOptions) report(c carriage, r handover.Result) error {
	app := o.app
	seen, all := len(handover.Accounts(r.Seen)), len(c.carried)+len(c.left)
	err := app.print(o.json(seen, c), func() {
		app.tell("handed over %d of %d\n", seen, all)
		if r.Stopped {
			app.tell("stopped before the last page: the phone may have none of them until it has seen every page\n")
		}
		if len(c.left) > 0 {
			const most = 5
			var names []string
			for _, l := range c.left[:min(most, len(c.left))] {
				names = append(names, oneLine(l.Account.Label()))
			}
			if n := len(c.left) - most; n > 0 {
				names = append(names, text.T("and %d more", n))
			}
			app.tell("not carried: %s\n", strings.Join(names, ", "))
		}
		if r.Proof == handover.Disproven {
			app.tell("the phone's code was not right: keep the old phone until it is\n")
		}
	})
	if err == nil && (seen < all || r.Proof == handover.Disproven) {
		return errIncomplete
	}
	return err
}
