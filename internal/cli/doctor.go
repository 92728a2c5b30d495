package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/doctor"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/keyring"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

type doctorOptions struct {
	app    *App
	accept bool
}

func newDoctor(app *App) *cobra.Command {
	o := &doctorOptions{app: app}
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Look whether everything is as it should be",
		Example: "  jangle doctor\n  jangle doctor --json | jq '.[] | select(.level != \"ok\")'\n  jangle doctor --accept",
		Args:    noArgs,
		RunE:    o.run,
	}
	cmd.Flags().BoolVar(&o.accept, "accept", false, "go on with what can be read, after damage")
	cmd.Flags().BoolVarP(&app.global.yes, "yes", "y", false, "with --accept: do not ask")
	cmd.Flags().BoolVar(&app.global.json, "json", false, "an array of check, level, text, hint")
	return cmd
}

func (o *doctorOptions) run(cmd *cobra.Command, _ []string) error {
	ctx, app := cmd.Context(), o.app
	if o.accept {
		return o.acceptDamage(ctx)
	}
	// In the order in which one answer explains the next.
	d := &examination{app: app}
	found := doctor.Run(ctx, []doctor.Check{
		{Name: "configuration", Run: d.configuration},
		{Name: "keyring", Run: d.keyring},
		{Name: "store", Run: d.store},
		{Name: "older copy", Run: d.olderCopy},
		{Name: "other vaults", Run: d.otherVaults},
		{Name: "passphrase", Run: d.passphrase},
		{Name: "accounts", Run: d.accounts},
		{Name: "duplicates", Run: d.duplicates},
		{Name: "backup", Run: d.backup},
		{Name: "clock", Run: d.clock},
		{Name: "files", Run: d.files},
	})
	err := app.print(found, func() {
		for _, f := range found {
			app.answer("%-8s  %-14s %s\n", string(f.Level), f.Check, f.Text)
			for h := range strings.Lines(f.Hint) {
				app.answer("%-8s  %-14s → %s\n", "", "", strings.TrimSuffix(h, "\n"))
			}
		}
	})
	if err == nil && !doctor.Healthy(found) {
		return errIncomplete
	}
	return err
}

// acceptDamage acknowledges damage: what can be read is the vault from now on.
func (o *doctorOptions) acceptDamage(ctx context.Context) error {
	app := o.app
	v, err := app.openVault(ctx)
	if errors.Is(err, store.ErrLost) { // the folder of the file store is gone
		return o.beginAnew(ctx, nil, err)
	}
	if err != nil {
		return app.noAccountsYet(err)
	}
	doc, err := app.accept(ctx, v)
	switch {
	case errors.Is(err, vault.ErrNoChange):
		app.answer("nothing is lost: revision %d is the newest one\n", int(doc.Revision()))
		return nil
	case errors.Is(err, file.ErrBadKey):
		return err
	case errors.Is(err, store.ErrLost), errors.Is(err, store.ErrDamaged):
		return o.beginAnew(ctx, v.Store(), err)
	case err != nil:
		return err
	}
	app.answer("the vault is now revision %d, with %s\n", int(doc.Revision()), plural(doc.Len(), "account"))
	return nil
}

// beginAnew takes an empty vault into use where the old one is gone, or no copy
// of it can be read.
func (o *doctorOptions) beginAnew(ctx context.Context, s store.Store, why error) error {
	app := o.app
	_, isFile := s.(*file.Store)
	if s != nil && !isFile && !errors.Is(why, store.ErrLost) {
		return failure.Of(why, unreadableHint(s), ExitLocked)
	}
	app.tell("%s\n", why)
	if err := app.confirm(ctx, "go on with an empty vault"); err != nil {
		return err
	}
	_, paths, err := app.settings()
	if err != nil {
		return err
	}
	if r, ok := s.(interface{ Renew(context.Context) error }); ok {
		if err := r.Renew(ctx); err != nil {
			return err
		}
	}
	if s == nil {
		if err := config.Set(paths.Config, "store", ""); err != nil {
			return err
		}
	}
	if err := app.forgetVault(); err != nil {
		return err
	}
	app.answer("the vault is empty now\n")
	app.tell("to bring a backup back: jangle restore FILE\n")
	return nil
}

// examination keeps what one check found for the next.
type examination struct {
	app    *App
	config config.Config
	paths  config.Paths
	vault  *vault.Vault
	doc    *vault.Document // of the vault; nil if it cannot be read
}

