package cli

import (
	"cmp"
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
	key, value := args[0], args[1]
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
		text = strconv.Quote(value)
	}
	if err := config.Set(paths.Config, key, text); err != nil {
		return failed("jangle config shows all settings", "%w", err)
	}
	app.answer("%s is set\n", key)
	return nil
}
