package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/term"
)

// fromOptions name a backup that codes are to come from instead of the vault.
type fromOptions struct {
	file string
	keys keyOptions
}

// keyOptions say what opens a backup.
type keyOptions struct {
	identities []string
	passphrase string
	slow       bool
}

func (o *keyOptions) register(f *pflag.FlagSet) {
	f.VarP((*texts)(&o.identities), "identity", "i", "open the backup with this key file: age or SSH (- for standard input)")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the backup's passphrase from this file (- for standard input)")
	f.BoolVar(&o.slow, "allow-slow-kdf", false, "open a backup whose passphrase costs up to a minute and 4 GiB to try")
}

// check refuses to read two things from one standard input.
func (o keyOptions) check(path string) error {
	n := 0
	for _, p := range append([]string{path, o.passphrase}, o.identities...) {
		if p == "-" {
			n++
		}
	}
	if n > 1 {
		return usage("a file for one of them", "standard input can be the backup, the passphrase or a key, not two of them")
	}
	return nil
}

// passphraseTries is how often a person may type the passphrase of a backup.
const passphraseTries = 3

// openBackup reads a backup file and opens it with whatever it needs, by open,
// which is backup.Open or backup.SalvageFile.
func openBackup[T any](ctx context.Context, app *App, path string, o keyOptions,
	open func(context.Context, []byte, crypt.Keys) (T, error)) (T, error) {
	var none T
	if err := o.check(path); err != nil {
		return none, err
	}
	sealed, err := app.readBackup(ctx, path)
	if err != nil {
		return none, err
	}
	info, err := crypt.Inspect(sealed)
	if err != nil {
		return none, explainBackup(path, err)
	}
	for try := 1; ; try++ {
		keys, typed, err := app.keysFor(ctx, path, info, o)
		if err != nil {
			return none, err
		}
		stop := app.showProgress("opening the backup")
		b, err := open(ctx, sealed, keys)
		stop()
		clear(keys.Passphrase)
		if err == nil {
			return b, nil
		}
		if !typed || try == passphraseTries || !errors.Is(err, crypt.ErrPassphrase) {
			return none, explainBackup(path, err)
		}
		app.tell("wrong passphrase; once again, please (Ctrl-C stops)\n")
	}
}

// readBackup reads a whole file, or standard input for "-".
func (app *App) readBackup(ctx context.Context, path string) ([]byte, error) {
	if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
		return nil, failed("", "%s is a folder, not a backup", path)
	}
	data, err := app.readAll(ctx, path, crypt.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed("jangle backup FILE makes one", "there is no file %s", path)
	case err != nil:
		return nil, fmt.Errorf("cannot read the backup: %w", err)
	}
	return data, nil
}

// keysFor gets what opens the file. typed says that a person typed it and may
// try again.
func (app *App) keysFor(ctx context.Context, path string, info crypt.Info, o keyOptions) (k crypt.Keys, typed bool, err error) {
	if o.slow {
		k.MaxWorkFactor = crypt.SlowWorkFactor
	}
	switch {
	case !info.NeedsPassphrase():
		k.Identities, err = app.readIdentities(ctx, o.identities)
	case o.passphrase != "":
		k.Passphrase, err = app.passphraseFromFile(ctx, o.passphrase)
	default:
		k.Passphrase, err = app.askBackupPassphrase(ctx, path)
		typed = true
	}
	return k, typed, err
}

func (app *App) askBackupPassphrase(ctx context.Context, path string) ([]byte, error) {
	t, err := app.terminal()
	if err != nil {
		return nil, failure.Of(fmt.Errorf("%s needs its passphrase, and nobody can be asked", path),
			"--passphrase-file FILE, or run it in a terminal", ExitLocked)
	}
	defer t.Close()
	return t.ReadSecret(ctx, "passphrase of "+term.Safe(path)+": ")
}

// explainBackup names the file and says what can be done.
func explainBackup(path string, err error) error {
	named := fmt.Errorf("%s: %w", path, err)
	var (
		key     *crypt.KeyError
		cost    *crypt.CostError
		damaged *crypt.DamagedError
		plugin  *crypt.PluginError
	)
	switch {
	case errors.Is(err, crypt.ErrPassphrase), errors.Is(err, crypt.ErrKeyPassphrase):
		return failure.Of(named, "check the passphrase and run it again", ExitLocked)
	case errors.As(err, &key):
		return failure.Of(named, "-i FILE, with the key that the backup was made for", ExitLocked)
	case errors.As(err, &plugin) && plugin.Missing:
		return failure.Of(named, "install age-plugin-"+plugin.Name+", then run it again", ExitLocked)
	case errors.As(err, &cost) && cost.CanInsist():
		return failed("--allow-slow-kdf, if you trust the file", "%w", named)
	case errors.Is(err, backup.ErrNewer):
		return failed("install the newer jangle; nothing was changed", "%w", named)
	case errors.Is(err, crypt.ErrNotAge), errors.Is(err, backup.ErrNotBackup):
		return failed("jangle import FILE reads the exports of other apps", "%w", named)
	case errors.As(err, &damaged), errors.Is(err, backup.ErrDamaged):
		return failed("jangle restore --salvage --dry-run FILE shows what can still be read", "%w", named)
	}
	return named
}
