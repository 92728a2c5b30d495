package cli

import (
	"bufio"
	"context"
	"encoding/hex"
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
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type addOptions struct {
	app      *App
	name     []string
	params   parameterFlags
	pinFile  string
	conflict string
}

func newAdd(app *App) *cobra.Command {
	o := &addOptions{app: app}
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
		RunE: o.run,
	}
	f := cmd.Flags()
	o.params.register(f)
	f.StringVar(&o.pinFile, "pin-file", "", "the PIN of an mOTP or Yandex account, from this file")
	f.StringVar(&o.conflict, "on-conflict", "keep", "an account of that name is here: keep (ours), replace, both")
	f.BoolVar(&app.global.json, "json", false, "as jangle import --json")
	return cmd
}

func (o *addOptions) run(cmd *cobra.Command, name []string) error {
	ctx, app := cmd.Context(), o.app
	o.name = name
	for _, arg := range name {
		if input.LooksLikeSecret(arg) {
			return usage("jangle add, and paste it at the prompt (it is not shown); or: jangle add < FILE",
				"a secret on the command line is visible to every user of this machine, and stays in the shell's history")
		}
	}
	if len(name) > 2 {
		return usage(`jangle add "ISSUER" "ACCOUNT"`, "jangle add wants an issuer and an account at most")
	}
	conflict, err := parseConflict(o.conflict)
	if err != nil {
		return err
	}
	a, warnings, err := o.read(ctx, cmd.Flags())
	if err != nil {
		return err
	}
	m := merge{app: app, conflict: conflict,
		got: &input.Batch{Candidates: []vault.Candidate{{Index: 1, Label: a.Label(), Account: a, Warnings: warnings}}}}
	if err := m.run(ctx, "add "+a.Label()); err != nil {
		return err
	}
	verdict := error(nil)
	if app.global.json {
		verdict = m.verdict()
	}
	err = app.print(m.json(), func() { verdict = o.print(m) })
	return errors.Join(err, verdict)
}

// print reports the one account. A conflict that kept it out is a failure here: it was
// all that was wanted.
func (o *addOptions) print(m merge) error {
	i := m.plan.Items[0]
	switch {
	case i.Outcome == vault.Added || i.Outcome == vault.Changed && !i.LeftOut() && i.Reason == "":
		m.print()
		return nil
	case i.Outcome == vault.Rejected:
		return fmt.Errorf("nothing was added: %s", i.Reason)
	case i.LeftOut(), i.Kept():
		return failure.New(ExitIncomplete, "--on-conflict=replace puts the new secret in its place; --on-conflict=both keeps the two",
			"nothing was added: %s", i.Reason)
	}
	o.app.answer("%-6s  %s\n", string(i.Outcome), oneLine(i.Label))
	o.app.tell("%s\n", i.Reason)
	m.tellPutAway()
	return nil
}

// read asks a person, or reads a line from standard input.
func (o *addOptions) read(ctx context.Context, f *pflag.FlagSet) (account.Account, []string, error) {
	if o.app.InIsTerminal {
		text, err := o.ask(ctx)
		if err != nil {
			return account.Account{}, nil, err
		}
		return o.account(ctx, text, f)
	}
	if err := o.app.oneReader("-", o.pinFile); err != nil {
		return account.Account{}, nil, err
	}
	line, err := input.Interruptible(ctx, func() ([]byte, error) {
		return bufio.NewReader(io.LimitReader(o.app.In, 64<<10)).ReadBytes('\n')
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return account.Account{}, nil, fmt.Errorf("cannot read standard input: %w", err)
	}
	return o.account(ctx, string(line), f)
}

// ask asks for a secret or a link and, with a secret, for the names that were not on
// the command line.
func (o *addOptions) ask(ctx context.Context) (string, error) {
	defer o.app.person.Hold()()
	for {
		secret, err := o.app.person.Secret(ctx, "secret or otpauth:// link (not shown): ",
			usage("jangle add < FILE", "nobody can be asked for the secret"))
		text := string(secret)
		if err != nil || otpauth.IsURI(strings.TrimSpace(text)) {
			return text, err
		}
		if _, err := o.parseSecret(text); err != nil {
			o.app.person.Say("%s; once again, please (Ctrl-C stops)", err)
			continue
		}
		prompts := []string{"issuer (who asks for the code, such as GitHub): ", "account (your name there; may be empty): "}
		for len(o.name) < 2 {
			answer, err := o.app.person.Line(ctx, prompts[len(o.name)], nil)
			if err != nil {
				return "", err
			}
			if answer != "" || len(o.name) > 0 {
				o.name = append(o.name, answer)
			}
		}
		return text, nil
	}
}

// account makes an account of a link or a bare secret, then of the flags.
func (o *addOptions) account(ctx context.Context, typed string, f *pflag.FlagSet) (a account.Account, warnings []string, err error) {
	typed = strings.TrimSpace(typed)
	if otpauth.IsURI(typed) {
		a, warnings, err = otpauth.Parse(typed)
	} else {
		var secret account.Secret
		if secret, err = o.parseSecret(typed); err == nil {
			typ := account.TOTP
			if o.params.typ != "" {
				if typ, err = account.ParseType(o.params.typ); err != nil {
					return a, nil, usage("--type totp, hotp, steam, motp or yandex", "--%w", err)
				}
			}
			a = account.New(typ, secret)
		}
	}
	if err != nil {
		return a, nil, fmt.Errorf("nothing was added: %w", err)
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
		pin, err := o.app.passphraseFromFile(ctx, o.pinFile)
		if err != nil {
			return a, nil, err
		}
		a.PIN = account.NewSecret(pin)
	}
	if a.Issuer == "" && a.Name == "" {
		return a, nil, usage("jangle add ISSUER ACCOUNT", "the account has no name")
	}
	if n := a.Secret.Len(); n < 10 {
		warnings = append(warnings, text.T("the secret has only %d bits; check that none of it is missing", n*8))
	}
	if err := a.Validate(); err != nil {
		return a, nil, fmt.Errorf("nothing was added: %w", err)
	}
	return a, warnings, nil
}

// parseSecret reads a secret as its type writes it: hex for mOTP, base32 for all
// others.
func (o *addOptions) parseSecret(text string) (account.Secret, error) {
	if !strings.EqualFold(o.params.typ, string(account.MOTP)) {
		return account.ParseBase32(text)
	}
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return account.Secret{}, errors.New("the secret of an mOTP account is hexadecimal: 0-9 and a-f, an even number of them")
	}
	if len(b) == 0 {
		return account.Secret{}, account.ErrEmptySecret
	}
	return account.NewSecret(b), nil
}
