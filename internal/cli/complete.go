package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// completionTime is how long a press of the tab key may take.
const completionTime = 300 * time.Millisecond

// completeAccounts offers account names to the shell. It never asks and never
// waits: what cannot be read at once is not offered.
func (app *App) completeAccounts(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	app.global.noInput, app.global.quiet = true, true
	names := app.namesFor(ctx)
	var out []string
	for _, n := range names {
		if strings.HasPrefix(strings.ToLower(n), strings.ToLower(toComplete)) {
			out = append(out, n)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (app *App) namesFor(ctx context.Context) []string {
	s, err := app.openStore(ctx)
	if err != nil {
		return nil
	}
	if f, ok := s.(*file.Store); ok && !f.Unlocked() {
		return nil
	}
	return app.labels(ctx, s)
}

// completable keeps names out that do not come back from a shell as they are: zsh
// drops backslashes, bash breaks words at colons, and what begins with a dash
// would be an option.
func completable(name string) bool {
	return name != "" && term.Safe(name) == name && !strings.ContainsAny(name, "\t:\\") && name[0] != '-'
}

// labels returns the names that find an account: issuers, and the account names
// where an issuer has several.
func (app *App) labels(ctx context.Context, s store.Store) []string {
	doc, err := vault.New(s).Load(ctx)
	if err != nil {
		return nil
	}
	accounts := doc.Accounts()
	count := map[string]int{}
	for _, a := range accounts {
		count[a.Issuer]++
	}
	var out []string
	for _, a := range accounts {
		name := a.Issuer
		if name == "" || count[a.Issuer] > 1 {
			name = a.Name
		}
		if completable(name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
