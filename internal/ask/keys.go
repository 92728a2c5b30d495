package ask

import (
	"context"
	"strings"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/term"
)

// KeyUI lets an age plugin talk to the person. What it says is another program's
// text.
func (p *Person) KeyUI(ctx context.Context) crypt.PluginUI {
	prompt := func(plugin, text string) string { return term.Safe(plugin) + ": " + term.Safe(text) }
	return crypt.PluginUI{
		Message: func(plugin, text string) error {
			p.Tell("%s: %s\n", plugin, strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(text))
			return nil
		},
		Ask: func(plugin, text string, secret bool) (string, error) {
			if !secret {
				return p.Line(ctx, prompt(plugin, text)+" ", nil)
			}
			answer, err := p.Secret(ctx, prompt(plugin, text)+" ", nil)
			return string(answer), err
		},
		Confirm: func(plugin, text, yes, no string) (bool, error) {
			options := []string{yes}
			if no != "" {
				options = append(options, no)
			}
			n, err := p.Choose(ctx, prompt(plugin, text), options, nil)
			return n == 0, err
		},
		Waiting: func(plugin string) { p.Tell("waiting for age-plugin-%s\n", plugin) },
	}
}
