package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/vault"
)

type verifyOptions struct {
	file string
	keys keyOptions
	json bool
}

func newBackupVerify(app *App) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Open a backup, check all of it, and compare it with the vault",
		Long: `Open a backup as a restore would, check all of it, and say which accounts of the
vault are in it. The exit status is 6 if accounts were added or changed since.

Nothing is changed, but for the vault's note of which accounts are safe.`,
		Example: `  jangle backup verify ~/jangle-2026-11.age
  jangle backup verify -i key.txt /mnt/backups/jangle-….jangle-backup.age`,
		Args: exactArgs(1, "the file of a backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return runVerify(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	o.keys.register(f)
	f.BoolVar(&o.json, "json", false, "report as JSON: file, created, accounts, same, different, added, removed")
	return cmd
}

func runVerify(ctx context.Context, app *App, o verifyOptions) error {
	app.global.json = o.json
	if err := app.needsOutput(); err != nil {
		return err
	}
	b, err := openBackup(ctx, app, o.file, o.keys, backup.Open)
	if err != nil {
		return err
	}
	v, doc, err := app.vaultToCompare(ctx)
	if err != nil {
		return fmt.Errorf("the backup is sound and holds %s; it was not compared with the vault: %w", plural(len(b.Accounts), "account"), err)
	}
	report := backup.Compare(b, doc.Accounts(), doc.ID())
	if o.json {
		if err := app.answerJSON(newVerifyJSON(o.file, b, report)); err != nil {
			return err
		}
	} else {
		app.printVerified(b, report, doc)
	}
	if v != nil {
		if err := app.noteVerified(ctx, v, doc, report, o.file); err != nil {
			return fmt.Errorf("the backup is good, but the vault could not note it: %w", err)
		}
	}
	if len(report.Added)+len(report.Different) > 0 {
		return errIncomplete
	}
	return nil
}

// vaultToCompare loads the vault; where there is none yet, there is an empty
// document and no vault.
func (app *App) vaultToCompare(ctx context.Context) (*vault.Vault, *vault.Document, error) {
	v, err := app.openVault(ctx)
	var none *noStoreError
	if errors.As(err, &none) {
		return nil, vault.NewDocument(), nil
	}
	if err != nil {
		return nil, nil, err
	}
	doc, err := v.Load(ctx)
	return v, doc, err
}

// noteVerified has the vault remember the backup, unless it remembers one that
// covers more.
func (app *App) noteVerified(ctx context.Context, v *vault.Vault, doc *vault.Document, r backup.Report, file string) error {
	if len(r.Same) == 0 || len(r.Same) < doc.Len()-len(doc.Unproven()) {
		return nil
	}
	proof := vault.NewBackupProof(r.Same, filepath.Base(file), app.Now())
	_, err := v.Update(ctx, "", func(d *vault.Document) error { return d.SetBackupProof(proof) })
	return err
}

func (app *App) printVerified(b backup.Backup, r backup.Report, doc *vault.Document) {
	app.answer("sound: %s, written %s\n", plural(len(b.Accounts), "account"), b.Created.Format("2006-01-02 15:04 UTC"))
	total := len(r.Same) + len(r.Different) + len(r.Added)
	if total > 0 {
		app.answer("%s\n", verifiedSentence(r, total))
	}
	for _, d := range r.Different {
		app.answer("  %s: another %s in the backup\n", oneLine(d.Here.Label()), strings.Join(d.Fields, ", "))
	}
	if n := len(r.Removed); n > 0 && total > 0 {
		app.answer("%s only in the backup: %s\n", plural2(n, "account is", "accounts are"), someLabels(r.Removed))
	}
	if n := len(b.Unreadable); n > 0 {
		app.tell("it also keeps %s that could not be read when it was made\n", plural2(n, "entry", "entries"))
	}
	if b.VaultID != doc.ID() && total > 0 {
		app.tell("it was made from another vault\n")
	}
}

func verifiedSentence(r backup.Report, total int) string {
	s := fmt.Sprintf("%d of your %s are in it", len(r.Same)+len(r.Different), plural(total, "account"))
	switch {
	case total == 1 && len(r.Added) == 0:
		s = "your account is in it"
	case len(r.Added) == 0:
		s = fmt.Sprintf("all of your %s are in it", plural(total, "account"))
	}
	if n := len(r.Different); n > 0 {
		s += fmt.Sprintf(", %d not as they are now", n)
	}
	if n := len(r.Added); n > 0 {
		s += fmt.Sprintf("; %s added since: %s", plural2(n, "was", "were"), someLabels(r.Added))
	}
	return s
}

// someLabels names the first few accounts of a list.
func someLabels(accounts []account.Account) string {
	const most = 8
	var names []string
	for i, a := range accounts {
		if i == most {
			names = append(names, fmt.Sprintf("… and %d more", len(accounts)-most))
			break
		}
		names = append(names, oneLine(a.Label()))
	}
	return strings.Join(names, ", ")
}

// verifyJSON is the stable form of the report; fields are only added.
type verifyJSON struct {
	File      string          `json:"file"`
	Created   time.Time       `json:"created"`
	Accounts  int             `json:"accounts"` // in the backup
	Same      int             `json:"same"`
	Different []differentJSON `json:"different"`
	Added     []accountJSON   `json:"added"`   // in the vault alone
	Removed   []accountJSON   `json:"removed"` // in the backup alone
}

type differentJSON struct {
	accountJSON
	Fields []string `json:"fields"`
}

func newVerifyJSON(file string, b backup.Backup, r backup.Report) verifyJSON {
	j := verifyJSON{
		File: file, Created: b.Created, Accounts: len(b.Accounts), Same: len(r.Same),
		Different: []differentJSON{}, Added: accountsJSON(r.Added), Removed: accountsJSON(r.Removed),
	}
	for _, d := range r.Different {
		j.Different = append(j.Different, differentJSON{newAccountJSON(d.Here), d.Fields})
	}
	return j
}
