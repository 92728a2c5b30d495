package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/term"
)

type importOptions struct {
	app *App
	input.Sources
	conflict   string
	passphrase string // file with the source's passphrase
	dryRun     bool
}

func newImport(app *App) *cobra.Command {
	o := &importOptions{app: app}
	cmd := &cobra.Command{
		Use:   "import FILE...|-",
		Short: "Read QR pictures, otpauth:// links, or any app's export",
		Example: `  jangle import amazon.png
  jangle import google-1.jpg google-2.jpg google-3.jpg
  jangle import aegis.json --passphrase-file secret.txt
  pbpaste | jangle import -`,
		RunE: o.run,
	}
	f := cmd.Flags()
	f.StringVar(&o.Format, "format", "", "take the file for this format (see jangle help formats)")
	f.StringVar(&o.conflict, "on-conflict", "keep", "an account that is here otherwise: keep (ours), replace (by theirs), both")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the file's passphrase from this file (- for standard input)")
	f.StringVar(&o.KeyFile, "key-file", "", "the key file of a KeePass database")
	f.BoolVar(&o.Clipboard, "clipboard", false, "read what is in the clipboard: a picture or text")
	f.BoolVar(&o.Screen, "screen", false, "read the QR codes that are on the screen now")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would be done and change nothing")
	f.BoolVar(&app.global.json, "json", false, "a JSON object: added, same, changed, rejected, entries")
	return cmd
}

func (o *importOptions) run(cmd *cobra.Command, paths []string) error {
	ctx, app := cmd.Context(), o.app
	o.Paths = paths
	conflict, err := parseConflict(o.conflict)
	a, known := format.ByID(o.Format)
	switch {
	case len(paths) == 0 && !o.Clipboard && !o.Screen:
		return usage("jangle import FILE, jangle import - for standard input, --clipboard, --screen", "jangle import wants a file")
	case slices.Contains(paths, ""):
		return usage("jangle import FILE", "the name of a file is empty")
	case o.Format != "" && (!known || a.Read == nil):
		return usage("jangle help formats lists them", "--format: no format %q can be read", o.Format)
	case err != nil:
		return err
	}
	if err := app.oneReader(append(slices.Clone(paths), o.passphrase, o.KeyFile)...); err != nil {
		return err
	}
	defer app.person.Hold()()
	got, err := input.Read(ctx, o.Sources, o.system())
	if err != nil {
		return err
	}
	m := merge{app: app, got: got, conflict: conflict, dryRun: o.dryRun}
	if err := m.run(ctx, o.change(got)); err != nil {
		return err
	}
	return errors.Join(app.print(m.json(), m.print), m.verdict())
}

// system is what reading needs from outside.
func (o *importOptions) system() input.System {
	app := o.app
	sys := input.System{
		In: app.In, InIsTerminal: app.InIsTerminal, Err: app.Err, Getenv: app.Env.Get, Now: app.Now, Rand: app.Rand,
		Tell: app.tell, Progress: app.showProgress, Tries: 1,
	}
	if paths, err := app.Env.Paths(); err == nil {
		sys.OwnFolder = paths.Data
	}
	if o.passphrase == "" && app.interactive() {
		sys.Tries = ask.Tries
	}
	sys.Passphrase = func(ctx context.Context, what string) ([]byte, error) {
		if o.passphrase != "" {
			return app.passphraseFromFile(ctx, o.passphrase)
		}
		return app.person.Secret(ctx, "passphrase of "+term.Safe(what)+": ", format.ErrPassphraseNeeded)
	}
	return sys
}

// change names the import in the undo history: "import 14 accounts from aegis.json".
func (o *importOptions) change(got *input.Batch) string {
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
