package cli

import (
	"context"
	"errors"
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
	weak       bool
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
	f.StringVar(&o.style, "style", styleAuto, styleHelp)
	f.BoolVar(&o.plaintext, "plaintext", false, "write the unencrypted form: the secrets lie open in the file")
	f.BoolVar(&o.weak, "allow-weak", false, "accept a passphrase that can be guessed")
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
