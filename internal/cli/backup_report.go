package cli

import (
	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/vault"
)

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

func (app *App) reportBackup(o backupOptions, r backupReport) error {
	noCode := backup.Uncomputed(r.accounts)
	switch {
	case o.json && !r.to.stdout:
		j := backupJSON{r.to.path, len(r.accounts), r.proven, len(r.damaged), []string{}, append([]string{}, r.removed...)}
		for _, a := range noCode {
			j.NoCode = append(j.NoCode, a.ID)
		}
		if err := app.answerJSON(j); err != nil {
			return err
		}
	case r.to.stdout:
		app.tell("%s\n", r.sentence(len(noCode)))
	default:
		app.answer("%s\n", r.sentence(len(noCode)))
	}
	for _, a := range noCode {
		app.tell("%s is in it, but gives no code that could be compared\n", oneLine(a.Label()))
	}
	for _, name := range r.removed {
		app.tell("removed the older backup %s\n", name)
	}
	return app.backupVerdict(r)
}

// sentence is what a person reads, and believes.
func (r backupReport) sentence(noCode int) string {
	n := plural(len(r.accounts), "account")
	where := " to " + r.to.path
	if r.to.generated {
		where = " into " + r.to.path
	}
	switch {
	case r.to.stdout && r.proven:
		return n + " written to standard output; before that opened, and every code recomputed: all match"
	case r.to.stdout:
		return n + " written to standard output"
	case r.proven && !r.to.generated:
		return n + " written, reopened, and every code recomputed: all match"
	case r.proven:
		return n + " written" + where + ", reopened, and every code recomputed: all match"
	}
	return n + " written" + where + " and read back; whether your key opens it was not tried"
}

// backupVerdict ends a backup honestly.
func (app *App) backupVerdict(r backupReport) error {
	if !r.proven && !r.to.stdout {
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
