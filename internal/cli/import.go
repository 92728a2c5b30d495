package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/vault"
)

type importOptions struct {
	paths      []string
	format     string
	conflict   string
	passphrase string // file with the source's passphrase
	keyFile    string
	clipboard  bool
	screen     bool
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
			o.paths = args
			return runImport(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "take the file for this format (see jangle help formats)")
	f.StringVar(&o.conflict, "on-conflict", "keep", "an account that is here otherwise: keep (ours), replace (by theirs), both")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the file's passphrase from this file (- for standard input)")
	f.StringVar(&o.keyFile, "key-file", "", "the key file of a KeePass database")
	f.BoolVar(&o.clipboard, "clipboard", false, "read what is in the clipboard: a picture or text")
	f.BoolVar(&o.screen, "screen", false, "read the QR codes that are on the screen now")
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
	if err := app.oneReader(append(slices.Clone(o.paths), o.passphrase, o.keyFile)...); err != nil {
		return err
	}
	got, err := app.gather(ctx, o)
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

func (o importOptions) check() (vault.Conflict, error) {
	if len(o.paths) == 0 && !o.clipboard && !o.screen {
		return 0, usage("jangle import FILE, jangle import - for standard input, --clipboard, --screen", "jangle import wants a file")
	}
	if slices.Contains(o.paths, "") {
		return 0, usage("jangle import FILE", "the name of a file is empty")
	}
	if a, ok := format.ByID(o.format); o.format != "" && (!ok || a.Read == nil) {
		return 0, usage("jangle help formats lists them", "--format: no format %q can be read", o.format)
	}
	return parseConflict(o.conflict)
}

// change names the import in the undo history: "import 14 accounts from aegis.json".
func (o importOptions) change(got *gathered) string {
	n, label := 0, ""
	for _, c := range got.candidates {
		if c.Err == nil {
			n, label = n+1, c.Account.Label()
		}
	}
	what := "import " + label
	if n != 1 {
		what = "import " + plural(n, "account")
	}
	switch {
	case len(o.paths) > 1:
		return fmt.Sprintf("%s from %s and %s", what, filepath.Base(o.paths[0]), plural2(len(o.paths)-1, "more file", "more files"))
	case len(o.paths) == 1 && o.paths[0] != "-":
		return what + " from " + filepath.Base(o.paths[0])
	case o.clipboard:
		return what + " from the clipboard"
	case o.screen:
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
func (app *App) merge(ctx context.Context, got *gathered, change string, c vault.Conflict, dryRun bool) (vault.Plan, error) {
	if dryRun || !got.anyAccount() {
		doc, err := app.documentForPlan(ctx)
		if err != nil {
			return vault.Plan{}, err
		}
		return vault.PlanMerge(doc.Accounts(), got.candidates, c), nil
	}
	v, err := app.openVaultToAdd(ctx)
	if err != nil {
		return vault.Plan{}, err
	}
	var plan vault.Plan
	_, err = v.Update(ctx, change, func(doc *vault.Document) error {
		plan = vault.PlanMerge(doc.Accounts(), got.candidates, c)
		if !plan.Changes() {
			return vault.ErrNoChange
		}
		return doc.Apply(plan, app.Now())
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
