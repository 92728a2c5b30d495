package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/text"
	"github.com/jangle-otp/jangle/internal/vault"
)

type backupOptions struct {
	app            *App
	recipients     []string
	recipientFiles []string
	keys           keyOptions
	weak           bool
	keep           int
}

func newBackup(app *App) *cobra.Command {
	o := &backupOptions{app: app}
	cmd := &cobra.Command{
		Use:   "backup [FILE|FOLDER]",
		Short: "Write everything into one encrypted file, and prove that it restores",
		Example: `  jangle backup ~/jangle-2026-11.age
  jangle backup -r age1… --keep 12 /mnt/backups
  jangle backup verify ~/jangle-2026-11.age`,
		RunE: o.run,
	}
	f := cmd.Flags()
	f.VarP(texts(&o.recipients), "recipient", "r", "encrypt for this key: age1…, ssh-ed25519 …, ssh-rsa …")
	f.VarP(texts(&o.recipientFiles), "recipients-file", "R", "encrypt for the keys in this file, one a line")
	f.VarP(texts(&o.keys.identities), "identity", "i", "with -r: the key file that will open the backup, to prove it")
	f.StringVar(&o.keys.passphrase, "passphrase-file", "", "read the passphrase from this file (- for standard input)")
	f.BoolVar(&o.weak, "allow-weak", false, "accept a passphrase that can be guessed")
	f.IntVar(&o.keep, "keep", 0, "in a folder: keep this many backups, and remove older ones")
	f.BoolVar(&app.global.force, "force", false, "overwrite the file")
	f.BoolVar(&app.global.json, "json", false, "report as JSON: file, accounts, proven, unreadable, no_code, removed")
	cmd.AddCommand(newVerify(app))
	return cmd
}

// run makes the file in memory and proves it there, before anything that is at the
// target can be lost; then it writes, reads back what is on the disk, and only then
// says that there is a backup.
func (o *backupOptions) run(cmd *cobra.Command, args []string) error {
	ctx, app := cmd.Context(), o.app
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
	if err := app.needsOutput(); err != nil {
		return err
	}

	// Load the vault. That the backup is proven is noted in it, so it must not be in doubt.
	s, err := app.open(ctx, toBackUp)
	if err != nil {
		return err
	}
	doc := s.doc
	if doc.Len() == 0 {
		return failure.New(ExitNoAccount, "jangle import FILE", "there are no accounts to back up")
	}

	// Find out what prevents writing before a passphrase is asked for.
	r := backupReport{accounts: doc.Accounts(), damaged: doc.Damaged()}
	if r.to, err = o.target(strings.Join(args, ""), doc.ID()); err != nil {
		return err
	}
	locks, err := app.backupLocks(ctx, *o)
	if err != nil {
		return err
	}
	defer clear(locks.passphrase)

	stop := app.showProgress("encrypting, and opening again")
	sealed, err := o.seal(ctx, doc, locks, &r)
	stop()
	if err != nil {
		err = fmt.Errorf("no backup was written: %w", err)
		if key := (*crypt.KeyError)(nil); errors.As(err, &key) {
			return failed("with the secret key of the recipient, or without -i, and verify it later: -i FILE", "%w", err)
		}
		return err
	}
	if err := app.deliver(r.to.path, sealed); err != nil {
		return err
	}

	// Note which accounts are safe. Where a backup on standard output went, is not known.
	if r.proven && !r.to.stdout() {
		_, r.forgotten = s.vault.Update(ctx, "", func(d *vault.Document) error { return d.SetBackupProof(r.proof) })
	}
	if o.keep > 0 { // older backups go when the new one is there
		folder := filepath.Dir(r.to.path)
		dir, err := atomicfile.OpenDir(folder)
		if r.rotation = err; err == nil {
			r.removed, r.rotation = backup.Rotate(backupFolder{dir, folder}, filepath.Base(r.to.path), o.keep)
			dir.Close()
		}
	}
	return o.report(r)
}

// target is where a backup goes.
type target struct {
	path      string // "-" for standard output
	generated bool   // in a folder, with a name that we chose
}

func (t target) stdout() bool { return t.path == "-" }

