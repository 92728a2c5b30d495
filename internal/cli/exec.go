package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/answer"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/otp"
)

// The statuses of env(1), nohup(1) and the shells for a command that does not
// run. They are beside jangle's own, because exec's status is the command's.
const (
	exitNotAllowed Exit = 126
	exitNotFound   Exit = 127
)

type execOptions struct {
	query   []string
	command []string
	code    codeOptions
	fd      int
	prompt  string
	env     string
	reuse   bool
}

func newExec(app *App) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec QUERY... -- COMMAND [ARGUMENT]...",
		Short: "Run a command and hand it a code",
		Long: `Run a command and hand it a code: never as an argument, because everybody on the
machine can read those.

Without a flag the command's standard input is the code, a newline and the end;
what comes on jangle's own standard input is left alone. --fd hands it on a
descriptor, and the standard input stays what it is. --prompt runs the command on
a terminal of its own and types the code when the last line there has TEXT, once;
all else is typed by you, and what is redirected stays redirected. Whatever the
command talks to can write TEXT and get the code.

No step of time is handed out twice, so a second run may wait for the next code;
--reuse hands out the present one again.

The exit status is the command's: 128 and the number of a signal that killed it,
127 if there is no such command, 126 if it cannot be executed. If jangle itself
fails, the reason is on stderr, and the command is not run or, if it was at its
prompt by then, hung up.`,
		Example: `  jangle exec bastion --prompt "Verification code:" -- ssh ann@bastion
  jangle exec vpn -- sudo openconnect --passwd-on-stdin --user ann vpn.example.com
  jangle exec npm --fd 3 -- ./publish.sh        # which does: read -r code <&3`,
		ValidArgsFunction: app.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runExec(cmd.Context(), app, o.split(cmd, args))
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.fd, "fd", 0, "hand the code on this descriptor, 3 or more")
	f.StringVar(&o.prompt, "prompt", "", "type the code when this text is on the last line of the command's terminal, in any case")
	f.StringVar(&o.env, "env", "", "put the code into this environment variable, where other programs of yours can see it")
	f.BoolVar(&o.reuse, "reuse", false, "hand out the present code even if it was handed out before")
	f.Var(&o.code.minValid, "min-valid", "wait for a code that is valid for at least this long")
	return cmd
}

// split parts the account from the command at the "--".
func (o execOptions) split(cmd *cobra.Command, args []string) execOptions {
	o.query = args
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		o.query, o.command = args[:n], args[n:]
	}
	o.code.once = !o.reuse
	return o
}

func (o execOptions) check() error {
	const help = "jangle exec --help"
	ways := 0
	for _, used := range []bool{o.fd != 0, o.prompt != "", o.env != ""} {
		if used {
			ways++
		}
	}
	switch {
	case len(o.command) == 0:
		return usage("jangle exec NAME -- COMMAND", "jangle exec wants a command after --")
	case len(o.query) == 0:
		return usage("jangle exec NAME -- COMMAND", "jangle exec wants the name of an account before --")
	case ways > 1:
		return usage(help, "--fd, --prompt and --env exclude each other")
	case o.fd < 0, o.fd == 1, o.fd == 2:
		return usage(help, "--fd %d: a descriptor from 3 on", o.fd)
	case strings.ContainsAny(o.env, "=\x00"):
		return usage(help, "--env: %q is not a variable's name", o.env)
	}
	return nil
}

// runExec finds the command and the account before a code is used up.
func runExec(ctx context.Context, app *App, o execOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	path, err := answer.Find(o.command[0])
	if err != nil {
		return commandError(err)
	}
	source, err := app.codeSource(ctx, fromOptions{})
	if err != nil {
		return err
	}
	a, err := app.pickAccount(ctx, source, o.query)
	if err != nil {
		return err
	}
	p := answer.Program{Path: path, Args: o.command, In: app.In, Out: app.Out, Err: app.Err}
	if o.prompt != "" {
		return app.execAtPrompt(ctx, p, source, a, o)
	}
	p.PassOn = app.passedOn()
	code, err := app.generate(ctx, source, a, o.code)
	if err != nil {
		return err
	}
	return commandEnd(o.run(p, code))
}

// run hands the code over in the way that was asked for.
func (o execOptions) run(p answer.Program, code otp.Code) (int, error) {
	switch {
	case o.fd != 0:
		return p.RunWithFile(o.fd, code.Text)
	case o.env != "":
		p.Env = append(os.Environ(), o.env+"="+code.Text)
		return p.Run()
	}
	return p.RunWithInput(code.Text)
}

// execAtPrompt makes the code when it is asked for. By then the terminal is the
// command's, so nothing can be asked there.
func (app *App) execAtPrompt(ctx context.Context, p answer.Program, source codeSource, a account.Account, o execOptions) error {
	q := answer.Prompt{Text: o.prompt, Log: app.Err}
	if t, err := app.openTerminal(); err == nil {
		defer t.Close()
		q.Person = t
	}
	p.PassOn = allPassedOn()
	app.global.noInput = true
	q.Answer = func(over context.Context) (string, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(over, cancel)()
		code, err := app.generate(ctx, source, a, o.code)
		return code.Text, err
	}
	end, err := p.RunAtPrompt(q)
	switch {
	case err == nil && !end.Made:
		app.tell("jangle: %q did not appear; no code was used\n", o.prompt)
	case err == nil && !end.Typed:
		app.tell("jangle: the command wrote more after its prompt, so the code was not typed\n")
	}
	return commandEnd(end.Status, err)
}

// commandEnd makes the command's end ours.
func commandEnd(status int, err error) error {
	switch {
	case err != nil:
		return commandError(err)
	case status != 0:
		return failure.Of(errReported, "", Exit(status))
	}
	return nil
}

func commandError(err error) error {
	switch {
	case errors.Is(err, answer.ErrNotFound):
		return failure.Of(err, "", exitNotFound)
	case errors.Is(err, answer.ErrNotAllowed):
		return failure.Of(err, "", exitNotAllowed)
	}
	return err
}
