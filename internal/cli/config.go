package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
)

func newConfig(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings and where they are; change one",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return runConfig(app) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "set KEY VALUE",
		Short:     "Change one setting; an empty value removes it",
		Example:   "  jangle config set unlock_for 1h\n  jangle config set clear_clipboard_after 20s",
		Args:      exactArgs(2, "a setting and its value"),
		ValidArgs: []string{"unlock_for", "clear_clipboard_after", "store_passphrase_command"},
		RunE:      func(_ *cobra.Command, args []string) error { return runConfigSet(app, args[0], args[1]) },
	})
	cmd.AddCommand(newConfigAskpass(app))
	return cmd
}

func runConfig(app *App) error {
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	app.answer("configuration  %s\n", paths.Config)
	app.answer("files          %s\n", paths.Data)
	for _, row := range [][2]string{
		{"store", orNone(c.Store)},
		{"vault", orNone(c.Vault)},
		{"store_passphrase_command", orNone(strings.Join(c.StorePassphraseCommand, " "))},
		{"unlock_for", c.UnlockFor.Or(defaultUnlockFor).String()},
		{"clear_clipboard_after", c.ClearClipboardAfter.Or(defaultClearAfter).String()},
	} {
		app.answer("%-25s %s\n", row[0], row[1])
	}
	for _, r := range c.Askpass {
		app.answer("%-25s %s → %s\n", "askpass", describeRule(r), oneLine(r.Account))
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "(not set)"
	}
	return s
}

// runConfigSet changes a setting. The store is changed by jangle store use,
// which moves the accounts too.
func runConfigSet(app *App, key, value string) error {
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	if key == "store" {
		return usage("jangle store use keyring, or file", "the store is changed by a command that moves the accounts too")
	}
	if key == "vault" {
		return usage("jangle store inspect, then jangle store choose ID", "the vault is chosen by a command that looks whether it is there")
	}
	text := ""
	switch {
	case value == "":
	case key == "store_passphrase_command":
		text = commandTOML(value)
	default:
		text = strconv.Quote(value)
	}
	if err := config.Set(paths.Config, key, text); err != nil {
		return failed("jangle config shows all settings", "%w", err)
	}
	app.answer("%s is set\n", key)
	return nil
}

// commandTOML splits a command at blanks, as it will be run without a shell.
func commandTOML(value string) string {
	words := strings.Fields(value)
	for i, w := range words {
		words[i] = strconv.Quote(w)
	}
	return "[" + strings.Join(words, ", ") + "]"
}
