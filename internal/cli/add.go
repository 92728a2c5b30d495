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
	"golang.org/x/text/width"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type addOptions struct {
	app        *App
	names      []string // the issuer and the account
	params     parameterFlags
	typ        account.Type // of a bare secret
	bare       bool         // it was a secret and no link
	pinFile    string
	conflict   string
	onConflict vault.Conflict
}

func newAdd(app *App) *cobra.Command {
	o := &addOptions{app: app}
	cmd := &cobra.Command{
		Use:   "add [ISSUER [ACCOUNT]]",
		Short: "Add one account: asks for its secret, or takes an otpauth:// link",
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

func (o *addOptions) run(cmd *cobra.Command, names []string) (err error) {
	ctx, app := cmd.Context(), o.app
	o.names = names
	for _, arg := range names {
		if input.LooksLikeSecret(arg) {
			return usage("jangle add, and paste it at the prompt (it is not shown); or: jangle add < FILE",
				"a secret on the command line is visible to every user of this machine, and stays in the shell's history")
		}
	}
	if len(names) > 2 {
		return usage(`jangle add "ISSUER" "ACCOUNT"`, "jangle add wants an issuer and an account at most")
	}
	if o.onConflict, err = parseConflict(o.conflict); err != nil {
		return err
	}
	if o.typ = account.TOTP; o.params.typ != "" {
		if o.typ, err = account.ParseType(o.params.typ); err != nil {
			return usage("totp (the usual), hotp, steam, motp or yandex: --type hotp", "--%w", err)
		}
	}
	defer app.person.Hold()()
	a, warnings, err := o.read(ctx)
	if err != nil {
		return err
	}
	if err := o.complete(ctx, cmd.Flags(), &a); err != nil {
		return err
	}
	s, err := app.open(ctx, toCompare)
	if err != nil {
		return err
	}
	if err := o.name(ctx, s.doc, &a); err != nil {
		return err
	}
	if n := a.Secret.Len(); n < 10 {
		warnings = append(warnings, text.T("the secret has only %d bits; check that none of it is missing", n*8))
	}
	if err := a.Validate(); err != nil {
		return fmt.Errorf("nothing was added: %w", err)
	}
	m := merge{app: app, conflict: o.onConflict,
		got: &input.Batch{Candidates: []vault.Candidate{{Index: 1, Label: a.Label(), Account: a, Warnings: warnings}}}}
	if err := m.into(ctx, s, "add "+a.Label()); err != nil {
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
	case i.Kept() && !i.LeftOut():
		return failure.New(ExitIncomplete, "to rename it: jangle edit "+i.ID+" --issuer NAME\nto keep the two: --on-conflict both",
			"nothing was added: already here as %s", oneLine(i.Stored().Label()))
	case i.LeftOut():
		return failure.New(ExitIncomplete, "to put the new secret in its place: --on-conflict replace\nto keep the two: --on-conflict both",
			"nothing was added: %s", i.Reason)
	}
	o.app.answer("%-6s  %s\n", string(i.Outcome), oneLine(i.Label))
	said := i.Reason
	if i.Outcome == vault.Same {
		said = "already here as " + oneLine(i.Stored().Label())
	}
	o.app.tell("%s\n", said)
	m.tellPutAway()
	return nil
}

// read asks a person until it has a secret or a link, or reads a line from standard
// input.
func (o *addOptions) read(ctx context.Context) (a account.Account, warnings []string, err error) {
	for o.app.InIsTerminal {
		typed, err := o.app.person.Secret(ctx, "secret or otpauth:// link (not shown): ",
			usage("jangle add < FILE", "nobody can be asked for the secret"))
		if err != nil {
			return a, nil, err
		}
		if a, warnings, err = o.parse(string(typed)); err == nil {
			return a, warnings, nil
		}
		o.app.person.Say("%s; once again, please (Ctrl-C stops)", err)
	}
	if err := o.app.oneReader("-", o.pinFile); err != nil {
		return a, nil, err
	}
	line, err := input.Interruptible(ctx, func() ([]byte, error) {
		return bufio.NewReader(io.LimitReader(o.app.In, 64<<10)).ReadBytes('\n')
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return a, nil, fmt.Errorf("cannot read standard input: %w", err)
	}
	if a, warnings, err = o.parse(string(line)); err != nil {
		err = fmt.Errorf("nothing was added: %w", err)
	}
	return a, warnings, err
}

// parse makes an account of a link or a bare secret.
func (o *addOptions) parse(typed string) (account.Account, []string, error) {
	typed = strings.TrimSpace(typed)
	if o.bare = !otpauth.IsURI(typed); !o.bare {
		return otpauth.Parse(typed)
	}
	secret, err := o.parseSecret(typed)
	return account.New(o.typ, secret), nil, err
}

// complete takes in what the command line says.
func (o *addOptions) complete(ctx context.Context, f *pflag.FlagSet, a *account.Account) error {
	for i, name := range o.names {
		*[]*string{&a.Issuer, &a.Name}[i] = strings.TrimSpace(name)
	}
	if o.pinFile != "" {
		pin, err := o.app.passphraseFromFile(ctx, o.pinFile)
		if err != nil {
			return err
		}
		a.PIN = account.NewSecret(pin)
	}
	return o.params.apply(f, a)
}

// name asks for the names that a bare secret lacks. An account that is here already
// has them.
func (o *addOptions) name(ctx context.Context, doc *vault.Document, a *account.Account) error {
	if !o.bare || len(o.names) == 2 || !o.app.InIsTerminal {
		if a.Issuer == "" && a.Name == "" {
			return usage("jangle add ISSUER ACCOUNT", "the account has no name")
		}
		return nil
	}
	for _, ours := range doc.Accounts() {
		if o.onConflict == vault.KeepMine && ours.Key() == a.Key() {
			a.Issuer, a.Name = ours.Issuer, ours.Name
			return nil
		}
	}
	var err error
	for a.Issuer == "" && err == nil {
		a.Issuer, err = o.app.person.Line(ctx, "issuer (who asks for the code, such as GitHub): ", nil)
	}
	if err == nil {
		a.Name, err = o.app.person.Line(ctx, "account (your name there; may be empty): ", nil)
	}
	return err
}

// parseSecret reads a secret as its type writes it: hex for mOTP, base32 for all
// others.
func (o *addOptions) parseSecret(text string) (account.Secret, error) {
	if !strings.EqualFold(o.params.typ, string(account.MOTP)) {
		return account.ParseBase32(text)
	}
	b, err := hex.DecodeString(strings.TrimSpace(width.Fold.String(text)))
	if err != nil {
		return account.Secret{}, errors.New("the secret of an mOTP account is hexadecimal: 0-9 and a-f, an even number of them")
	}
	if len(b) == 0 {
		return account.Secret{}, account.ErrEmptySecret
	}
	return account.NewSecret(b), nil
}
