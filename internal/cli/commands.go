package cli

import (
	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/clipboard"
)

const (
	groupCodes    = "codes"
	groupAccounts = "accounts"
	groupMoving   = "moving"
	groupSafety   = "safety"
	groupOther    = "other"
)

// command is one line of the table of commands: how to build it. The group is
// where help lists it; a hidden one has none.
type command struct {
	name, group string
	build       func(*App) *cobra.Command
}

func commands() []command {
	return []command{
		{"code", groupCodes, newCode},
		{"watch", groupCodes, newWatch},
		{"list", groupCodes, newList},
		{"exec", groupCodes, newExec},
		{"askpass", groupCodes, newAskpass},
		{"add", groupAccounts, newAdd},
		{"edit", groupAccounts, newEdit},
		{"remove", groupAccounts, newRemove},
		{"qr", groupAccounts, newQR},
		{"import", groupMoving, newImport},
		{"export", groupMoving, newExport},
		{"backup", groupSafety, newBackup},
		{"restore", groupSafety, newRestore},
		{"undo", groupSafety, newUndo},
		{"redo", groupSafety, newRedo},
		{"doctor", groupSafety, newDoctor},
		{"store", groupOther, newStore},
		{"config", groupOther, newConfig},
		{clipboard.ClearerArgument, "", newClipboardClearer},
	}
}

// addCommands adds what the command line needs. Twenty commands with their flags
// take longer to build than a code takes to compute, so a line that begins with
// the name of a command gets that one alone. All other lines get all of them: help
// lists them, completion offers them, a misspelt word is compared with them.
func addCommands(root *cobra.Command, app *App) {
	for _, g := range [][2]string{
		{groupCodes, "CODES"}, {groupAccounts, "ACCOUNTS"}, {groupMoving, "MOVING"},
		{groupSafety, "SAFETY"}, {groupOther, "OTHER"},
	} {
		root.AddGroup(&cobra.Group{ID: g[0], Title: g[1]})
	}
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	all := commands()
	needed := neededFor(app.Args, all)
	for _, c := range needed {
		cmd := c.build(app)
		cmd.GroupID = c.group
		root.AddCommand(cmd)
	}
	if len(needed) != 1 {
		root.Version = app.Version()
	}
	root.CompletionOptions.DisableDefaultCmd = len(needed) < len(all)
	if len(needed) == len(all) {
		root.AddCommand(helpTopics()...)
		refuseUnknownTopics(root)
	}
}

func neededFor(args []string, all []command) []command {
	if len(args) == 1 && args[0] == "--version" {
		return nil
	}
	for i, c := range all {
		if len(args) > 0 && args[0] == c.name {
			return all[i : i+1]
		}
	}
	return all
}
