package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/format"
)

// addHelp adds the pages that are about no single command. They are made of
// the tables that the program itself uses, so they cannot drift; and only when
// somebody asks, so that they cost a start nothing.
//
// What cobra's help and completion do not know, and answer with a usage text and
// status 0, becomes an error.
func addHelp(root *cobra.Command) {
	topic := func(name, short string, text func() string) *cobra.Command {
		c := &cobra.Command{Use: name, Short: short, Hidden: true}
		c.SetHelpFunc(func(cmd *cobra.Command, _ []string) { cmd.Print(text()) })
		return c
	}
	root.AddCommand(
		topic("environment", "Environment variables that mean something", environmentText),
		topic("exit-codes", "What each exit status says", func() string { return exitText }),
		topic("formats", "What can be read and written, and how to get it out of each app", formatsText),
		topic("security", "What jangle protects, and what it cannot", func() string { return securityText }),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
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

const exitText = `0    done
1    failed
2    the command line cannot be understood
3    no such account
4    the query fits several accounts
5    the store is locked, out of reach or busy; a wrong passphrase; another vault
     than the one in use, a lost one, or an older state of it after damage
6    done, but something was left out, or a check found a problem
130  interrupted

jangle exec ends with the status of the command that it runs: 126 if that cannot
be executed, 127 if there is none, 128 and the signal's number if one killed it.

The others are the same everywhere and never change. With --json an error is JSON on
stderr: {"error", "hint", "exit"}, and with status 4 "candidates": what the query fits,
as jangle list --json shows it.
`

const securityText = `Protected: secrets lie in the operating system's keyring or in an encrypted file;
they are never arguments, environment variables, or in logs; they are shown by
jangle qr, jangle export and jangle backup alone. What you type and looks like a
secret is not repeated in an error. Names from QR codes cannot control your
terminal, nor the shell that completes them. Nothing is sent over any network.
Settings, and files of passphrases, keys and recipients, are read only where no
other user but root can change them or a folder above them. A program that jangle
runs (gpg, the clipboard's, your passphrase command) is ended when it prints or
takes too much.

The id of the vault in use is remembered: another vault in its place, an older copy
that was put back, or a vault that is gone is named (status 5), not used. After damage
an older copy can be read, and no code is used up until jangle doctor --accept.

Not protected: a program that runs as you can ask the unlocked keyring itself. A
code can be phished: type it only where you meant to log in. With --no-passphrase
the key lies beside the vault, so only file permissions and disk encryption guard
it. Pictures and exports that you imported still lie where they were.

A file store whose passphrase you typed stays unlocked: the Linux kernel keeps its
key in your user keyring for 15 minutes after the last use, at most 8 hours after
you typed. Every process of yours can read it there, also one in a container that
runs as your user. jangle store lock ends it; jangle config set unlock_for 0s turns
it off; another time is set the same way. A passphrase that comes from
--store-passphrase-file or store_passphrase_command unlocks that one call and is
kept nowhere.

A removed account's secret stays in the vault for undo, until five more changes were
made, and in the older states that a store keeps: one in the keyring, five in the file
store. The sixth change after the removal takes it out of the keyring, the tenth out
of the file store's files.
`

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

func runHelp(cmd *cobra.Command, args []string) error {
	about, _, err := cmd.Root().Find(args)
	if err != nil || len(args) > 0 && about == cmd.Root() {
		return usage("jangle help lists all commands and topics", "there is no help about %q", strings.Join(args, " "))
	}
	about.InitDefaultHelpFlag()
	return about.Help()
}

func knownShell(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("jangle completion bash, zsh, fish or powershell", "there is no completion for %q", args[0])
	}
	return nil
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(1, n-len(s))) }
