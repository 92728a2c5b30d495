package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/vault"
)

type backupOptions struct {
	target         string
	recipients     []string
	recipientFiles []string
	keys           keyOptions
	weak           bool
	force          bool
	keep           int
	json           bool
}

func newBackup(app *App) *cobra.Command {
	var o backupOptions
	cmd := &cobra.Command{
		Use:   "backup [FILE|FOLDER]",
		Short: "Write everything into one encrypted file, and prove that it restores",
		Long: `Write all accounts, with everything jangle knows of them, into one encrypted file,
open that file again, and compare every account and its codes with the vault.
Only then does jangle say so, and remembers which accounts are safe.

At a terminal it asks for a passphrase; Enter alone makes one of ten words. With
-r or -R the file is for the holder of a key instead, and nobody is asked. Give
that key with -i too, and the file is proven as well.

In a folder the file gets a name with the time, and --keep N removes the older
ones. Without an argument the folder is the current one; - is standard output.

The file is age (age-encryption.org): without jangle, for ever,
  age -d FILE | jq -r '.accounts[].uri'`,
		Example: `  jangle backup ~/jangle-2026-11.age
  jangle backup -r age1… --keep 12 /mnt/backups
  jangle backup verify ~/jangle-2026-11.age`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			return runBackup(cmd.Context(), app, o)
		},
	}
	f := cmd.Flags()
	f.VarP((*texts)(&o.recipients), "recipient", "r", "encrypt for this key: age1…, ssh-ed25519 …, ssh-rsa …")
	f.VarP((*texts)(&o.recipientFiles), "recipients-file", "R", "encrypt for the keys in this file, one a line")
	f.VarP((*texts)(&o.keys.identities), "identity", "i", "with -r: the key file that will open the backup, to prove it")
	f.StringVar(&o.keys.passphrase, "passphrase-file", "", "read the passphrase from this file (- for standard input)")
	f.BoolVar(&o.weak, "allow-weak", false, "accept a passphrase that can be guessed")
	f.IntVar(&o.keep, "keep", 0, "in a folder: keep this many backups, and remove older ones")
	f.BoolVar(&o.force, "force", false, "overwrite the file")
	f.BoolVar(&o.json, "json", false, "report as JSON: file, accounts, proven, unreadable, no_code, removed")
	cmd.AddCommand(newBackupVerify(app))
	return cmd
}

func (o *backupOptions) check(args []string) error {
	const help = "jangle backup --help"
	toKeys := len(o.recipients)+len(o.recipientFiles) > 0
	switch {
	case len(args) > 1:
		return usage(help, "jangle backup wants one file or folder")
	case toKeys && o.keys.passphrase != "":
		return usage(help, "a backup is either for a passphrase or for keys (-r, -R): age cannot mix them")
	case !toKeys && len(o.keys.identities) > 0:
		return usage("jangle backup -r RECIPIENT -i FILE", "-i proves a backup that is for keys: for which (-r, -R)?")
	case o.keep < 0:
		return usage(help, "--keep: %d is no number of backups", o.keep)
	}
	o.target = "."
	if len(args) == 1 {
		o.target = args[0]
	}
	return nil
}

// runBackup makes the file in memory and proves it there, before anything that
// lies at the target can be lost; then it writes, reads back what is on the
// disk, and only then says that there is a backup.
func runBackup(ctx context.Context, app *App, o backupOptions) error {
	app.global.json = o.json
	if err := app.needsOutput(); err != nil {
		return err
	}
	v, doc, err := app.vaultToBackUp(ctx)
	if err != nil {
		return err
	}
	to, err := app.backupTarget(o, doc.ID())
	if err != nil {
		return err
	}
	locks, err := app.backupLocks(ctx, o)
	if err != nil {
		return err
	}
	defer clear(locks.passphrase)
	r := backupReport{to: to, accounts: doc.Accounts(), damaged: doc.Damaged()}
	stop := app.showProgress("encrypting, and opening again")
	sealed, err := app.sealAndProve(ctx, doc, locks, &r)
	stop()
	if err != nil {
		return notWritten(err)
	}
	if err := app.deliver(to, sealed); err != nil {
		return err
	}
	app.rememberProof(ctx, v, &r)
	app.rotate(o, &r)
	return app.reportBackup(o, r)
}

func notWritten(err error) error {
	err = fmt.Errorf("no backup was written: %w", err)
	var key *crypt.KeyError
	if errors.As(err, &key) {
		return failed("-i FILE, with the secret key of the recipient; or none, and verify it later", "%w", err)
	}
	return err
}

func (app *App) vaultToBackUp(ctx context.Context) (*vault.Vault, *vault.Document, error) {
	v, err := app.openVault(ctx)
	if err != nil {
		return nil, nil, app.noAccountsYet(err)
	}
	doc, err := v.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	app.warnDamaged(doc)
	if err := doc.Doubt(); err != nil { // that it is proven is noted in the vault
		return nil, nil, err
	}
	if doc.Len() == 0 {
		return nil, nil, failure.Of(errors.New("there are no accounts to back up"), "jangle import FILE", ExitNoAccount)
	}
	return v, doc, nil
}

// sealAndProve makes the backup. Without a key that opens it, what can be proven
// is the content before it is encrypted.
func (app *App) sealAndProve(ctx context.Context, doc *vault.Document, l backupLocks, r *backupReport) ([]byte, error) {
	text, err := backup.Marshal(app.backupOf(doc))
	if err != nil {
		return nil, err
	}
	defer clear(text)
	if err := backup.Check(text, r.accounts); err != nil {
		return nil, err
	}
	sealed, err := l.seal(ctx, text)
	if err != nil || !l.canOpen() {
		return sealed, err
	}
	r.proof, err = backup.Prove(ctx, backup.Claim{
		Sealed: sealed, Keys: l.keys(), Where: r.to.name(), Accounts: r.accounts, Now: app.Now(),
	})
	r.proven = err == nil
	return sealed, err
}

func (app *App) backupOf(doc *vault.Document) backup.Backup {
	b := backup.Backup{
		Created: app.Now(), Generator: "jangle " + app.Version(),
		VaultID: doc.ID(), Generation: uint64(doc.Revision()), Accounts: doc.Accounts(),
	}
	for _, d := range doc.Damaged() {
		b.Unreadable = append(b.Unreadable, bytes.Clone(d.Raw))
	}
	return b
}

// rememberProof notes in the vault which accounts are safe. A backup that went
// to standard output lies nobody knows where, and is not noted.
func (app *App) rememberProof(ctx context.Context, v *vault.Vault, r *backupReport) {
	if !r.proven || r.to.stdout {
		return
	}
	_, err := v.Update(ctx, "", func(d *vault.Document) error { return d.SetBackupProof(r.proof) })
	if err != nil {
		r.forgotten = err
	}
}
