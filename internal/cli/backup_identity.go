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
	prompt := "passphrase of the key " + term.Safe(path) + ": "
	otherwise := failure.New(ExitLocked, "run it in a terminal", "it needs its passphrase, and nobody can be asked")
	if crypt.IsAge(content) {
		var ids []crypt.Identity
		err := app.person.Unlock(ctx, prompt, otherwise, crypt.ErrPassphrase, func(phrase []byte) error {
			plain, err := crypt.Decrypt(ctx, content, crypt.Keys{Passphrase: phrase})
			if err != nil {
				return err
			}
			defer clear(plain)
			ids, err = crypt.ParseIdentities(plain, crypt.IdentityOptions{Plugin: app.person.KeyUI(ctx)})
			return err
		})
		return ids, err
	}
	o := crypt.IdentityOptions{Plugin: app.person.KeyUI(ctx)}
	o.Passphrase = func() ([]byte, error) { return app.person.Secret(ctx, prompt, otherwise) }
	if public, err := app.readTrusted(ctx, path+".pub", crypt.MaxKeyFile); err == nil {
		o.PublicKey = public
	}
	return crypt.ParseIdentities(content, o)
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
