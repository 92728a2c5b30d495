package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
)

// askpassName is the name under which the program is `jangle askpass`:
// SSH_ASKPASS, SUDO_ASKPASS and GIT_ASKPASS name a program and cannot carry an
// argument.
const askpassName = "jangle-askpass"

// argumentsFor are the arguments of a start under the given name.
func argumentsFor(name string, args []string) []string {
	if strings.TrimSuffix(filepath.Base(name), ".exe") != askpassName {
		return args
	}
	return append([]string{"askpass", "--"}, args...)
}

func newAskpass(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "askpass PROMPT",
		Short: "Answer another program's prompt with a code (SSH_ASKPASS, SUDO_ASKPASS)",
		Long: `Print the code for a prompt of ssh, sudo or git. Which account answers which
prompt is set by rules; the first whose text is a part of the prompt, in any
case, is taken, and without one nothing is printed and the status is 3. A prompt
that speaks of a password, a passphrase or yes/no is answered only by a rule that
has that word too.

No step of time is answered twice: after a code was refused, the next one is
waited for.

The variables of those programs hold a path and no arguments, so give jangle a
second name: under the name jangle-askpass it is this command.`,
		Example: `  ln -s "$(command -v jangle)" ~/.local/bin/jangle-askpass
  jangle config askpass add "(ann@bastion) Verification code" bastion
  SSH_ASKPASS=$HOME/.local/bin/jangle-askpass SSH_ASKPASS_REQUIRE=force ssh ann@bastion`,
		Args: exactArgs(1, "the prompt"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runAskpass(cmd.Context(), app, args[0])
		},
	}
}

func runAskpass(ctx context.Context, app *App, prompt string) error {
	if err := app.needsOutput(); err != nil {
		return err
	}
	c, _, err := app.settings()
	if err != nil {
		return err
	}
	rule, ok := c.AskpassFor(prompt)
	if !ok {
		return noRule(prompt)
	}
	source, err := app.codeSource(ctx, fromOptions{})
	if err != nil {
		return err
	}
	a, err := app.pickAccount(ctx, source, strings.Fields(rule.Account))
	if err != nil {
		return err
	}
	code, err := app.generate(ctx, source, a, codeOptions{once: true})
	if err != nil {
		return err
	}
	app.answer("%s\n", code.Text)
	return nil
}

func noRule(prompt string) error {
	shown := strings.TrimRight(strings.TrimSpace(prompt), ": ")
	return failure.Of(fmt.Errorf("no rule answers the prompt %q", prompt),
		"jangle config askpass add "+shellQuoted(shown)+" NAME, if a code is what it wants", ExitNoAccount)
}

// shellQuoted is a word for a shell, whatever is in it.
func shellQuoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func newConfigAskpass(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "askpass",
		Short: "Which account answers which prompt (jangle askpass)",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return runAskpassList(app) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "add PROMPT ACCOUNT...",
		Short: "Answer prompts that contain this text with this account's codes",
		Long: `Answer prompts that contain PROMPT, in any case, with the codes of the one account
that ACCOUNT fits. Take enough of the prompt to mean this one program and host:
ssh puts "(user@host)" before it.`,
		Example: `  jangle config askpass add "(ann@bastion) Verification code" bastion`,
		Args:    minArgs(2, "a text and the name of an account"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runAskpassAdd(cmd.Context(), app, args[0], args[1:])
		},
	}, &cobra.Command{
		Use:   "remove PROMPT",
		Short: "Remove the rule of that text",
		Args:  exactArgs(1, "the text of a rule"),
		RunE:  func(_ *cobra.Command, args []string) error { return runAskpassRemove(app, args[0]) },
	})
	return cmd
}

func runAskpassList(app *App) error {
	c, _, err := app.settings()
	if err != nil {
		return err
	}
	for _, r := range c.Askpass {
		app.answer("%s → %s\n", oneLine(r.Prompt), oneLine(r.Account))
	}
	if len(c.Askpass) == 0 {
		app.tell("no rules yet; jangle config askpass add PROMPT NAME\n")
	}
	return nil
}

// runAskpassAdd makes sure that the account is one, now and not when ssh asks.
func runAskpassAdd(ctx context.Context, app *App, prompt string, query []string) error {
	source, err := app.codeSource(ctx, fromOptions{})
	if err != nil {
		return err
	}
	a, err := app.pickAccount(ctx, source, query)
	if err != nil {
		return err
	}
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	if strings.TrimSpace(prompt) == "" {
		return usage("jangle config askpass add PROMPT NAME", "an empty text would answer every prompt")
	}
	if err := os.MkdirAll(filepath.Dir(paths.Config), 0o700); err != nil {
		return err
	}
	rule := config.AskpassRule{Prompt: prompt, Account: strings.Join(query, " ")}
	if err := config.AddAskpass(paths.Config, rule); err != nil {
		return err
	}
	app.answer("prompts with %q are answered by %s\n", prompt, oneLine(a.Label()))
	return nil
}

func runAskpassRemove(app *App, prompt string) error {
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	err = config.RemoveAskpass(paths.Config, prompt)
	if errors.Is(err, config.ErrNoRule) {
		return failed("jangle config askpass shows all rules", "%w", err)
	}
	if err != nil {
		return err
	}
	app.answer("removed  %s\n", oneLine(prompt))
	return nil
}
