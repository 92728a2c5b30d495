package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jangle-otp/jangle/internal/ask"
	"github.com/jangle-otp/jangle/internal/crypt"
)

// backupLocks are what the file is encrypted with, and what will open it.
type backupLocks struct {
	passphrase []byte
	workFactor int
	recipients []crypt.Recipient
	identities []crypt.Identity
}

func (l backupLocks) seal(ctx context.Context, text []byte) ([]byte, error) {
	if l.recipients != nil {
		return crypt.EncryptTo(ctx, text, l.recipients, crypt.Armor)
	}
	return crypt.EncryptPassphrase(ctx, text, l.passphrase, crypt.PassphraseOptions{Form: crypt.Armor, WorkFactor: l.workFactor})
}

func (l backupLocks) canOpen() bool { return l.recipients == nil || len(l.identities) > 0 }

func (l backupLocks) keys() crypt.Keys {
	return crypt.Keys{Passphrase: bytes.Clone(l.passphrase), Identities: l.identities}
}

// backupLocks gets recipients or a passphrase, as the options say; else it asks.
func (app *App) backupLocks(ctx context.Context, o backupOptions) (backupLocks, error) {
	if len(o.recipients)+len(o.recipientFiles) == 0 {
		phrase, err := app.newPassphrase(ctx, o.keys.passphrase, ask.New{
			Prompt:    "passphrase (Enter makes one for you): ",
			Otherwise: usage("for a key: -r RECIPIENT\nwith a passphrase: --passphrase-file FILE", "the backup needs a passphrase or a key, and nobody can be asked"),
			Words:     "without them nobody opens the backup",
			AllowWeak: o.weak,
			WeakHint:  "Enter at the prompt makes a good one; to take it all the same: --allow-weak",
		})
		return backupLocks{passphrase: phrase, workFactor: app.WorkFactor}, err
	}
	recipients, err := app.readRecipients(ctx, o)
	if err != nil {
		return backupLocks{}, err
	}
	for _, r := range recipients {
		app.noteRecipient(r)
	}
	ids, err := app.readIdentities(ctx, o.keys.identities)
	return backupLocks{recipients: recipients, identities: ids}, err
}

func (app *App) readRecipients(ctx context.Context, o backupOptions) ([]crypt.Recipient, error) {
	var all []crypt.Recipient
	for _, text := range o.recipients {
		r, err := crypt.ParseRecipient(text, app.person.KeyUI(ctx))
		if err != nil {
			return nil, usage("for the keys in a file: -R FILE", "-r: %s", err) // never the text: it may be a secret key
		}
		all = append(all, r)
	}
	for _, path := range o.recipientFiles {
		content, err := app.readKeyFile(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("the recipients file %s: %w", path, err)
		}
		rs, err := crypt.ParseRecipientsFile(content, app.person.KeyUI(ctx))
		if err != nil {
			return nil, fmt.Errorf("the recipients file %s: %w", path, err)
		}
		all = append(all, rs...)
	}
	return all, nil
}

// noteRecipient says what a person would wish to have known at the restore.
func (app *App) noteRecipient(r crypt.Recipient) {
	switch r.Kind() {
	case crypt.KindHybrid:
		app.tell("note: without jangle, this backup needs age 1.3 or newer\n")
	case crypt.KindSSHEd25519, crypt.KindSSHRSA:
		app.tell("note: keep that SSH private key as long as the backup; ssh-agent and hardware keys cannot open it\n")
	case crypt.KindPlugin:
		app.tell("note: this backup needs age-plugin-%s and its device to open\n", r.Plugin())
	}
}

// newPassphrase is one from a file, or from a person. It is judged either way.
func (app *App) newPassphrase(ctx context.Context, file string, n ask.New) ([]byte, error) {
	if file == "" {
		return app.person.NewPassphrase(ctx, n)
	}
	phrase, err := app.passphraseFromFile(ctx, file)
	if err == nil {
		err = n.Judge(phrase)
	}
	return phrase, err
}