// target decides where to write, the current folder if nothing is named.
func (o *backupOptions) target(path, vaultID string) (target, error) {
	if path == "" {
		path = "."
	}
	if path == "-" {
		if o.keep > 0 {
			return target{}, usage("jangle backup --keep 12 FOLDER", "--keep is for a folder")
		}
		return target{path: path}, nil
	}
	switch _, err := os.Stat(path); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return target{}, err
	case isFolder(path): // the name says the second; where that one is taken, the next
		for t := o.app.Now(); ; t = t.Add(time.Second) {
			name := filepath.Join(path, backup.FileName(vaultID, t))
			if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
				return target{name, true}, nil
			} else if err != nil {
				return target{}, err
			}
		}
	case err != nil && strings.HasSuffix(path, string(filepath.Separator)):
		return target{}, failed("mkdir -p "+failure.Quoted(path)+", then run it again", "there is no folder %s", path)
	case o.keep > 0:
		return target{}, usage("jangle backup --keep 12 FOLDER", "--keep is for a folder, and %s is none", path)
	}
	return target{path: path}, o.app.mayWrite(path)
}

// seal makes the backup and proves it. Without a key that opens it, what can be proven
// is the content before it is encrypted.
func (o *backupOptions) seal(ctx context.Context, doc *vault.Document, l backupLocks, r *backupReport) ([]byte, error) {
	b := backup.Backup{
		Created: o.app.Now(), Generator: "jangle " + o.app.Version(),
		VaultID: doc.ID(), Generation: uint64(doc.Revision()), Accounts: doc.Accounts(),
	}
	for _, d := range r.damaged {
		b.Unreadable = append(b.Unreadable, bytes.Clone(d.Raw))
	}
	text, err := backup.Marshal(b)
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
		Sealed: sealed, Keys: l.keys(), Where: filepath.Base(r.to.path), Accounts: r.accounts, Now: o.app.Now(),
	})
	r.proven = err == nil
	return sealed, err
}

// backupFolder is a folder with backups.
type backupFolder struct {
	*atomicfile.Dir
	path string
}

// Head reads the beginning of a regular file; a link to one is not followed.
func (f backupFolder) Head(name string, n int) ([]byte, error) {
	path := filepath.Join(f.path, name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file: it was left alone", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, n)
	got, err := io.ReadFull(file, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:got], err
}

// backupReport is what there is to say in the end.
type backupReport struct {
	to        target
	accounts  []account.Account
	damaged   []vault.Damaged
	proof     vault.BackupProof
	proven    bool
	forgotten error // why the vault does not remember the proof
	removed   []string
	rotation  error
}

// backupJSON is the stable form of the report; fields are only added.
type backupJSON struct {
	File       string   `json:"file"`
	Accounts   int      `json:"accounts"`
	Proven     bool     `json:"proven"`
	Unreadable int      `json:"unreadable"`
	NoCode     []string `json:"no_code"` // ids of accounts that give no code to compare
	Removed    []string `json:"removed"`
}

// report says what was written, and ends honestly: status 6 if something is missing.
func (o *backupOptions) report(r backupReport) error {
	app := o.app
	noCode := backup.Uncomputed(r.accounts)
	if r.to.stdout() {
		app.tell("%s\n", r.sentence())
	} else {
		j := backupJSON{r.to.path, len(r.accounts), r.proven, len(r.damaged), []string{}, append([]string{}, r.removed...)}
		for _, a := range noCode {
			j.NoCode = append(j.NoCode, a.ID)
		}
		if err := app.print(j, func() { app.answer("%s\n", r.sentence()) }); err != nil {
			return err
		}
	}
	for _, a := range noCode {
		app.tell("%s is in it, but gives no code that could be compared\n", oneLine(a.Label()))
	}
	for _, name := range r.removed {
		app.tell("removed the older backup %s\n", name)
	}
	if !r.proven && !r.to.stdout() {
		app.tell("to prove it: jangle backup verify -i KEY %s\n", r.to.path)
	}
	if n := len(r.damaged); n > 0 {
		app.warn("%s of the vault cannot be read; the backup holds them as they are", plural2(n, "entry", "entries"))
	}
	if r.forgotten != nil {
		app.warn("the backup is good, but the vault could not note it: %s", r.forgotten)
	}
	if r.rotation != nil {
		app.warn("older backups: %s", r.rotation)
	}
	if len(r.damaged) > 0 || r.forgotten != nil || r.rotation != nil {
		return errIncomplete
	}
	return nil
}

// sentence is what a person reads, and believes.
func (r backupReport) sentence() string {
	n := plural(len(r.accounts), "account")
	where := " to " + r.to.path
	if r.to.generated {
		where = " into " + r.to.path
	}
	switch {
	case r.to.stdout() && r.proven:
		return n + " written to standard output; before that opened, and every code recomputed: all match"
	case r.to.stdout():
		return n + " written to standard output"
	case r.proven && !r.to.generated:
		return n + " written, reopened, and every code recomputed: all match"
	case r.proven:
		return n + " written" + where + ", reopened, and every code recomputed: all match"
	}
	return n + " written" + where + " and read back; whether your key opens it was not tried"
}

type verifyOptions struct {
	app  *App
	keys keyOptions
}

func newVerify(app *App) *cobra.Command {
	o := &verifyOptions{app: app}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Open a backup, check all of it, and compare it with the vault",
		Example: `  jangle backup verify ~/jangle-2026-11.age
  jangle backup verify -i key.txt /mnt/backups/jangle-….jangle-backup.age`,
		Args: exactArgs(1, "the file of a backup"),
		RunE: o.run,
	}
	o.keys.register(cmd.Flags())
	cmd.Flags().BoolVar(&app.global.json, "json", false, "report as JSON: file, created, accounts, same, different, added, removed")
	return cmd
}

