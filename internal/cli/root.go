package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Main runs one command line and returns the status to exit with.
func Main(sys System) Exit {
	app := newApp(sys)
	root := newRoot(app)
	root.SetArgs(sys.Args)
	root.PersistentPreRun = app.listenUnlessAtOnce // not for --version and help
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	app.cancel = cancel
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, errReported) {
		err = context.Canceled
	}
	if err == nil {
		err = app.outputError()
	}
	if err != nil {
		return app.report(err)
	}
	return ExitDone
}

// outputError is the truth about stdout: an answer that nobody could get is a
// failure.
func (app *App) outputError() error {
	if app.out.first != nil {
		return fmt.Errorf("cannot write the answer: %w", app.out.first)
	}
	return nil
}

// needsOutput refuses to compute an answer that nobody can get, before anything
// is used up by it.
func (app *App) needsOutput() error {
	if app.OutWasClosed {
		return fmt.Errorf("cannot write the answer: %w", errOutputClosed)
	}
	return nil
}

func newRoot(app *App) *cobra.Command {
	root := &cobra.Command{
		Use:           "jangle",
		Short:         "One-time codes from the keyring: import, show, back up, move to a phone",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runRoot(cmd, app) },
	}
	root.SetIn(app.In)
	root.SetOut(app.out)
	root.SetErr(app.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(cmd.CommandPath()+" --help", "%s", firstLine(err))
	})
	addGlobalFlags(root, app)
	addCommands(root, app)
	return root
}

const rootLong = `jangle keeps the secrets behind one-time codes in the operating system's keyring
and shows the codes: to you, to a script, and after a phone is lost.

  jangle import picture.png     read a QR code, an otpauth:// list, any app's export
  jangle code github            print the code and nothing else
  jangle                        all codes, rolling
  jangle backup codes.age       an encrypted copy that is proven to restore

More to read: jangle help formats, exit-codes, environment, security`

func firstLine(err error) string {
	l, _, _ := strings.Cut(err.Error(), "\n")
	return l
}

func addGlobalFlags(root *cobra.Command, app *App) {
	f := root.PersistentFlags()
	f.StringVar(&app.global.store, "store", "", "use this store for once: keyring or file")
	f.StringVar(&app.global.storePassphraseFile, "store-passphrase-file", "", "read the file store's passphrase from this file (- for standard input)")
	f.BoolVar(&app.global.noPassphrase, "no-passphrase", false, "if there is no keyring, keep the vault in a file whose key lies beside it")
	f.BoolVar(&app.global.noInput, "no-input", false, "never ask; fail instead")
	f.BoolVar(&app.global.noColour, "no-color", false, "no colour")
	f.BoolVarP(&app.global.quiet, "quiet", "q", false, "only answers and errors")
}

// unknownCommand refuses a word that is no command: taking it for an account's
// name would make every typo a search, and every new command a trap.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	hint := "to get a code: jangle code " + args[0]
	for _, s := range cmd.SuggestionsFor(args[0]) {
		hint = "did you mean: jangle " + s + "\n" + hint
	}
	return usage(hint, "unknown command %q", args[0])
}

// runRoot shows the live view to a person, and to a script how to ask.
func runRoot(cmd *cobra.Command, app *App) error {
	if !app.OutIsTerminal || !app.InIsTerminal {
		cmd.SetOut(app.err)
		_ = cmd.Usage()
		return usage("jangle code NAME prints one code, jangle watch prints each new one", "the live view needs a terminal")
	}
	return runWatch(cmd.Context(), app, watchOptions{})
}
