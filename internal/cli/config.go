package cli

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/text/width"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
)

func newConfig(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings and where they are; change one",
		Args:  noArgs,
		RunE:  app.printConfig,
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "set KEY VALUE",
		Short:     "Change one setting; an empty value removes it",
		Example:   "  jangle config set unlock_for 1h\n  jangle config set clear_clipboard_after 20s",
		Args:      exactArgs(2, "a setting and its value"),
		ValidArgs: []string{"unlock_for", "clear_clipboard_after", "store_passphrase_command"},
		RunE:      app.setConfig,
	})
	cmd.AddCommand(newConfigAskpass(app))
	return cmd
}

func (app *App) printConfig(*cobra.Command, []string) error {
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	app.answer("configuration  %s\n", paths.Config)
	app.answer("files          %s\n", paths.Data)
	for _, row := range [][2]string{
		{"store", c.Store},
		{"vault", c.Vault},
		{"store_passphrase_command", strings.Join(c.StorePassphraseCommand, " ")},
		{"unlock_for", c.UnlockFor.Or(defaultUnlockFor).String()},
		{"clear_clipboard_after", c.ClearClipboardAfter.Or(defaultClearAfter).String()},
	} {
		app.answer("%-25s %s\n", row[0], cmp.Or(row[1], "(not set)"))
	}
	for _, r := range c.Askpass {
		app.answer("%-25s %s → %s\n", "askpass", describeRule(r), oneLine(r.Account))
	}
	return nil
}

// setConfig changes a setting. The store is changed by jangle store use,
// which moves the accounts too.
func (app *App) setConfig(_ *cobra.Command, args []string) error {
	key, value := width.Fold.String(args[0]), args[1]
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	text := ""
	switch {
	case key == "store":
		return usage("jangle store use keyring, or file", "the store is changed by a command that moves the accounts too")
	case key == "vault":
		return usage("jangle store inspect, then jangle store choose ID", "the vault is chosen by a command that looks whether it is there")
	case value == "":
	case key == "store_passphrase_command":
		words := strings.Fields(value) // as it will be run, without a shell
		for i, w := range words {
			words[i] = strconv.Quote(w)
		}
		text = "[" + strings.Join(words, ", ") + "]"
	default:
		text = strconv.Quote(width.Fold.String(value))
	}
	if err := config.Set(paths.Config, key, text); err != nil {
		return failed("jangle config shows all settings", "%w", err)
	}
	app.answer("%s is set\n", key)
	return nil
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
	_, a, err := app.openOne(cmd.Context(), toRead, query)
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
