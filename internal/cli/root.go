package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/clipboard"
	"github.com/jangle-otp/jangle/internal/text"
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
		return errors.New("cannot write the answer: standard output is closed")
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
		Args:          app.unknownCommand,
		RunE: func(cmd *cobra.Command, args []string) error { // the live view to a person, to a script how to ask
			if !app.OutIsTerminal || !app.InIsTerminal {
				cmd.SetOut(app.err)
				_ = cmd.Usage()
				return usage("jangle code NAME prints one code, jangle watch prints each new one", "the live view needs a terminal")
			}
			return (&watchOptions{app: app}).run(cmd, nil)
		},
	}
	root.SetIn(app.In)
	root.SetOut(app.out)
	root.SetErr(app.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if i := slices.IndexFunc(app.Args, func(s string) bool { return !strings.HasPrefix(s, "-") }); cmd == root && i >= 0 {
			return app.unknownCommand(root, app.Args[i:]) // the flag is another tool's too
		}
		return usage(cmd.CommandPath()+" --help", "%s", firstLine(err))
	})
	f := root.PersistentFlags()
	f.StringVar(&app.global.store, "store", "", "use this store for once: keyring or file")
	f.StringVar(&app.global.storePassphraseFile, "store-passphrase-file", "", "read the file store's passphrase from this file (- for standard input)")
	f.BoolVar(&app.global.noPassphrase, "no-passphrase", false, "if there is no keyring, keep the vault in a file whose key lies beside it")
	f.BoolVar(&app.global.noInput, "no-input", false, "never ask; fail instead")
	f.BoolVar(&app.global.noColour, "no-color", false, "no colour")
	f.BoolVarP(&app.global.quiet, "quiet", "q", false, "only answers and errors")
	addCommands(root, app)
	help, use := root.HelpFunc(), root.UsageFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		translate(root)
		app.page(root, func() { help(cmd, args) })
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error { translate(root); return use(cmd) })
	return root
}

// page shows a page of help, on a terminal with lines that end at words.
func (app *App) page(root *cobra.Command, show func()) {
	if app.OutIsTerminal {
		var page bytes.Buffer
		root.SetOut(&page)
		defer func() {
			root.SetOut(app.out)
			_, _ = io.WriteString(app.out, app.wrap(page.String()))
		}()
	}
	show()
}

// pageName is the file of a command's long text, without its ending: "backup-verify".
func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "jangle "), " ", "-")
}

// translate puts what help shows of a command, of its flags and of the commands below
// it into the person's language, when help is asked for and not at each start.
func translate(cmd *cobra.Command) {
	cmd.Short, cmd.Long = text.T(cmd.Short), text.T(cmd.Long)
	if long := page(pageName(cmd)); long != "" {
		cmd.Long = long
	}
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = text.T(f.Usage) })
	}
	for _, sub := range cmd.Commands() {
		translate(sub)
	}
}

const rootLong = `jangle keeps the secrets behind one-time codes in the operating system's keyring
and shows the codes: to you, to a script, and after a phone is lost.

  jangle import picture.png     read a QR code, an otpauth:// list, any app's export
  jangle code github            print the code and nothing else
  jangle                        all codes, rolling
  jangle backup codes.age       an encrypted copy that is proven to restore

More to read: jangle help formats, scripting, config, exit-codes, environment, security`

// command is one line of the table of commands: how to build it. The group is
// where help lists it; a hidden one has none.
type command struct {
	name, group string
	build       func(*App) *cobra.Command
}

func commands() []command {
	return []command{
		{"code", "CODES", newCode},
		{"watch", "CODES", newWatch},
		{"list", "CODES", newList},
		{"exec", "CODES", newExec},
		{"askpass", "CODES", newAskpass},
		{"add", "ACCOUNTS", newAdd},
		{"edit", "ACCOUNTS", newEdit},
		{"remove", "ACCOUNTS", newRemove},
		{"qr", "ACCOUNTS", newQR},
		{"import", "MOVING", newImport},
		{"export", "MOVING", newExport},
		{"backup", "SAFETY", newBackup},
		{"restore", "SAFETY", newRestore},
		{"undo", "SAFETY", newUndo},
		{"redo", "SAFETY", newRedo},
		{"doctor", "SAFETY", newDoctor},
		{"store", "OTHER", newStore},
		{"config", "OTHER", newConfig},
		{clipboard.ClearerArgument, "", newClipboardClearer},
	}
}

// addCommands adds what the command line needs. Twenty commands with their flags
// take longer to build than a code takes to compute, so a line that begins with
// the name of a command gets that one alone. All other lines get all of them: help
// lists them, completion offers them, a misspelt word is compared with them.
func addCommands(root *cobra.Command, app *App) {
	for _, g := range []string{"CODES", "ACCOUNTS", "MOVING", "SAFETY", "OTHER"} {
		root.AddGroup(&cobra.Group{ID: g, Title: g})
	}
	root.SetHelpCommandGroupID("OTHER")
	root.SetCompletionCommandGroupID("OTHER")
	all := commands()
	needed := neededFor(app.Args, all)
	for _, c := range needed {
		cmd := c.build(app)
		cmd.GroupID = c.group
		root.AddCommand(cmd)
	}
	if len(needed) != 1 {
		root.Version = app.Version()
	}
	root.CompletionOptions.DisableDefaultCmd = len(needed) < len(all)
	if len(needed) == len(all) {
		addHelp(root, app)
	}
}

func neededFor(args []string, all []command) []command {
	if len(args) == 1 && args[0] == "--version" {
		return nil
	}
	for i, c := range all {
		if len(args) > 0 && args[0] == c.name {
			return all[i : i+1]
		}
	}
	return all
}