func ok(format string, args ...any) doctor.Finding {
	return doctor.Finding{Level: doctor.OK, Text: text.T(format, args...)}
}

func problem(hint, format string, args ...any) doctor.Finding {
	return doctor.Finding{Level: doctor.Problem, Text: text.T(format, args...), Hint: hint}
}

// failed is the problem that an error is.
func (e *examination) failed(err error) doctor.Finding {
	return problem(strings.Join(e.app.hints(err), "\n"), "%s", err)
}

func skipped(why string) doctor.Finding { return doctor.Finding{Level: doctor.Skipped, Text: why} }

func (e *examination) configuration(context.Context) doctor.Finding {
	c, paths, err := e.app.settings()
	e.config, e.paths = c, paths
	if err != nil {
		return e.failed(err)
	}
	return ok("%s", paths.Config)
}

func (e *examination) keyring(ctx context.Context) doctor.Finding {
	err := keyring.Available(ctx)
	switch {
	case err == nil:
		name, err := keyring.Provider(ctx)
		if err != nil {
			name = "reachable"
		}
		return ok("%s", name)
	case e.config.Store == kindKeyring:
		return problem("log in to the desktop session, or start its keyring", "%s", err)
	}
	return doctor.Finding{Level: doctor.Info, Text: text.T("%s; the store is not in it", err)}
}

const noVault = "there is no vault to look into"

func (e *examination) store(ctx context.Context) doctor.Finding {
	v, err := e.app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return doctor.Finding{Level: doctor.Info, Text: "no store was chosen yet", Hint: "jangle import FILE"}
	}
	if err == nil {
		e.vault = v
		e.doc, err = v.Load(ctx)
	}
	if errors.Is(err, store.ErrDamaged) && !errors.Is(err, file.ErrBadKey) {
		return problem(unreadableHint(v.Store()), "%s", err)
	}
	if errors.Is(err, store.ErrUnreachable) { // the usual hint is to run this
		return problem("log in to the desktop, or start its keyring; the accounts are safe where they are", "%s", err)
	}
	if err != nil {
		return e.failed(err)
	}
	if err := e.doc.Doubt(); err != nil {
		return e.failed(err)
	}
	if w := e.doc.StoreWarnings(); len(w) > 0 {
		return problem("any change writes both copies anew", "%s", w[0])
	}
	return ok("%s, %s, revision %d", v.Store().Kind(), v.Store().Where(), e.doc.Revision())
}

// unreadableHint is what can be done where no copy of the vault can be read.
func unreadableHint(s store.Store) string {
	first := "jangle store use file --new begins with an empty vault in a file"
	if s.Kind() == kindFile {
		first = "jangle doctor --accept puts it aside and begins with an empty vault"
	}
	return first + "\njangle restore FILE then brings a backup back"
}

// olderCopy looks for the document from before the last change, which is what is
// read when the present one is damaged.
func (e *examination) olderCopy(ctx context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	older, err := e.vault.Previous(ctx)
	switch {
	case errors.Is(err, store.ErrAbsent):
		return doctor.Finding{Level: doctor.Info, Text: "none yet: the next change leaves one"}
	case err != nil:
		return problem("any change writes it anew", "the vault from before the last change cannot be read: %s", err)
	}
	return ok("revision %d, from before the last change, can be read", older.Revision())
}

// otherVaults looks for documents of other vaults in the same place.
func (e *examination) otherVaults(ctx context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	copies, err := e.vault.Store().Copies(ctx)
	if err != nil {
		return e.failed(err)
	}
	for _, m := range vault.Vaults(copies) {
		if m.Vault != e.doc.ID() {
			return problem("jangle store inspect shows both; jangle store choose "+vault.ShortID(m.Vault)+" takes that one into use",
				"%s holds another vault as well: %s; nothing of it is used or changed", e.vault.Store().Where(), m)
		}
	}
	return ok("none in the same place as %s", vault.ShortID(e.doc.ID()))
}

