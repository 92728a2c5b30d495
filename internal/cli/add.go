package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
)

type addOptions struct {
	name     []string
	params   parameterFlags
	pinFile  string
	conflict string
	json     bool
}

func newAdd(app *App) *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add [ISSUER [ACCOUNT]]",
		Short: "Add one account: asks for its secret, or takes an otpauth:// link",
		Long: `Add one account. At a terminal it asks for what the site shows: the secret ("wxyz
2345 …", blanks, dashes and case do not matter) or the whole otpauth:// link. What
you type is not shown. Without a terminal it reads one line from standard input.

The secret is never an argument: it would stand in the process list and in the
shell's history.`,
		Example: `  jangle add
  jangle add GitHub ann@example.com
  jangle add "Old Bank" --digits 8 --period 60 < secret.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args
			return runAdd(cmd.Context(), app, cmd.Flags(), o)
		},
	}
	f := cmd.Flags()
	o.params.register(f)
	f.StringVar(&o.pinFile, "pin-file", "", "the PIN of an mOTP or Yandex account, from this file")
	f.StringVar(&o.conflict, "on-conflict", "keep", "an account of that name is here: keep (ours), replace, both")
	f.BoolVar(&o.json, "json", false, "as jangle import --json")
	return cmd
}

func runAdd(ctx context.Context, app *App, f *pflag.FlagSet, o addOptions) error {
	app.global.json = o.json
	conflict, err := o.check()
	if err != nil {
		return err
	}
	if !app.InIsTerminal {
		if err := app.oneReader("-", o.pinFile); err != nil {
			return err
		}
	}
	a, warnings, err := app.readNewAccount(ctx, f, o)
	if err != nil {
		return err
	}
	got := &input.Batch{Candidates: []vault.Candidate{{Index: 1, Label: a.Label(), Account: a, Warnings: warnings}}}
	plan, err := app.merge(ctx, got, "add "+a.Label(), conflict, false)
	if err != nil {
		return err
	}
	r := importReport{got, plan, false}
	if o.json {
		return errors.Join(app.answerJSON(r.json()), r.verdict())
	}
	return app.printNew(r)
}

func (o addOptions) check() (vault.Conflict, error) {
	for _, arg := range o.name {
		if input.LooksLikeSecret(arg) {
			return 0, usage("jangle add, and paste it at the prompt (it is not shown); or: jangle add < FILE",
				"a secret on the command line is visible to every user of this machine, and stays in the shell's history")
		}
	}
	if len(o.name) > 2 {
		return 0, usage(`jangle add "ISSUER" "ACCOUNT"`, "jangle add wants an issuer and an account at most")
	}
	return parseConflict(o.conflict)
}

// printNew reports one account that was added by hand. A conflict that kept the
// account out is a failure here: it was all that was wanted.
func (app *App) printNew(r importReport) error {
	i := r.plan.Items[0]
	switch {
	case i.Outcome == vault.Added || i.Outcome == vault.Changed && !i.LeftOut() && i.Reason == "":
		app.printImport(r)
		return nil
	case i.Outcome == vault.Rejected:
		return fmt.Errorf("nothing was added: %s", i.Reason)
	case i.LeftOut(), i.Kept():
		return failure.Of(fmt.Errorf("nothing was added: %s", i.Reason),
			"--on-conflict=replace puts the new secret in its place; --on-conflict=both keeps the two", ExitIncomplete)
	}
	app.answer("%-6s  %s\n", string(i.Outcome), oneLine(i.Label))
	app.tell("%s\n", i.Reason)
	app.tellPutAway(r)
	return nil
}

// readNewAccount asks a person, or reads a line from standard input.
func (app *App) readNewAccount(ctx context.Context, f *pflag.FlagSet, o addOptions) (account.Account, []string, error) {
	if app.InIsTerminal {
		return app.askNewAccount(ctx, f, o)
	}
	line, err := input.Interruptible(ctx, func() ([]byte, error) {
		return bufio.NewReader(io.LimitReader(app.In, 64<<10)).ReadBytes('\n')
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return account.Account{}, nil, fmt.Errorf("cannot read standard input: %w", err)
	}
	return app.newAccount(ctx, strings.TrimSpace(string(line)), f, o)
}

func (app *App) askNewAccount(ctx context.Context, f *pflag.FlagSet, o addOptions) (account.Account, []string, error) {
	t, err := app.terminal()
	if err != nil {
		return account.Account{}, nil, usage("jangle add < FILE", "nobody can be asked for the secret")
	}
	defer t.Close()
	for {
		text, err := t.ReadSecret(ctx, "secret or otpauth:// link (not shown): ")
		if err != nil {
			return account.Account{}, nil, err
		}
		if otpauth.IsURI(strings.TrimSpace(string(text))) {
			return app.newAccount(ctx, strings.TrimSpace(string(text)), f, o)
		}
		if _, err := parseSecret(string(text), o.params.typ); err != nil {
			fmt.Fprintf(t, "%s; once again, please (Ctrl-C stops)\n", term.Safe(err.Error()))
			continue
		}
		if o.name, err = askNames(ctx, t, o.name); err != nil {
			return account.Account{}, nil, err
		}
		return app.newAccount(ctx, string(text), f, o)
	}
}

// askNames asks for what was not on the command line.
func askNames(ctx context.Context, t *term.Terminal, names []string) ([]string, error) {
	prompts := []string{"issuer (who asks for the code, such as GitHub): ", "account (your name there; may be empty): "}
	for len(names) < 2 {
		answer, err := t.ReadLine(ctx, prompts[len(names)])
		if err != nil {
			return nil, err
		}
		answer = strings.TrimSpace(answer)
		if len(names) == 0 && answer == "" {
			continue
		}
		names = append(names, answer)
	}
	return names, nil
}

// newAccount makes an account of a link or a bare secret, then of the flags.
func (app *App) newAccount(ctx context.Context, text string, f *pflag.FlagSet, o addOptions) (account.Account, []string, error) {
	a, warnings, err := parseNew(text, o)
	if err != nil {
		return a, nil, err
	}
	if len(o.name) > 0 {
		a.Issuer = strings.TrimSpace(o.name[0])
	}
	if len(o.name) > 1 {
		a.Name = strings.TrimSpace(o.name[1])
	}
	if err := o.params.apply(f, &a); err != nil {
		return a, nil, err
	}
	if o.pinFile != "" {
		pin, err := app.passphraseFromFile(ctx, o.pinFile)
		if err != nil {
			return a, nil, err
		}
		a.PIN = account.NewSecret(pin)
	}
	if a.Issuer == "" && a.Name == "" {
		return a, nil, usage("jangle add ISSUER ACCOUNT", "the account has no name")
	}
	if n := a.Secret.Len(); n < 10 {
		warnings = append(warnings, fmt.Sprintf("the secret has only %d bits; check that none of it is missing", n*8))
	}
	if err := a.Validate(); err != nil {
		return a, nil, fmt.Errorf("nothing was added: %w", err)
	}
	return a, warnings, nil
}

func parseNew(text string, o addOptions) (account.Account, []string, error) {
	if otpauth.IsURI(text) {
		a, warnings, err := otpauth.Parse(text)
		if err != nil {
			return a, nil, fmt.Errorf("nothing was added: %w", err)
		}
		return a, warnings, nil
	}
	secret, err := parseSecret(text, o.params.typ)
	if err != nil {
		return account.Account{}, nil, fmt.Errorf("nothing was added: %w", err)
	}
	t := account.TOTP
	if o.params.typ != "" {
		if t, err = account.ParseType(o.params.typ); err != nil {
			return account.Account{}, nil, usage("--type totp, hotp, steam, motp or yandex", "--%w", err)
		}
	}
	return account.New(t, secret), nil, nil
}
