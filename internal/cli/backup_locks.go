package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/term"
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
		phrase, err := app.backupPassphrase(ctx, o)
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
		r, err := crypt.ParseRecipient(text, app.pluginUI(ctx))
		if err != nil {
			return nil, usage("-R FILE, for the keys in a file", "-r: %s", err) // never the text: it may be a secret key
		}
		all = append(all, r)
	}
	for _, path := range o.recipientFiles {
		content, err := app.readKeyFile(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("the recipients file %s: %w", path, err)
		}
		rs, err := crypt.ParseRecipientsFile(content, app.pluginUI(ctx))
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

// backupPassphrase is a new passphrase: from a file, typed twice, or made here.
func (app *App) backupPassphrase(ctx context.Context, o backupOptions) ([]byte, error) {
	if o.keys.passphrase != "" {
		phrase, err := app.passphraseFromFile(ctx, o.keys.passphrase)
		if err != nil {
			return nil, err
		}
		return phrase, judge(phrase, o)
	}
	t, err := app.terminal()
	if err != nil {
		return nil, usage("-r RECIPIENT, or --passphrase-file FILE", "the backup needs a passphrase or a key, and nobody can be asked")
	}
	defer t.Close()
	for {
		phrase, err := t.ReadSecret(ctx, "passphrase (Enter makes one for you): ")
		switch {
		case err != nil:
			return nil, err
		case len(phrase) == 0:
			return app.makePassphrase(ctx, t)
		}
		if err := judge(phrase, o); err != nil {
			fmt.Fprintf(t, "%s\n", term.Safe(err.Error()))
			continue
		}
		again, err := t.ReadSecret(ctx, "once more: ")
		if err != nil {
			return nil, err
		}
		if string(again) == string(phrase) {
			return phrase, nil
		}
		fmt.Fprint(t, "these two differ; once again, please\n")
	}
}

// judge refuses what can be guessed, unless the person insists. Even then it
// has to be a passphrase.
func judge(phrase []byte, o backupOptions) error {
	err := crypt.JudgePassphrase(phrase)
	var weak *crypt.WeakError
	switch {
	case errors.As(err, &weak) && o.weak:
		return nil
	case errors.As(err, &weak):
		return failed("--allow-weak accepts it all the same; Enter at the prompt makes a good one", "%w", err)
	}
	return err
}

// makePassphrase makes ten words, shows them on the terminal and nowhere else,
// has them typed back, and takes them off the screen again.
func (app *App) makePassphrase(ctx context.Context, t *term.Terminal) ([]byte, error) {
	phrase, err := crypt.GeneratePassphrase(app.Rand)
	if err != nil {
		return nil, err
	}
	lines := 0
	show := func(text string) {
		columns, _ := t.Size()
		lines += (term.Width(text)-1)/columns + 1
		fmt.Fprintf(t, "%s\r\n", text)
	}
	defer func() { app.wipe(t, lines) }()
	show("write these ten words down, on paper; without them nobody opens the backup:")
	show("  " + phrase)
	show("(jangle takes blanks for the dashes; age itself wants the dashes)")
	for {
		typed, err := t.ReadSecret(ctx, "type them back: ")
		lines++
		if err != nil {
			return nil, err
		}
		// What counts is that the person has the words, and crypt opens with them.
		if got, ok := crypt.GeneratedPassphrase(typed); ok && got == phrase {
			return []byte(phrase), nil
		}
		show("that is not the same; once again, please (Ctrl-C stops)")
	}
}

// wipe takes the last lines off the screen, where the terminal can.
func (app *App) wipe(t *term.Terminal, lines int) {
	if name := app.Env.Get("TERM"); name != "" && name != "dumb" {
		fmt.Fprintf(t, "\x1b[%dA\r\x1b[J", lines)
	}
}
