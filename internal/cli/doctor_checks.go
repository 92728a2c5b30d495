package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/doctor"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/keyring"
)

// checks are the doctor's questions, in the order in which one answer explains
// the next.
func (app *App) checks() []doctor.Check {
	d := &examination{app: app}
	return []doctor.Check{
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
	}
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
	return doctor.Finding{Level: doctor.OK, Text: fmt.Sprintf(format, args...)}
}

func problem(hint, format string, args ...any) doctor.Finding {
	return doctor.Finding{Level: doctor.Problem, Text: fmt.Sprintf(format, args...), Hint: hint}
}

func skipped(why string) doctor.Finding { return doctor.Finding{Level: doctor.Skipped, Text: why} }

func (e *examination) configuration(context.Context) doctor.Finding {
	c, paths, err := e.app.settings()
	e.config, e.paths = c, paths
	if err != nil {
		return problem(classify(err).Hint, "%s", err)
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
	return doctor.Finding{Level: doctor.Info, Text: fmt.Sprintf("%s; the store is not in it", err)}
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
		if err := computes(a, e.app.Now()); err != nil {
			return problem("jangle edit "+a.ID, "%s: %s", oneLine(a.Label()), err)
		}
	}
	return ok("%s, each computes a code", census(e.doc))
}

func computes(a account.Account, now time.Time) error {
	if a.Type == account.HOTP {
		_, err := otp.AtCounter(a, a.Counter)
		return err
	}
	_, err := otp.At(a, now)
	return err
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
				Text: fmt.Sprintf("%s and %s show the same codes", oneLine(b.Label()), oneLine(a.Label()))}
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
			Text: fmt.Sprintf("every account is in a backup that was verified %d days ago: does the file still open?", days)}
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
