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
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/text"
)

func newConfig(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Show the settings and where they are; change one",
		Example: "  jangle config\n  jangle config get unlock_for\n  jangle config set unlock_for 1h",
		Args:    noArgs,
		RunE:    app.printConfig,
	}
	cmd.Flags().BoolVar(&app.global.json, "json", false, "config, data, store, vault, settings (key, value, set, default, meaning), askpass")
	var keys []string
	for _, s := range config.Settings() {
		keys = append(keys, s.Key)
	}
	cmd.AddCommand(&cobra.Command{
		Use:       "get KEY",
		Short:     "Print the value of one setting and nothing else",
		Example:   "  jangle config get unlock_for",
		Args:      exactArgs(1, "a setting: "+strings.Join(keys, ", ")),
		ValidArgs: keys,
		RunE:      app.getConfig,
	}, &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Change one setting; an empty value removes it",
		Example: `  jangle config set unlock_for 1h
  jangle config set clear_clipboard_after 20s
  jangle config set store_passphrase_command "pass show jangle"
  jangle config set unlock_for ""`,
		Args:      exactArgs(2, "a setting and its value"),
		ValidArgs: keys,
		RunE:      app.setConfig,
	}, newConfigAskpass(app))
	return cmd
}

// configJSON is the stable form of the settings; fields are only added.
type configJSON struct {
	Config   string               `json:"config"` // the file
	Data     string               `json:"data"`   // the folder of the file store and the locks
	Store    string               `json:"store"`
	Vault    string               `json:"vault"`
	Settings []settingJSON        `json:"settings"`
	Askpass  []config.AskpassRule `json:"askpass"`
}

type settingJSON struct {
	Key     string `json:"key"`
	Value   string `json:"value"` // that holds
	Set     bool   `json:"set"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

func (app *App) printConfig(*cobra.Command, []string) error {
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	j := configJSON{paths.Config, paths.Data, c.Store, c.Vault, nil, append([]config.AskpassRule{}, c.Askpass...)}
	rows := [][]string{
		{"configuration", paths.Config, ""}, {"files", paths.Data, ""},
		{"store", cmp.Or(c.Store, "(not chosen yet)"), text.T("jangle store says more")}, {"vault", cmp.Or(c.Vault, "(none yet)"), ""},
	}
	for _, s := range config.Settings() {
		value, note := cmp.Or(s.Value(c), s.Default), "not set: the default"
		if s.Value(c) != "" {
			note = text.T("set; the default is %s", cmp.Or(s.Default, "none"))
		}
		j.Settings = append(j.Settings, settingJSON{s.Key, value, s.Value(c) != "", s.Default, s.Meaning})
		rows = append(rows, []string{s.Key, cmp.Or(value, "(none)"), text.T(note)})
	}
	for _, r := range c.Askpass {
		rows = append(rows, []string{"askpass", describeRule(r) + " → " + oneLine(r.Account), ""})
	}
	return app.print(j, func() {
		app.printTable(rows)
		app.tell("what each means: jangle help config\n")
	})
}

// getConfig prints the value that holds, for a script.
func (app *App) getConfig(_ *cobra.Command, args []string) error {
	c, _, err := app.settings()
	if err != nil {
		return err
	}
	s, err := settingNamed(args[0])
	if err == nil {
		app.answer("%s\n", cmp.Or(s.Value(c), s.Default))
	}
	return err
}

func settingNamed(key string) (config.Setting, error) {
	for _, s := range config.Settings() {
		if s.Key == key {
			return s, nil
		}
	}
	return config.Setting{}, failed("jangle help config lists them", "there is no setting %q", key)
}

// setConfig changes a setting. The store is changed by jangle store use,
// which moves the accounts too.
func (app *App) setConfig(_ *cobra.Command, args []string) error {
	key, value := width.Fold.String(args[0]), args[1]
	switch key {
	case "store":
		return usage("jangle store use keyring, or file", "the store is changed by a command that moves the accounts too")
	case "vault":
		return usage("jangle store inspect, then jangle store choose ID", "the vault is chosen by a command that looks whether it is there")
	case "askpass":
		return usage("jangle config askpass add --help", "rules are added and removed by a command of their own")
	}
	s, err := settingNamed(key)
	if err != nil {
		return err
	}
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	text := ""
	switch {
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
		return failed("such as: "+failure.CommandLine("config", "set", key, s.Example), "%w", err)
	}
	switch {
	case value != "":
		app.answer("%s is set\n", key)
	case s.Value(c) == "":
		app.answer("%s was not set; the default is %s\n", key, cmp.Or(s.Default, "none"))
	default:
		app.answer("%s is removed; the default is %s again\n", key, cmp.Or(s.Default, "none"))
	}
	return nil
}

func newConfigAskpass(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "askpass",
		Short:   "Which account answers which prompt (jangle askpass)",
		Example: "  jangle config askpass\n  jangle config askpass add ssh ann@bastion \"Verification code\" bastion",
		Args:    noArgs,
		RunE:    app.listRules,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "add ssh USER@HOST PROMPT ACCOUNT... | add sudo|git PROMPT ACCOUNT...",
		Short: "Answer this question of that program with this account's codes",
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
			app.warn("that rule is of an older form and answers nothing, because it does not say which program asks; remove it: jangle config askpass remove %s; then jangle config askpass add --help", failure.Quoted(r.Prompt))
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
