package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
)

// askpassName is the name under which the program is `jangle askpass`:
// SSH_ASKPASS, SUDO_ASKPASS and GIT_ASKPASS name a program and cannot carry an
// argument.
const askpassName = "jangle-askpass"

func newAskpass(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "askpass PROMPT",
		Short: "Answer another program's prompt with a code (SSH_ASKPASS, SUDO_ASKPASS)",
		Long: `Print the code for a prompt of ssh, sudo or git. Which account answers is set by
rules: each names the program, for ssh the user and the host too, and the whole
text that is asked. The program is the one that started jangle, whatever the
prompt says; where ssh logs in to is what ssh -G says. Without such a rule nothing
is printed and the status is 3.

No step of time is answered twice: after a code was refused, the next one is
waited for.

The variables of those programs hold a path and no arguments, so give jangle a
second name: under the name jangle-askpass it is this command.`,
		Example: `  ln -s "$(command -v jangle)" ~/.local/bin/jangle-askpass
  jangle config askpass add ssh ann@bastion "Verification code" bastion
  SSH_ASKPASS=$HOME/.local/bin/jangle-askpass SSH_ASKPASS_REQUIRE=force ssh ann@bastion`,
		Args: exactArgs(1, "the prompt"),
		RunE: app.answerPrompt,
	}
}

func (app *App) answerPrompt(cmd *cobra.Command, args []string) error {
	ctx, prompt := cmd.Context(), args[0]
	if err := app.needsOutput(); err != nil {
		return err
	}
	c, _, err := app.settings()
	if err != nil {
		return err
	}
	who, err := app.Asker(ctx, prompt)
	if err != nil {
		return err
	}
	text := who.Words(prompt)
	asked := config.AskpassRule{Program: who.Program, User: who.User, Host: who.Host, Prompt: text}
	i := slices.IndexFunc(c.Askpass, asked.Asks)
	if i < 0 {
		return noRule(who, text, c.Askpass)
	}
	s, a, err := app.loadNamed(ctx, strings.Fields(c.Askpass[i].Account))
	if err != nil {
		return err
	}
	code, err := s.code(ctx, a, wantedCode{once: true})
	if err != nil {
		return err
	}
	app.answer("%s\n", code.Text)
	return nil
}

func noRule(who asker.Asker, text string, rules []config.AskpassRule) error {
	err := fmt.Errorf("no rule answers what %s asks: %q", who, text)
	shown, name := strings.TrimRight(strings.TrimSpace(text), ": "), "NAME, if a code is what it wants"
	for _, r := range rules {
		if r.Program == "" && strings.Contains("("+who.User+"@"+who.Host+") "+text, r.Prompt) {
			err = fmt.Errorf("%w\nthe rule %q is of the older form, which names no program", err, r.Prompt)
			name = r.Account
		}
	}
	switch {
	case !slices.Contains(config.AskpassPrograms(), who.Program):
		return failure.Of(err, "ssh, sudo or git has to start jangle itself; a script in between needs: exec jangle askpass \"$1\"", ExitNoAccount)
	case strings.ContainsFunc(text, unicode.IsControl):
		return failure.Of(fmt.Errorf("%w\na prompt with line breaks is never answered", err), "", ExitNoAccount)
	}
	return failure.Of(err, "jangle config askpass add "+who.String()+" "+shellQuoted(shown)+" "+name, ExitNoAccount)
}

func newConfigAskpass(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "askpass",
		Short: "Which account answers which prompt (jangle askpass)",
		Args:  noArgs,
		RunE:  app.listRules,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "add ssh USER@HOST PROMPT ACCOUNT... | add sudo|git PROMPT ACCOUNT...",
		Short: "Answer this question of that program with this account's codes",
		Long: `Answer PROMPT, when ssh asks it for a login as USER at HOST, or sudo or git, with
the codes of the one account that ACCOUNT fits. PROMPT is the whole question, but
for blanks and colons at its end and without the "(user@host)" that ssh puts before
it. HOST is the name that ssh shows there.`,
		Example: `  jangle config askpass add ssh ann@bastion "Verification code" bastion
  jangle config askpass add sudo "Verification code" laptop`,
		RunE: app.addRule,
	}, &cobra.Command{
		Use:     "remove ssh USER@HOST PROMPT | remove sudo|git PROMPT",
		Short:   "Remove the rule for that question",
		Example: `  jangle config askpass remove ssh ann@bastion "Verification code"`,
		RunE:    app.removeRule,
	})
	return cmd
}

