package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/run"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// keyFileSentence is the one plain sentence on what --no-passphrase means.
const keyFileSentence = "the key to it lies beside it, so whoever can read your files can read your codes"

// fileStore opens the file store; the passphrase is asked for only when it is
// needed.
func (app *App) fileStore(c config.Config, paths config.Paths) (store.Store, error) {
	return file.Open(app.fileOptions(c, paths))
}

// fileOptions lets the kernel keep the key only of a store that a person unlocks. A
// passphrase from a file or a command unlocks that one call: otherwise a script
// that was tried right after it would fail at night.
func (app *App) fileOptions(c config.Config, paths config.Paths) file.Options {
	unlockFor := c.UnlockFor.Or(config.DefaultUnlockFor)
	if app.global.storePassphraseFile != "" || len(c.StorePassphraseCommand) > 0 {
		unlockFor = 0
	}
	return file.Options{
		Dir:        paths.Data,
		CacheTTL:   unlockFor,
		WorkFactor: app.WorkFactor,
		Passphrase: func(ctx context.Context, p file.Purpose, try func([]byte) error) error {
			return app.storePassphrase(ctx, c, p, try)
		},
	}
}

// chosenForStore is what a new passphrase of the file store has to be.
func chosenForStore(otherwise error) ask.New {
	return ask.New{Prompt: "new passphrase for the jangle store: ", Otherwise: otherwise}
}

// storePassphrase gets the file store's passphrase from the file or the command
// that was configured, else from a person. A new one has to be hard to guess,
// wherever it comes from.
func (app *App) storePassphrase(ctx context.Context, c config.Config, p file.Purpose, try func([]byte) error) (err error) {
	var pass []byte
	switch {
	case app.global.storePassphraseFile != "":
		pass, err = app.passphraseFromFile(ctx, app.global.storePassphraseFile)
	case len(c.StorePassphraseCommand) > 0:
		pass, err = app.passphraseFromCommand(ctx, c.StorePassphraseCommand)
	case p == file.Unlock:
		return app.person.Unlock(ctx, "passphrase of the jangle store: ", store.ErrNoPrompt, store.ErrPassphrase, try)
	default:
		pass, err = app.person.NewPassphrase(ctx, chosenForStore(store.ErrNoPrompt))
	}
	if err == nil && p == file.Choose {
		err = chosenForStore(nil).Judge(pass)
	}
	if err != nil {
		return err
	}
	defer clear(pass)
	return try(pass)
}

// maxPassphraseFile is in bytes; a command that prints a passphrase has the same.
const maxPassphraseFile = 4 << 10

// passphraseFromFile reads a passphrase from a file, or from stdin for "-". One
// line end at the end does not belong to it.
func (app *App) passphraseFromFile(ctx context.Context, path string) ([]byte, error) {
	data, err := app.readTrusted(ctx, path, maxPassphraseFile)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the passphrase file: %w", err)
	case len(data) > maxPassphraseFile:
		return nil, fmt.Errorf("the passphrase file %s is longer than %d bytes", path, maxPassphraseFile)
	}
	pass := crypt.NormalisePassphrase(data)
	if len(pass) == 0 {
		return nil, fmt.Errorf("the passphrase file %s is empty", path)
	}
	return pass, nil
}

// askTime is how long a program may take that asks a person for a passphrase.
const askTime = 5 * time.Minute

// commandHint is what can be done where that command gives no passphrase.
const commandHint = "without that command: --store-passphrase-file FILE\n" +
	"jangle config get store_passphrase_command shows it; jangle config set store_passphrase_command '' removes it"

// passphraseFromCommand runs the configured command.
func (app *App) passphraseFromCommand(ctx context.Context, argv []string) ([]byte, error) {
	out, err := run.Output(ctx, run.Command{
		Argv: argv, Say: app.Err, Output: maxPassphraseFile, Time: askTime, Place: run.AtTerminal,
	})
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, failure.Of(fmt.Errorf("store_passphrase_command: %w", err), commandHint, ExitLocked)
	}
	pass := crypt.NormalisePassphrase(out)
	if len(pass) == 0 {
		return nil, failure.New(ExitLocked, commandHint, "store_passphrase_command: %s printed nothing", argv[0])
	}
	return pass, nil
}

// chooseFileMode finds out whether, and how, a file store is wanted.
func (app *App) chooseFileMode(ctx context.Context, why *noStoreError) (file.Mode, error) {
	switch {
	case app.global.noPassphrase:
		return file.KeyFile, nil
	case app.global.storePassphraseFile != "" || app.global.store == kindFile && app.interactive():
		return file.Passphrase, nil
	case !app.interactive():
		return 0, noStoreForScript(why)
	}
	return app.askFileMode(ctx, why)
}

func noStoreForScript(why *noStoreError) error {
	err := errors.New("the vault file needs a passphrase, and nobody can be asked for it")
	if why.keyring != nil {
		err = fmt.Errorf("no keyring can be reached: %s", keyringReason(why.keyring))
	}
	return failure.Of(err,
		"to keep the vault in a file, encrypted with a passphrase: --store-passphrase-file FILE\n"+
			"to keep it in a file without one ("+keyFileSentence+"): --no-passphrase", ExitLocked)
}

func (app *App) askFileMode(ctx context.Context, why *noStoreError) (file.Mode, error) {
	question := "where shall the accounts be kept?"
	if why.keyring != nil {
		question = "no keyring can be reached: " + term.Safe(keyringReason(why.keyring)) + "\n" + question
	}
	n, err := app.person.Choose(ctx, question, []string{
		"in a file, encrypted with a passphrase",
		"in a file without a passphrase: " + keyFileSentence,
		"nowhere: stop, nothing is changed",
	}, nil)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return file.Passphrase, nil
	case n == 1:
		return file.KeyFile, nil
	}
	return 0, term.ErrInterrupted
}

// createFile makes the file store, and says what takes a moment after the passphrase.
func (app *App) createFile(ctx context.Context, c config.Config, paths config.Paths, mode file.Mode) (*file.Store, error) {
	o, stop := app.fileOptions(c, paths), func() {}
	ask := o.Passphrase
	o.Passphrase = func(ctx context.Context, p file.Purpose, try func([]byte) error) error {
		err := ask(ctx, p, try)
		stop = app.showProgress("making the key from the passphrase")
		return err
	}
	s, err := file.Create(ctx, o, mode)
	stop()
	return s, err
}

// createFileStore makes the file store and remembers it.
func (app *App) createFileStore(ctx context.Context, c config.Config, paths config.Paths, mode file.Mode) (store.Store, error) {
	s, err := app.createFile(ctx, c, paths, mode)
	if err != nil {
		return nil, err
	}
	if app.global.store == "" || c.Store == "" {
		if err := app.remember(paths, kindFile); err != nil {
			return nil, err
		}
	}
	app.tell("the vault is a file: %s\n", s.Where())
	if mode == file.KeyFile {
		app.tell("%s\n", keyFileSentence)
	}
	return s, nil
}

// keyringReason is why the keyring is out of reach, without saying that twice.
func keyringReason(err error) string {
	return strings.TrimPrefix(err.Error(), "the keyring: "+store.ErrUnreachable.Error()+": ")
}
