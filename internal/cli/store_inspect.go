package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/keyring"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

func newStoreInspect(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "inspect [keyring|file|FOLDER]",
		Short:   "Show every copy of a vault that is kept there, older ones too",
		Example: "  jangle store inspect\n  jangle store inspect /mnt/old-disk/home/ann/.local/share/jangle",
		Args:    cobra.MaximumNArgs(1),
		RunE:    app.inspectStores,
	}
	cmd.Flags().BoolVar(&app.global.json, "json", false, "an array of kind, where, copies: name, revision, vault, accounts …")
	return cmd
}

// inspected is the stable form of a place that was inspected.
type inspected struct {
	Kind   string          `json:"kind"`
	Where  string          `json:"where"`
	Copies []inspectedCopy `json:"copies"`
}

type inspectedCopy struct {
	Name     string             `json:"name"`
	Revision store.Revision     `json:"revision"`
	Vault    string             `json:"vault"`
	InUse    bool               `json:"in_use"` // it is a copy of the vault in use
	Changed  string             `json:"changed,omitempty"`
	Accounts []inspectedAccount `json:"accounts"`
	Damaged  int                `json:"damaged"` // records that cannot be read
	Error    string             `json:"error,omitempty"`
}

type inspectedAccount struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
}

func (app *App) inspectStores(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	places, err := app.placesToInspect(ctx, c, paths, args)
	if err != nil {
		return err
	}
	out := []inspected{}
	for _, s := range places {
		copies, err := s.Copies(ctx)
		if err != nil {
			return err
		}
		p := inspected{s.Kind(), s.Where(), make([]inspectedCopy, len(copies))}
		for i, x := range copies {
			p.Copies[i] = inspectCopy(x, c.Vault)
		}
		out = append(out, p)
	}
	return app.print(out, func() {
		for _, p := range out {
			app.printInspected(p)
		}
		if len(out) == 0 {
			app.answer("there is no vault yet\n")
		}
	})
}

func inspectCopy(x store.Copy, inUse string) inspectedCopy {
	out := inspectedCopy{Name: x.Name, Revision: x.Revision, Accounts: []inspectedAccount{}}
	if !x.Changed.IsZero() {
		out.Changed = x.Changed.UTC().Format(time.RFC3339)
	}
	err := x.Err
	if err == nil {
		var doc *vault.Document
		if doc, err = vault.Decode(x.Data); err == nil {
			out.Vault, out.InUse, out.Damaged = doc.ID(), doc.ID() == inUse, len(doc.Damaged())
			for _, a := range doc.Accounts() {
				out.Accounts = append(out.Accounts, inspectedAccount{a.ID, a.Issuer, a.Name})
			}
		}
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// printInspected lists the names once where the next copy has the same.
func (app *App) printInspected(p inspected) {
	app.answer("%s: %s\n", p.Kind, p.Where)
	if len(p.Copies) == 0 {
		app.answer("  nothing is stored there\n")
	}
	var before inspectedCopy
	for _, x := range p.Copies {
		if x.Error != "" {
			app.answer("  %s: %s\n", x.Name, x.Error)
			continue
		}
		use := ""
		if x.InUse && before.Vault != x.Vault {
			use = " (in use)"
		}
		if x.Changed != "" {
			use += ", changed " + x.Changed
		}
		app.answer("  %s: revision %d, %s, vault %s%s\n", x.Name, int(x.Revision), plural(len(x.Accounts), "account"), vault.ShortID(x.Vault), use)
		if x.Damaged > 0 {
			app.answer("    %s cannot be read\n", plural2(x.Damaged, "entry", "entries"))
		}
		if x.Vault == before.Vault && slices.Equal(x.Accounts, before.Accounts) {
			continue
		}
		for _, a := range x.Accounts {
			label := a.Issuer
			if label == "" || a.Account != "" {
				label = strings.TrimSpace(a.Issuer + " (" + a.Account + ")")
			}
			app.answer("    %s  %s\n", a.ID, oneLine(label))
		}
		before = x
	}
}

// placesToInspect opens what an argument names, or every store that is there.
func (app *App) placesToInspect(ctx context.Context, c config.Config, paths config.Paths, args []string) ([]store.Store, error) {
	var out []store.Store
	name := strings.Join(args, "")
	if name == kindFile || name == "" && file.Exists(paths.Data) {
		s, err := app.fileStore(c, paths)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if name == kindKeyring || name == "" && (c.Store == kindKeyring || keyring.Available(ctx) == nil) {
		out = append(out, app.keyringStore(c, paths))
	}
	if len(out) > 0 || name == "" {
		return out, nil
	}
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return nil, usage("jangle store inspect keyring, or file, or a folder with a vault.age", "there is no store %q and no folder of that name", name)
	}
	if name, err = filepath.Abs(name); err != nil {
		return nil, err
	}
	o := app.fileOptions(c, paths)
	o.Dir = name
	s, err := file.Open(o)
	return []store.Store{s}, err
}

// chooseVault remembers a vault, and with it its store.
func (app *App) chooseVault(cmd *cobra.Command, args []string) error {
	ctx, id := cmd.Context(), args[0]
	c, paths, err := app.settings()
	if err != nil {
		return err
	}
	places, err := app.placesToInspect(ctx, c, paths, nil)
	if err != nil {
		return err
	}
	// The store in use is looked at first, for the other one may ask something.
	slices.SortStableFunc(places, func(a, b store.Store) int {
		if a.Kind() == c.Store {
			return -1
		}
		return 0
	})
	var reasons error
	for _, s := range places {
		copies, err := s.Copies(ctx)
		if err != nil {
			reasons = errors.Join(reasons, err)
			continue
		}
		var fits []vault.Memory
		for _, m := range vault.Vaults(copies) {
			if id != "" && strings.HasPrefix(m.Vault, strings.ToLower(id)) {
				fits = append(fits, m)
			}
		}
		switch len(fits) {
		case 0:
			continue
		case 1:
			if err := app.remember(paths, s.Kind()); err != nil {
				return err
			}
			if err := config.Set(paths.Config, "vault", strconv.Quote(fits[0].Vault)); err != nil {
				return fmt.Errorf("cannot remember the vault: %w", err)
			}
			app.answer("in use from now on: %s in %s\n", fits[0], s.Where())
			return nil
		}
		return failure.New(ExitAmbiguous, "jangle store choose "+fits[0].Vault, "%q fits %s and %s", id, fits[0].Vault, fits[1].Vault)
	}
	if reasons != nil {
		return reasons
	}
	return failure.New(ExitNoAccount, "jangle store inspect shows the ids", "no vault has the id %q", id)
}
