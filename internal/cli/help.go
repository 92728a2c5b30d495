package cli

import (
	"cmp"
	"embed"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/text"
)

//go:embed help
var helpFiles embed.FS

// page returns a file of the folder help, which has the long text of each command and
// the topics; nothing where there is none.
func page(name string) string {
	content, _ := helpFiles.ReadFile("help/" + name + ".txt") // it is in the binary
	return text.T(string(content))
}

// addHelp adds the pages that are about no single command. They are made of
// the tables that the program itself uses, so they cannot drift; and only when
// somebody asks, so that they cost a start nothing.
//
// What cobra's help and completion do not know, and answer with a usage text and
// status 0, becomes an error.
func addHelp(root *cobra.Command, app *App) {
	topic := func(name, short string, text func() string) *cobra.Command {
		c := &cobra.Command{Use: name, Short: short, Hidden: true}
		if text == nil {
			text = func() string { return page(name) }
		}
		c.SetHelpFunc(func(cmd *cobra.Command, _ []string) { app.page(root, func() { cmd.Print(text()) }) })
		return c
	}
	root.AddCommand(
		topic("environment", "Environment variables that mean something", environmentText),
		topic("exit-codes", "What each exit status says", nil),
		topic("formats", "What can be read and written, and how to get it out of each app", formatsText),
		topic("scripting", "Codes for scripts and other programs", nil),
		topic("security", "What jangle protects, and what it cannot", nil),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "config":
			help := c.HelpFunc()
			c.SetHelpFunc(func(cmd *cobra.Command, args []string) {
				if help(cmd, args); cmd == c {
					app.page(root, func() { cmd.Print(configText()) })
				}
			})
		case "help":
			c.Run, c.RunE = nil, runHelp
		case "completion":
			c.Args, c.RunE = knownShell, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range c.Commands() {
				if shell.Name() == "fish" {
					shell.RunE = runCompletionFish
				}
			}
		}
	}
}

func environmentText() string {
	var b strings.Builder
	b.WriteString("No variable carries a secret. These are all that jangle looks at:\n\n")
	for _, v := range config.Variables() {
		b.WriteString("  " + pad(v.Name, 26) + v.Meaning + "\n")
	}
	return b.String()
}

func formatsText() string {
	var b strings.Builder
	b.WriteString("jangle import finds out what a file is; --format NAME says so instead.\n\n")
	for _, a := range format.Apps() {
		does := "read"
		switch {
		case a.Read == nil:
			does = "written"
		case a.Write != nil:
			does = "read, written"
		}
		b.WriteString("  " + pad(a.ID, 24) + a.Name + " (" + does + ")\n")
		if a.HowTo != "" {
			b.WriteString("      " + a.HowTo + "\n")
		}
	}
	b.WriteString("\nPictures with QR codes (PNG, JPEG, GIF, WebP, BMP, TIFF) are read too.\n")
	b.WriteString("A table (CSV) may have commas, semicolons, tabs or bars, a header in any language or\n" +
		"none, and be in UTF-8, UTF-16, Windows-1252, Shift JIS or EUC-JP.\n")
	return b.String()
}

// configText is what help says of jangle config: its page, and each setting.
func configText() string {
	var b strings.Builder
	b.WriteString("\nSettings:\n")
	for _, s := range config.Settings() {
		b.WriteString(text.T("  %s\n      %s.\n      It is %s. Default: %s.\n      %s\n", s.Key, text.T(s.Meaning), text.T(s.Unit), cmp.Or(s.Default, text.T("none, a person is asked")),
			failure.CommandLine("config", "set", s.Key, s.Example)))
	}
	b.WriteString(page("settings"))
	return b.String()
}

// runHelp shows the page of a command or a topic; a word that is none gets the one that
// was meant.
func runHelp(cmd *cobra.Command, args []string) error {
	root := cmd.Root()
	about, _, err := root.Find(args)
	if err == nil && (len(args) == 0 || about != root) {
		about.InitDefaultHelpFlag()
		return about.Help()
	}
	var hints []string
	for _, c := range root.Commands() {
		if strings.HasPrefix(c.Name(), args[0]) || strings.HasPrefix(args[0], c.Name()) || slices.Contains(root.SuggestionsFor(args[0]), c.Name()) {
			hints = append(hints, "did you mean: jangle help "+c.Name())
		}
	}
	if argv := calledHere(args[0], nil); len(hints) == 0 && argv != nil && argv[0] != "--version" {
		hints = append(hints, "here that is: jangle help "+argv[0])
	}
	return usage(strings.Join(append(hints, "jangle help lists all commands and topics"), "\n"), "there is no help about %q", strings.Join(args, " "))
}

func knownShell(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("jangle completion bash, zsh, fish or powershell", "there is no completion for %q", args[0])
	}
	return nil
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(1, n-len(s))) }