// askpassRule reads a program, for ssh a user and a host, and a prompt.
func askpassRule(command string, args []string) (rule config.AskpassRule, rest []string, err error) {
	ok := len(args) >= 2
	if ok {
		rule.Program, rule.Prompt, rest = args[0], args[1], args[2:]
	}
	if ok && rule.Program == "ssh" {
		at := strings.LastIndex(args[1], "@") // as ssh does
		if ok = len(args) >= 3 && at > 0; ok {
			rule.User, rule.Host, rule.Prompt, rest = args[1][:at], args[1][at+1:], args[2], args[3:]
		}
	}
	if !ok || !slices.Contains(config.AskpassPrograms(), rule.Program) {
		return rule, nil, askpassUsage(command)
	}
	return rule, rest, nil
}

func askpassUsage(command string) error {
	account := map[string]string{"add": " NAME"}[command]
	return usage("jangle config askpass "+command+" ssh USER@HOST PROMPT"+account+"\njangle config askpass "+command+" sudo PROMPT"+account+", and so for git",
		"a rule names who asks, what is asked and the account that answers")
}

// describeRule is a rule's question as a person reads it.
func describeRule(r config.AskpassRule) string {
	prompt := oneLine(strings.TrimSpace(r.Prompt))
	if r.Program == "" {
		return prompt
	}
	return asker.Asker{Program: r.Program, User: r.User, Host: r.Host}.String() + ": " + prompt
}

func (app *App) listRules(*cobra.Command, []string) error {
	c, _, err := app.settings()
	if err != nil {
		return err
	}
	for _, r := range c.Askpass {
		app.answer("%s → %s\n", describeRule(r), oneLine(r.Account))
		if r.Program == "" {
			app.warn("that rule is of an older form and answers nothing, because it does not say which program asks; remove it: jangle config askpass remove %s; then jangle config askpass add --help", shellQuoted(r.Prompt))
		}
	}
	if len(c.Askpass) == 0 {
		app.tell("no rules yet; jangle config askpass add --help\n")
	}
	return nil
}

// addRule makes sure that the account is one, now and not when ssh asks.
func (app *App) addRule(cmd *cobra.Command, args []string) error {
	rule, query, err := askpassRule("add", args)
	if err == nil && len(query) == 0 {
		err = askpassUsage("add")
	}
	if err != nil {
		return err
	}
	_, a, err := app.loadNamed(cmd.Context(), query)
	if err != nil {
		return err
	}
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	rule.Account = strings.Join(query, " ")
	if err := config.AddAskpass(paths.Config, rule); err != nil {
		return err
	}
	app.answer("%s is answered by %s\n", describeRule(rule), oneLine(a.Label()))
	return nil
}

func (app *App) removeRule(_ *cobra.Command, args []string) error {
	rule, rest, err := config.AskpassRule{}, []string(nil), error(nil)
	if len(args) == 1 { // of the older form
		rule.Prompt = args[0]
	} else if rule, rest, err = askpassRule("remove", args); err == nil && len(rest) > 0 {
		err = askpassUsage("remove")
	}
	if err != nil {
		return err
	}
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	err = config.RemoveAskpass(paths.Config, rule)
	if errors.Is(err, config.ErrNoRule) {
		return failed("jangle config askpass shows all rules", "%w", err)
	}
	if err != nil {
		return err
	}
	app.answer("removed  %s\n", describeRule(rule))
	return nil
}