// passphrase says how often the file store asks for it.
func (e *examination) passphrase(context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	f, isFile := e.vault.Store().(*file.Store)
	if !isFile {
		return skipped("the keyring has its own")
	}
	mode, err := f.Mode()
	switch {
	case err != nil:
		return e.failed(err)
	case mode == file.KeyFile:
		return doctor.Finding{Level: doctor.Info, Text: "none: whoever can read your files can read your codes"}
	case len(e.config.StorePassphraseCommand) > 0:
		return ok("store_passphrase_command gives it at each command")
	case !file.CacheWorks():
		return doctor.Finding{Level: doctor.Info, Hint: "jangle config set store_passphrase_command COMMAND gives it without asking; so does --store-passphrase-file FILE",
			Text: "it is asked for at each command: this system cannot keep it between two"}
	}
	return ok("it is asked for again %s after it was given", e.config.UnlockFor.Or(config.DefaultUnlockFor))
}

// accounts computes a code of each: what cannot be computed is found here and
// not at a login.
func (e *examination) accounts(context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	if d := e.doc.Damaged(); len(d) > 0 {
		return problem("jangle restore FILE brings it back from a backup", "%s cannot be read, the first: %s", plural2(len(d), "entry", "entries"), d[0].Reason)
	}
	accounts := e.doc.Accounts()
	for _, a := range accounts {
		_, err := otp.At(a, e.app.Now())
		if a.Type == account.HOTP {
			_, err = otp.AtCounter(a, a.Counter)
		}
		if err != nil {
			return problem("jangle edit "+a.ID, "%s: %s", oneLine(a.Label()), err)
		}
	}
	if len(accounts) == 0 {
		return skipped("there are none yet")
	}
	return ok("%s, each computes a code", census(e.doc))
}

func (e *examination) duplicates(context.Context) doctor.Finding {
	if e.doc == nil {
		return skipped(noVault)
	}
	seen := map[account.Key]account.Account{}
	live, _ := e.doc.Find()
	for _, a := range live {
		if b, twice := seen[a.Key()]; twice {
			return doctor.Finding{Level: doctor.Info, Hint: "jangle remove " + a.ID,
				Text: text.T("%s and %s show the same codes", oneLine(b.Label()), oneLine(a.Label()))}
		}
		seen[a.Key()] = a
	}
	return ok("none")
}

// backupDays is after how many days a proof is old: files and disks age.
const backupDays = 30

func (e *examination) backup(context.Context) doctor.Finding {
	switch {
	case e.doc == nil || e.doc.Len() == 0:
		return skipped("there is nothing to back up")
	case len(e.doc.Unproven()) == e.doc.Len():
		return problem("jangle backup FILE", "no account is in a verified backup: if this machine is lost, so are the accounts")
	case len(e.doc.Unproven()) > 0:
		un := e.doc.Unproven()
		return problem("jangle backup FILE", "%s in no verified backup, the first: %s", plural2(len(un), "account is", "accounts are"), oneLine(un[0].Label()))
	}
	proof, _ := e.doc.BackupProof()
	if days := int(e.app.Now().Sub(time.UnixMilli(proof.At)).Hours() / 24); days > backupDays {
		return doctor.Finding{Level: doctor.Info, Hint: "jangle backup verify FILE",
			Text: text.T("every account is in a backup that was verified %d days ago: does the file still open?", days)}
	}
	return ok("every account is in a verified backup")
}

// clock refuses what cannot be: a slow skew cannot be seen without a network,
// which jangle does not use.
func (e *examination) clock(context.Context) doctor.Finding {
	now := e.app.Now().UTC()
	if now.Year() < 2024 || now.Year() > 2100 {
		return problem("timedatectl set-ntp true, or set the clock by hand", "it says %s: codes will be wrong", now.Format(time.RFC3339))
	}
	return ok("it says %s; compare with a clock that you trust", now.Format(time.RFC3339))
}

// files looks for files of ours that others can read.
func (e *examination) files(context.Context) doctor.Finding {
	for _, path := range []string{e.paths.Data, e.paths.Config} {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if info.Mode().Perm()&0o077 != 0 && path == e.paths.Data {
			return problem("chmod 700 "+path, "%s can be read by others", path)
		}
	}
	dir, err := atomicfile.OpenPrivateDir(e.paths.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return ok("only you can change them")
	}
	if err != nil {
		return problem("", "%s", err)
	}
	defer dir.Close()
	names, err := dir.Names()
	if err != nil {
		return problem("", "%s", err)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "vault") {
			continue
		}
		f, err := dir.OpenPrivate(name, os.O_RDONLY)
		if err != nil {
			return problem("", "%s", err)
		}
		f.Close()
	}
	return ok("only you can read the vault's, and change any")
}
