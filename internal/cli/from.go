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
	"github.com/jangle-otp/jangle/internal/input"
	"github.com/jangle-otp/jangle/internal/term"
)

// fromOptions name a backup that codes are to come from instead of the vault.
type fromOptions struct {
	file string
	keys keyOptions
}

// loadBackup is load for a backup.
func (app *App) loadBackup(ctx context.Context, from fromOptions) (source, error) {
	b, err := openBackup(ctx, app, from.file, from.keys, backup.Open)
	return source{app: app, backup: b.Accounts}, err
}

// keyOptions say what opens a backup.
type keyOptions struct {
	identities []string
	passphrase string
	slow       bool
}

func (o *keyOptions) register(f *pflag.FlagSet) {
	f.VarP(texts(&o.identities), "identity", "i", "open the backup with this key file: age or SSH (- for standard input)")
	f.StringVar(&o.passphrase, "passphrase-file", "", "read the backup's passphrase from this file (- for standard input)")
	f.BoolVar(&o.slow, "allow-slow-kdf", false, "open a backup whose passphrase costs up to a minute and 4 GiB to try")
}

// openBackup reads a backup file and opens it with whatever it needs, by open,
// which is backup.Open or backup.SalvageFile.
func openBackup[T any](ctx context.Context, app *App, path string, o keyOptions,
	open func(context.Context, []byte, crypt.Keys) (T, error)) (T, error) {
	var none T
	if n := count("-", append([]string{path, o.passphrase}, o.identities...)); n > 1 {
		return none, usage("a file for one of them", "standard input can be the backup, the passphrase or a key, not two of them")
	}
	if info, err := os.Stat(path); path != "-" && err == nil && info.IsDir() {
		return none, failed("the newest file in it: ls -t "+failure.Quoted(path), "%s is a folder, not a backup", path)
	}
	sealed, err := input.ReadFile(ctx, app.In, path, crypt.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return none, failed("jangle backup FILE makes one", "there is no file %s", path)
	case err != nil:
		return none, fmt.Errorf("cannot read the backup: %w", err)
	}
	info, err := crypt.Inspect(sealed)
	if err != nil {
		return none, explainBackup(path, err)
	}
	defer app.person.Hold()()
	var opened T
	try := func(k crypt.Keys) (err error) {
		if o.slow {
			k.MaxWorkFactor = crypt.SlowWorkFactor
		}
		defer app.showProgress("opening the backup")()
		opened, err = open(ctx, sealed, k)
		return err
	}
	withPassphrase := func(phrase []byte) error { return try(crypt.Keys{Passphrase: phrase}) }
	switch {
	case !info.NeedsPassphrase():
		ids, err := app.readIdentities(ctx, o.identities)
		if err != nil {
			return none, err
		}
		err = try(crypt.Keys{Identities: ids})
		return opened, explainBackup(path, err)
	case o.passphrase != "":
		phrase, err := app.passphraseFromFile(ctx, o.passphrase)
		if err != nil {
			return none, err
		}
		defer clear(phrase)
		err = withPassphrase(phrase)
		return opened, explainBackup(path, err)
	}
	err = app.person.Unlock(ctx, "passphrase of "+term.Safe(path)+": ",
		failure.New(ExitLocked, "run it in a terminal, or with the passphrase in a file: --passphrase-file FILE", "%s needs its passphrase, and nobody can be asked", path),
		crypt.ErrPassphrase, withPassphrase)
	return opened, explainBackup(path, err)
}

// explainBackup names the file and says what can be done; nil stays nil.
func explainBackup(path string, err error) error {
	if err == nil {
		return nil
	}
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
		return failure.Of(named, "with the key that the backup was made for: -i FILE", ExitLocked)
	case errors.As(err, &plugin) && plugin.Missing:
		return failure.Of(named, "install age-plugin-"+plugin.Name+", then run it again", ExitLocked)
	case errors.As(err, &cost) && cost.CanInsist():
		return failed("if you trust the file: --allow-slow-kdf", "%w", named)
	case errors.Is(err, backup.ErrNewer):
		return failed("install the newer jangle; nothing was changed", "%w", named)
	case errors.Is(err, crypt.ErrNotAge), errors.Is(err, backup.ErrNotBackup):
		return failed(failure.CommandLine("import", path)+" reads the exports of other apps", "%w", named)
	case errors.As(err, &damaged), errors.Is(err, backup.ErrDamaged):
		return failed("what can still be read: "+failure.CommandLine("restore", "--salvage", "--dry-run", path), "%w", named)
	}
	return named
}
