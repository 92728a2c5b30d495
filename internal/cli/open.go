package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/keyring"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

const (
	kindKeyring = "keyring"
	kindFile    = "file"
)

// timeoutForPerson is how long a keyring may take where a person has to find its dialog
// and type (keyring.md: 3 s was too short). A script has keyring.TimeoutAlone.
const timeoutForPerson = 120 * time.Second

// mode is what a command opens the vault for. It decides what damage means, and what
// it means that there is no vault yet.
type mode int

const (
	toRead    mode = iota // some accounts, also to use codes up; that a copy is damaged is told
	toList                // all of them; what cannot be read is told too
	toCompare             // as toRead; before the first account the vault is empty, and no store is chosen
	toChange              // as toRead; a vault in doubt is refused, before anything is asked
	toBackUp              // as toChange; what cannot be read is told too
)

// open opens the vault that was chosen and loads its document. Before the first
// account was added there is neither; then an existing vault is looked for, nothing
// is created, and the error is status 3. Codes are used up and changes are saved by
// vault.Update, which refuses a vault in doubt by itself.
func (app *App) open(ctx context.Context, m mode) (s source, err error) {
	s.app = app
	s.vault, err = app.openVault(ctx)
	if errors.As(err, &s.none) && m == toCompare {
		s.doc = vault.NewDocument()
		return s, nil
	}
	if err != nil {
		return s, app.noAccountsYet(err)
	}
	if s.doc, err = s.vault.Load(ctx); err != nil {
		return s, err
	}
	warnings := s.doc.StoreWarnings
	if m == toList || m == toBackUp {
		warnings = s.doc.Warnings
	}
	for _, w := range warnings() {
		app.warn("%s", w)
	}
	if m == toChange || m == toBackUp {
		err = s.doc.Doubt()
	}
	return s, err
}

// openVault opens the vault that was chosen, and loads nothing.
func (app *App) openVault(ctx context.Context) (*vault.Vault, error) {
	s, c, paths, err := app.openPlace(ctx)
	if err != nil {
		return nil, err
	}
	return app.vaultIn(s, c, paths), nil
}

// vaultToAdd is the vault to which the first account may be added, too. Where there is
// none yet, a store is chosen and remembered; so is the one that a flag names.
func (s source) vaultToAdd(ctx context.Context) (*vault.Vault, error) {
	app := s.app
	if s.vault != nil {
		if app.global.store == kindKeyring {
			return s.vault, app.rememberFirst(kindKeyring)
		}
		return s.vault, nil
	}
	c, paths, err := app.settings()
	if err != nil {
		return nil, err
	}
	chosen, err := app.chooseStore(ctx, c, paths, s.none)
	if err != nil {
		return nil, err
	}
	return app.vaultIn(chosen, c, paths), nil
}

// settings reads the configuration and where the files lie.
func (app *App) settings() (config.Config, config.Paths, error) {
	paths, err := app.Env.Paths()
	if err != nil {
		return config.Config{}, paths, err
	}
	c, err := config.Load(paths.Config)
	return c, paths, err
}

// openPlace opens the store named by --store, else the remembered one, and returns
// what it went by. If none was remembered it takes the one that already holds a vault;
// *noStoreError says that there is none.
func (app *App) openPlace(ctx context.Context) (s store.Store, c config.Config, paths config.Paths, err error) {
	if c, paths, err = app.settings(); err != nil {
		return nil, c, paths, err
	}
	kind := c.Store
	if app.global.store != "" {
		kind = app.global.store
	}
	switch {
	case kind == kindKeyring:
		s = app.keyringStore(c, paths)
	case kind == kindFile && !file.Exists(paths.Data):
		err = app.missingFileStore(c, paths)
	case kind == kindFile:
		s, err = app.fileStore(c, paths)
	case kind == "":
		s, err = app.findStore(ctx, c, paths)
	default:
		err = usage("--store keyring\n--store file", "there is no store %q", kind)
	}
	return s, c, paths, err
}

// missingFileStore never makes a new empty store where the chosen one has gone.
func (app *App) missingFileStore(c config.Config, paths config.Paths) error {
	if c.Store != kindFile {
		return &noStoreError{}
	}
	return failure.Of(
		fmt.Errorf("the vault file is not in %s: %w", paths.Data, store.ErrLost), lostHint,
		ExitLocked,
	)
}

