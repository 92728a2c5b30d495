package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/term"
)

// readIdentities reads key files: age identities, also ones that are encrypted
// with a passphrase themselves, and SSH private keys.
func (app *App) readIdentities(ctx context.Context, paths []string) ([]crypt.Identity, error) {
	var all []crypt.Identity
	for _, path := range paths {
		ids, err := app.readIdentity(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("the key file %s: %w", path, err)
		}
		all = append(all, ids...)
	}
	return all, nil
}

func (app *App) readIdentity(ctx context.Context, path string) ([]crypt.Identity, error) {
	content, err := app.readKeyFile(ctx, path)
	if err != nil {
		return nil, err
	}
	defer clear(content)
	ask := func() ([]byte, error) { return app.askKeyPassphrase(ctx, path) }
	if crypt.IsAge(content) {
		return app.encryptedIdentity(ctx, content, ask)
	}
	o := crypt.IdentityOptions{Passphrase: ask, Plugin: app.pluginUI(ctx)}
	if public, err := app.readTrusted(ctx, path+".pub", crypt.MaxKeyFile); err == nil {
		o.PublicKey = public
	}
	return crypt.ParseIdentities(content, o)
}

func (app *App) encryptedIdentity(ctx context.Context, content []byte, ask func() ([]byte, error)) ([]crypt.Identity, error) {
	phrase, err := ask()
	if err != nil {
		return nil, err
	}
	defer clear(phrase)
	plain, err := crypt.Decrypt(ctx, content, crypt.Keys{Passphrase: phrase})
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return crypt.ParseIdentities(plain, crypt.IdentityOptions{Plugin: app.pluginUI(ctx)})
}

// readKeyFile reads a file of keys or recipients, or standard input for "-". The
// error does not repeat the path.
func (app *App) readKeyFile(ctx context.Context, path string) ([]byte, error) {
	content, err := app.readTrusted(ctx, path, crypt.MaxKeyFile)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return content, err
}

func (app *App) askKeyPassphrase(ctx context.Context, path string) ([]byte, error) {
	t, err := app.terminal()
	if err != nil {
		return nil, failure.Of(errors.New("it needs its passphrase, and nobody can be asked"), "run it in a terminal", ExitLocked)
	}
	defer t.Close()
	return t.ReadSecret(ctx, "passphrase of the key "+term.Safe(path)+": ")
}

// pluginUI lets an age plugin talk to the person. What it says is another
// program's text.
func (app *App) pluginUI(ctx context.Context) crypt.PluginUI {
	return crypt.PluginUI{
		Message: func(plugin, text string) error {
			app.tell("%s: %s\n", plugin, oneLine(text))
			return nil
		},
		Ask: func(plugin, prompt string, secret bool) (string, error) {
			t, err := app.terminal()
			if err != nil {
				return "", err
			}
			defer t.Close()
			prompt = term.Safe(plugin) + ": " + term.Safe(prompt) + " "
			if !secret {
				return t.ReadLine(ctx, prompt)
			}
			answer, err := t.ReadSecret(ctx, prompt)
			return string(answer), err
		},
		Confirm: func(plugin, prompt, yes, no string) (bool, error) {
			t, err := app.terminal()
			if err != nil {
				return false, err
			}
			defer t.Close()
			options := []string{yes}
			if no != "" {
				options = append(options, no)
			}
			n, err := t.Choose(ctx, term.Safe(plugin)+": "+term.Safe(prompt), options)
			return n == 0, err
		},
		Waiting: func(plugin string) { app.tell("waiting for age-plugin-%s\n", plugin) },
	}
}
