package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// lastSaved is the file in the data folder that says what was saved last in each
// store, by the store's kind. Together with the vault's id in the configuration
// it tells another vault, or an older copy, from ours.
const lastSaved = "last-saved.json"

// vaultIn is the vault in a store, with what is remembered of it. A change finds out
// under the lock whether the accounts were moved to another store meanwhile.
func (app *App) vaultIn(s store.Store, c config.Config, paths config.Paths) *vault.Vault {
	n := notebook{app, c, paths, s.Kind()}
	all := n.read()
	last := all[n.kind]
	m := vault.Memory{Vault: chosenVault(c, n.kind)}
	if m.Vault == last.Vault {
		m = last
	}
	v := vault.Remembering(s, m, n)
	v.Last, v.Lost = last, c.Store == "" && app.global.store == ""
	for kind, m := range all {
		if kind != n.kind {
			v.There = m
		}
	}
	v.Recheck = func() error {
		now, err := config.Load(paths.Config)
		if err == nil && app.global.store == "" && now.Store != "" && now.Store != n.kind {
			err = fmt.Errorf("the accounts were moved to the %s meanwhile; nothing was changed: %w", now.Store, store.ErrConflict)
		}
		return err
	}
	return v
}

// chosenVault is the id of the vault that is in use in a store, "" if it is not
// known: for a store that a flag names for one command, it is not.
func chosenVault(c config.Config, kind string) string {
	if c.Store != kind {
		return ""
	}
	return c.Vault
}

// notebook is where it is written down what was saved in one kind of store. It
// implements vault.Keeper.
type notebook struct {
	app   *App
	c     config.Config
	paths config.Paths
	kind  string
}

// read returns what is known of each kind of store: nothing, where the file is
// not there or cannot be read.
func (n notebook) read() map[string]vault.Memory {
	data, err := os.ReadFile(filepath.Join(n.paths.Data, lastSaved))
	if err != nil {
		return nil
	}
	var all map[string]vault.Memory
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all
}

// write replaces what is known of this kind of store.
func (n notebook) write(m vault.Memory) error {
	path := filepath.Join(n.paths.Data, lastSaved)
	all := n.read()
	if all == nil {
		all = map[string]vault.Memory{}
	}
	m.Changed = n.app.Now().UnixMilli()
	all[n.kind] = m
	data, err := json.Marshal(all)
	if err == nil {
		err = atomicfile.Replace(path, append(data, '\n'), atomicfile.Options{})
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err = atomicfile.MakePrivateDir(n.paths.Data); err == nil {
			err = atomicfile.Replace(path, append(data, '\n'), atomicfile.Options{})
		}
	}
	if err != nil {
		return fmt.Errorf("cannot remember what was saved: %w", err)
	}
	return nil
}

// Adopt remembers the vault of a store that was chosen before ids were.
// Where nothing can be written, as on a read-only disk, the next command tries.
func (n notebook) Adopt(m vault.Memory) {
	if n.c.Store == n.kind && config.Set(n.paths.Config, "vault", strconv.Quote(m.Vault)) == nil {
		_ = n.write(m)
	}
}

// Saved remembers what was saved; after the first save, which vault it is.
func (n notebook) Saved(m vault.Memory) error {
	if n.c.Store != n.kind || n.c.Vault != m.Vault {
		c, err := config.Load(n.paths.Config)
		switch {
		case err != nil:
			return err
		case c.Store == "" && n.app.global.store == "": // found without a configuration
			err = n.app.remember(n.paths, n.kind)
		case c.Store != n.kind:
			return n.write(m) // a flag named it, for one command
		}
		if err == nil && c.Vault != m.Vault {
			err = config.Set(n.paths.Config, "vault", strconv.Quote(m.Vault))
		}
		if err != nil {
			return err
		}
	}
	return n.write(m)
}

// switchTo makes a store the chosen one, with the vault in it.
func (app *App) switchTo(s store.Store, m vault.Memory) error {
	c, paths, err := app.settings()
	if err == nil && c.Vault != m.Vault {
		err = app.forgetVault() // of the other store
	}
	if err == nil && c.Store != s.Kind() {
		err = app.remember(paths, s.Kind())
	}
	if err == nil && c.Vault != m.Vault {
		err = config.Set(paths.Config, "vault", strconv.Quote(m.Vault))
	}
	if err != nil {
		return err
	}
	return notebook{app: app, paths: paths, kind: s.Kind()}.write(m)
}

// forgetVault forgets which vault is in use, for the next one that is found.
func (app *App) forgetVault() error {
	c, paths, err := app.settings()
	if err != nil || c.Vault == "" {
		return err
	}
	return config.Set(paths.Config, "vault", "")
}

// accept makes an older state the newest, and tells what became of the counters.
func (app *App) accept(ctx context.Context, v *vault.Vault) (*vault.Document, error) {
	doc, done, err := v.Accept(ctx, app.Now())
	if err != nil {
		return doc, err
	}
	for _, a := range done.Counted {
		app.tell("%s goes on at counter %d, %s later: codes that may have been used are passed over\n",
			oneLine(a.Label()), int(a.Counter), plural2(int(done.Lost), "code", "codes"))
	}
	if len(done.Counted) > 0 {
		app.tell("more may have been used than is known: where a code is refused, take the next one\n")
	}
	return doc, nil
}
