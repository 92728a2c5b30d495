package cli

import (
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
	s, a, err := app.openOne(ctx, toRead, strings.Fields(c.Askpass[i].Account))
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
	return failure.Of(err, "jangle config askpass add "+who.String()+" "+failure.Quoted(shown)+" "+name, ExitNoAccount)
}
