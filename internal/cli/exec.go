package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/answer"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/term"
)

// The statuses of env(1), nohup(1) and the shells for a command that does not
// run. They are beside jangle's own, because exec's status is the command's.
const (
	exitNotAllowed Exit = 126
	exitNotFound   Exit = 127
)

type execOptions struct {
	app      *App
	fd       int
	prompt   string
	env      string
	reuse    bool
	minValid time.Duration
}

func newExec(app *App) *cobra.Command {
	o := &execOptions{app: app}
	cmd := &cobra.Command{
		Use:   "exec QUERY... -- COMMAND [ARGUMENT]...",
		Short: "Run a command and hand it a code",
		Example: `  jangle exec bastion --prompt "Verification code:" -- ssh ann@bastion
  jangle exec vpn -- sudo openconnect --passwd-on-stdin --user ann vpn.example.com
  jangle exec npm --fd 3 -- ./publish.sh        # which does: read -r code <&3`,
		ValidArgsFunction: app.completeAccounts,
		RunE:              o.run,
	}
	f := cmd.Flags()
	f.IntVar(&o.fd, "fd", 0, "hand the code on this descriptor, 3 or more")
	f.StringVar(&o.prompt, "prompt", "", "type the code when this text is on the last line of the command's terminal, in any case")
	f.StringVar(&o.env, "env", "", "put the code into this environment variable, where other programs of yours can see it")
	f.BoolVar(&o.reuse, "reuse", false, "hand out the present code even if it was handed out before")
	f.Var(span(&o.minValid), "min-valid", "wait for a code that is valid for at least this long")
	return cmd
}

// run finds the command and the account before a code is used up.
func (o *execOptions) run(cmd *cobra.Command, query []string) error {
	ctx, app := cmd.Context(), o.app
	var command []string
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		query, command = query[:n], query[n:]
	}
	if err := o.check(query, command); err != nil {
		return err
	}
	path, err := answer.Find(command[0])
	if err != nil {
		return commandEnd(0, err)
	}
	s, a, err := app.openOne(ctx, toRead, query)
	if err != nil {
		return err
	}
	p := answer.Program{Path: path, Args: command, In: app.In, Out: app.Out, Err: app.Err}
	code := func(ctx context.Context) (string, error) {
		c, err := s.code(ctx, a, wantedCode{once: !o.reuse, minValid: o.minValid})
		return c.Text, err
	}
	if o.prompt != "" {
		return o.runAtPrompt(ctx, p, code)
	}
	p.PassOn = answer.Signals()
	if t, err := app.openTerminal(); err == nil {
		// Ctrl-C and Ctrl-\ reach the command without us; twice would be once too often for
		// programs that take the second for "at once".
		t.Close()
		p.PassOn = slices.DeleteFunc(p.PassOn, func(s os.Signal) bool { return s == syscall.SIGINT || s == syscall.SIGQUIT })
	}
	text, err := code(ctx)
	switch {
	case err != nil:
		return err
	case o.fd != 0:
		return commandEnd(p.RunWithFile(o.fd, text))
	case o.env != "":
		p.Env = append(os.Environ(), o.env+"="+text)
		return commandEnd(p.Run())
	}
	return commandEnd(p.RunWithInput(text))
}

func (o *execOptions) check(query, command []string) error {
	const help = "jangle exec --help"
	ways := 0
	for _, used := range []bool{o.fd != 0, o.prompt != "", o.env != ""} {
		if used {
			ways++
		}
	}
	switch {
	case len(command) == 0:
		return usage("jangle exec NAME -- COMMAND", "jangle exec wants a command after --")
	case len(query) == 0:
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

// runAtPrompt makes the code when it is asked for. By then the terminal is the
// command's, so nothing can be asked there.
func (o *execOptions) runAtPrompt(ctx context.Context, p answer.Program, code func(context.Context) (string, error)) error {
	app := o.app
	q := answer.Prompt{Text: o.prompt, Log: app.Err}
	if t, err := app.openTerminal(); err == nil {
		defer t.Close()
		q.Person = t
	}
	p.PassOn = answer.Signals()
	app.global.noInput = true
	q.Answer = func(over context.Context) (string, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(over, cancel)()
		return code(ctx)
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
	case errors.Is(err, answer.ErrNotFound):
		return failure.Of(err, "", exitNotFound)
	case errors.Is(err, answer.ErrNotAllowed):
		return failure.Of(err, "", exitNotAllowed)
	case err == nil && status != 0:
		return failure.Of(errReported, "", Exit(status))
	}
	return err
}

// openTerminal is the person's terminal for handing keys on; --no-input is about
// questions of ours.
func (app *App) openTerminal() (*term.Terminal, error) {
	if app.Terminal == nil {
		return nil, term.ErrNoTerminal
	}
	return app.Terminal()
}
