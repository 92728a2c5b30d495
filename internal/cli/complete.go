package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
)

// completionTime is how long a press of the tab key may take.
const completionTime = 300 * time.Millisecond

// completeAccounts offers accounts to the shell, one word of a name at a time. It
// never asks and never waits: what cannot be read at once is not offered.
func (app *App) completeAccounts(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if slices.Contains(app.Args[:len(app.Args)-1], "--") { // jangle exec NAME -- COMMAND: the shell knows files
		return nil, cobra.ShellCompDirectiveDefault
	}
	const none = cobra.ShellCompDirectiveNoFileComp
	if from := cmd.Flags().Lookup("from"); from != nil && from.Changed {
		return nil, none // the vault's accounts are not those of the backup, which asks before it opens
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	app.global.noInput, app.global.quiet = true, true
	s, c, _, err := app.openPlace(ctx)
	if err != nil {
		return nil, none
	}
	if f, ok := s.(*file.Store); ok && !f.Unlocked() {
		return nil, none
	}
	doc, err := vault.New(s).Load(ctx)
	if chosen := chosenVault(c, s.Kind()); err != nil || chosen != "" && doc.ID() != chosen {
		return nil, none
	}
	live, _ := doc.Find()
	return offered(live, args, toComplete), none
}

// runCompletionFish prints cobra's script with one line more. The script takes the
// quotes off the words of the line and evaluates them, so that a file called
// a(touch x).png, which fish had completed with its quotes, ran as a command at the
// next TAB.
func runCompletionFish(cmd *cobra.Command, _ []string) error {
	none, err := cmd.Flags().GetBool("no-descriptions")
	if err != nil {
		return err
	}
	var script strings.Builder
	if err := cmd.Root().GenFishCompletion(&script, !none); err != nil {
		return err
	}
	const words = "    set -l args (commandline -opc)\n"
	before, after, ok := strings.Cut(script.String(), words)
	if !ok {
		return errors.New("this version cannot write a script for fish that is safe")
	}
	_, err = io.WriteString(cmd.OutOrStdout(), before+words+`
    # Quote all but the program again: the line is evaluated below
    set -l quoted (commandline -opc | string escape)
    set args $args[1] $quoted[2..-1]
`+after)
	return err
}

// offered returns the words that can follow those that were typed, in order. Each
// is one word to every shell, whatever an account is called: readline inserts what
// several have in common as it is, without quoting, and cobra's scripts evaluate
// the line at the next press of the key. An account whose name is not made of such
// words is offered by its id, with what is harmless of its name as description.
// What was typed is kept as it was typed, as the scripts look for its beginning.
//
// Aliases, "group:work" and "tag:shared" are offered once their beginning was typed.
func offered(accounts []account.Account, typed []string, toComplete string) []cobra.Completion {
	namesOne := account.NamesOne(accounts)
	var out []cobra.Completion
	offer := func(words []string, description string) {
		n := len(typed)
		if n >= len(words) || !slices.EqualFunc(typed, words[:n], func(a, b string) bool { return account.Fold(a) == account.Fold(b) }) {
			return
		}
		if word, ok := completed(words[n], toComplete); ok && isWord(word) {
			out = append(out, word+description)
		}
	}
	for _, a := range accounts {
		if words := nameWords(a, namesOne); words != nil {
			offer(words, "")
		} else {
			offer([]string{a.ID}, "\t"+harmless(a))
		}
		if toComplete == "" {
			continue
		}
		for _, alias := range a.Aliases {
			if words := wordsOf(alias); words != nil && namesOne(alias) {
				offer(words, "")
			}
		}
		for kind, labels := range map[string][]string{"group:": a.Groups, "tag:": a.Tags} {
			for _, label := range labels {
				if words := wordsOf(kind + label); len(words) == 1 && strings.HasPrefix(toComplete, kind) {
					offer(words, "")
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// nameWords returns the words of the shortest name that finds this account and no
// other: the issuer or else ISSUER:NAME, without an issuer the name. nil: there is
// none that is made of words that may be offered.
func nameWords(a account.Account, namesOne func(string) bool) []string {
	names := []string{a.Issuer, a.Issuer + ":" + a.Name}
	if a.Issuer == "" {
		names = []string{a.Name}
	}
	for _, name := range names {
		if words := wordsOf(name); words != nil && namesOne(name) {
			return words
		}
	}
	return nil
}

// wordsOf takes a name apart; nil if a word may not be offered or the blanks would change.
func wordsOf(name string) []string {
	words := strings.Fields(name)
	if strings.Join(words, " ") != strings.TrimSpace(name) || slices.ContainsFunc(words, isNoWord) {
		return nil
	}
	return words
}

// completed returns word with its beginning as it was typed.
func completed(word, typed string) (string, bool) {
	begin := account.Fold(typed)
	if !strings.HasPrefix(account.Fold(word), begin) {
		return "", false
	}
	for i := range word + "." {
		if account.Fold(word[:i]) == begin {
			return typed + word[i:], true
		}
	}
	return "", false
}

// isWord reports whether bash, zsh, fish and PowerShell all read s as one word, as
// it is: letters and digits of any script and . _ @ : + - after the first, and
// nothing that a terminal does not show.
func isWord(s string) bool {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || !strings.ContainsRune("._@:+-", r) && !unicode.IsMark(r)) {
			return false
		}
	}
	return s != "" && len(s) <= 100 && term.Safe(s) == s
}

func isNoWord(s string) bool { return !isWord(s) }

// harmless is an account's name as a description: whatever is not a letter, a digit,
// a blank or one of the other marks of a word becomes a low line. A shell may show
// a description in the line itself.
func harmless(a account.Account) string {
	name := []rune(strings.Join(strings.Fields(a.Issuer+" "+a.Name), " "))
	for i, r := range name {
		if r != ' ' && (unicode.IsMark(r) || !isWord("a"+string(r))) {
			name[i] = '_'
		}
	}
	return string(name[:min(len(name), 60)])
}