// noStoreError says that no store was chosen and none holds a vault.
type noStoreError struct{ keyring error }

func (e *noStoreError) Error() string { return "there are no accounts yet" }
func (e *noStoreError) Unwrap() error { return e.keyring }

// findStore looks for a vault where no choice was remembered: the configuration
// may have been lost, the accounts must not seem to be.
func (app *App) findStore(ctx context.Context, c config.Config, paths config.Paths) (store.Store, error) {
	unreachable := keyring.Available(ctx)
	if file.Exists(paths.Data) {
		s, err := file.Open(app.fileOptions(c, paths))
		if err == nil && unreachable == nil {
			err = app.refuseTwo(ctx, s, c, paths)
		}
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	if unreachable != nil {
		return nil, &noStoreError{unreachable}
	}
	s := app.keyringStore(c, paths)
	switch _, err := s.Load(ctx); {
	case errors.Is(err, store.ErrAbsent):
		return nil, &noStoreError{}
	case errors.Is(err, store.ErrUnreachable): // started on demand, and then without a keyring inside
		return nil, &noStoreError{err}
	}
	return s, nil
}

// refuseTwo refuses to choose between a file store and a keyring that have the same
// vault with other contents, as a killed move leaves them: one of them is older. What
// cannot be read without a window is no reason to refuse.
func (app *App) refuseTwo(ctx context.Context, s *file.Store, c config.Config, paths config.Paths) error {
	o := app.keyringOptions(c, paths)
	o.NoPrompt = true
	inKeyring, err := vault.New(keyring.Open(o)).Load(ctx)
	if err != nil || inKeyring.Revision() == 0 || app.global.noInput && !s.Unlocked() {
		return nil
	}
	inFile, err := vault.New(s).Load(ctx)
	if err != nil || inFile.ID() != inKeyring.ID() || bytes.Equal(inFile.Encode(), inKeyring.Encode()) {
		return nil // an error is met again by the command
	}
	return failure.New(ExitLocked, "jangle list --store keyring and jangle list --store file show both; jangle store use keyring --new, or file instead of keyring, goes on with one",
		"the keyring and %s hold the same vault in two states, and which one is in use is not remembered any more", s.Where())
}

// chooseStore makes the first choice: the keyring if it can be reached, else
// what was asked for by a flag, else what the person at the terminal says. A
// script is told the flags.
func (app *App) chooseStore(ctx context.Context, c config.Config, paths config.Paths, why *noStoreError) (store.Store, error) {
	if app.global.store != kindFile && why.keyring == nil {
		return app.keyringStore(c, paths), app.remember(paths, kindKeyring)
	}
	mode, err := app.chooseFileMode(ctx, why)
	if err != nil {
		return nil, err
	}
	return app.createFileStore(ctx, c, paths, mode)
}

// remember writes down the choice before the first save, so that a later run
// never looks elsewhere.
func (app *App) remember(paths config.Paths, kind string) error {
	if err := config.Set(paths.Config, "store", strconv.Quote(kind)); err != nil {
		return fmt.Errorf("cannot remember the store: %w", err)
	}
	return nil
}

// rememberFirst remembers the store that a flag names, unless there is another
// choice already: a flag is for one command then.
func (app *App) rememberFirst(kind string) error {
	c, paths, err := app.settings()
	if err != nil || c.Store != "" || file.Exists(paths.Data) {
		return err
	}
	return app.remember(paths, kind)
}

func (app *App) keyringStore(c config.Config, paths config.Paths) store.Store {
	return keyring.Open(app.keyringOptions(c, paths))
}

func (app *App) keyringOptions(c config.Config, paths config.Paths) keyring.Options {
	o := keyring.Options{
		LockPath: filepath.Join(paths.Data, "keyring.lock"),
		Vault:    chosenVault(c, kindKeyring),
		Identify: vault.IDOf,
		NoPrompt: app.global.noInput,
		Asking:   app.listen,
		Notify: func(sentence string) {
			app.listen()
			app.tell("%s\n", sentence)
		},
	}
	if app.interactive() {
		o.Timeout = timeoutForPerson
	}
	return o
}