func (o *verifyOptions) run(cmd *cobra.Command, args []string) error {
	ctx, app, file := cmd.Context(), o.app, args[0]
	if err := app.needsOutput(); err != nil {
		return err
	}
	b, err := openBackup(ctx, app, file, o.keys, backup.Open)
	if err != nil {
		return err
	}
	s, err := app.open(ctx, toCompare)
	if err != nil {
		return fmt.Errorf("the backup is sound and holds %s; it was not compared with the vault: %w", plural(len(b.Accounts), "account"), err)
	}
	r := backup.Compare(b, s.doc.Accounts(), s.doc.ID())
	j := verifyJSON{
		File: file, Created: b.Created, Accounts: len(b.Accounts), Same: len(r.Same),
		Different: []differentJSON{}, Added: accountsJSON(r.Added), Removed: accountsJSON(r.Removed),
	}
	for _, d := range r.Different {
		j.Different = append(j.Different, differentJSON{newAccountJSON(d.Here), d.Fields})
	}
	if err := app.print(j, func() { o.print(b, r, s.doc) }); err != nil {
		return err
	}
	// The vault remembers it, unless it remembers a backup that covers more.
	if s.vault != nil && len(r.Same) > 0 && len(r.Same) >= s.doc.Len()-len(s.doc.Unproven()) {
		proof := vault.NewBackupProof(r.Same, filepath.Base(file), app.Now())
		if _, err := s.vault.Update(ctx, "", func(d *vault.Document) error { return d.SetBackupProof(proof) }); err != nil {
			return fmt.Errorf("the backup is good, but the vault could not note it: %w", err)
		}
	}
	if len(r.Added)+len(r.Different) > 0 {
		return errIncomplete
	}
	return nil
}

func (o *verifyOptions) print(b backup.Backup, r backup.Report, doc *vault.Document) {
	app := o.app
	app.answer("sound: %s, written %s\n", plural(len(b.Accounts), "account"), b.Created.Format("2006-01-02 15:04 UTC"))
	total := len(r.Same) + len(r.Different) + len(r.Added)
	if total > 0 {
		s := text.T("%d of your %s are in it", len(r.Same)+len(r.Different), plural(total, "account"))
		switch {
		case total == 1 && len(r.Added) == 0:
			s = "your account is in it"
		case len(r.Added) == 0:
			s = text.T("all of your %s are in it", plural(total, "account"))
		}
		if n := len(r.Different); n > 0 {
			s += text.T(", %d not as they are now", n)
		}
		if n := len(r.Added); n > 0 {
			s += text.T("; %s added since: %s", plural2(n, "was", "were"), someLabels(r.Added))
		}
		app.answer("%s\n", s)
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
