package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/asker"
	"github.com/jangle-otp/jangle/internal/config"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Failure and Exit are the words of package failure, which the packages below the
// commands share.
type (
	Failure = failure.Failure
	Exit    = failure.Exit
)

// The exit statuses; `jangle help exit-codes` prints them.
const (
	ExitDone        = failure.Done
	ExitFailed      = failure.Failed
	ExitUsage       = failure.Usage
	ExitNoAccount   = failure.NoAccount
	ExitAmbiguous   = failure.Ambiguous
	ExitLocked      = failure.Locked
	ExitIncomplete  = failure.Incomplete
	ExitInterrupted = failure.Interrupted
)

// errIncomplete ends a command that did its work and has said itself what was
// left out.
var errIncomplete = errors.New("done, but something was left out")

// errReported ends a command that has already printed why it failed.
var errReported = errors.New("failed, as was said")

// usage makes an error of a command line that cannot be understood.
func usage(hint, format string, args ...any) error {
	return failure.New(ExitUsage, hint, format, args...)
}

// failed makes an error with a hint and exit status 1.
func failed(hint, format string, args ...any) error {
	return failure.New(ExitFailed, hint, format, args...)
}

// classes maps what can go wrong below to exit status and hint: the one place
// where an error becomes a status.
func classes() []struct {
	err  error
	code Exit
	hint string
} {
	return []struct {
		err  error
		code Exit
		hint string
	}{
		{errIncomplete, ExitIncomplete, ""},
		{errReported, ExitFailed, ""},
		{term.ErrInterrupted, ExitInterrupted, ""},
		{context.Canceled, ExitInterrupted, ""},
		{store.ErrPassphrase, ExitLocked, "try again; `jangle store` says which store it is"},
		{store.ErrNoPrompt, ExitLocked, passphraseHint},
		{store.ErrDismissed, ExitLocked, "run it again and answer the prompt"},
		{store.ErrLocked, ExitLocked, "unlock the keyring (log in to the desktop, or open its manager), then run it again"},
		{store.ErrUnknown, ExitFailed, "jangle list, to see whether it was saved"},
		{store.ErrTimeout, ExitLocked, "run it again and answer the keyring's prompt; `jangle doctor` looks closer"},
		{file.ErrBadKey, ExitLocked, noKeyHint},
		{file.ErrNoKey, ExitLocked, noKeyHint},
		{store.ErrUnreachable, ExitLocked, "jangle doctor says what is missing; the accounts are safe where they are"},
		{store.ErrBusy, ExitLocked, "run it again when the other jangle is done"},
		{store.ErrConflict, ExitFailed, "run it again"},
		{vault.ErrDoubt, ExitLocked, "jangle doctor --accept goes on from there; jangle store inspect shows what else is kept"},
		{store.ErrForeign, ExitLocked, "jangle store inspect shows what is there"},
		{store.ErrSeveral, ExitLocked, "jangle store inspect shows what is there"},
		{store.ErrLost, ExitLocked, lostHint},
		{store.ErrNewer, ExitFailed, "install the newer jangle; nothing was changed"},
		{store.ErrDamaged, ExitFailed, "jangle doctor says what can be done"},
		{crypt.ErrPassphrase, ExitLocked, "check the passphrase and run it again"},
		{format.ErrWrongPassphrase, ExitLocked, "check the passphrase and run it again"},
		{format.ErrPassphraseNeeded, ExitLocked, "run it in a terminal, or with the passphrase in a file: --passphrase-file FILE"},
		{asker.ErrUnknown, ExitFailed, "jangle exec NAME --prompt TEXT -- COMMAND"},
		{term.ErrNoTerminal, ExitFailed, "run it in a terminal"},
	}
}

// passphraseHint is what can be done where no person can be asked for the store's passphrase.
const passphraseHint = "run it in a terminal, or with the passphrase in a file: --store-passphrase-file FILE"

// noKeyHint is what can be done where the vault's key is not there or damaged.
const noKeyHint = "put that file back from a copy of the disk: nothing else opens the vault\n" +
	"without it: move the folder away, then jangle doctor --accept, then jangle restore FILE"

// lostHint is what can be done where a vault was and is no more.
const lostHint = "put it back where it was, from a copy of the disk or the keyring\n" +
	"jangle doctor --accept begins with an empty vault; jangle restore FILE then brings a backup back"

// classify turns any error into a Failure.
func classify(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	if identity := (*vault.IdentityError)(nil); errors.As(err, &identity) && len(identity.Found) > 0 {
		return failure.Of(err, "jangle store inspect shows what is there\njangle store choose "+
			vault.ShortID(identity.Found[0].Vault)+" takes that one into use", ExitLocked)
	}
	for _, c := range classes() {
		if errors.Is(err, c.err) {
			return failure.Of(err, c.hint, c.code)
		}
	}
	var moved *vault.MovedError
	if errors.As(err, &moved) {
		return failure.Of(err, "jangle store use "+moved.Moved.Kind+" goes on with the accounts there\n"+
			"jangle store use "+moved.Kind+" --new goes on with this older copy, where the other one is lost", ExitLocked)
	}
	var ce *config.Error
	if errors.As(err, &ce) {
		return failure.Of(err, "edit that file, or move it away", ExitFailed)
	}
	return failure.Of(err, "", ExitFailed)
}

// report prints an error once and returns the exit status.
func (app *App) report(err error) Exit {
	f := classify(err)
	switch {
	case errors.Is(err, errIncomplete), errors.Is(err, errReported):
		return f.Code
	case f.Code == ExitInterrupted:
		app.complain("jangle: interrupted\n")
		return f.Code
	case app.global.json || f.Code == ExitUsage && wantsJSON(app.Args):
		report := struct {
			Error      string        `json:"error"`
			Hint       string        `json:"hint,omitempty"`
			Exit       Exit          `json:"exit"`
			Candidates []accountJSON `json:"candidates,omitempty"`
		}{f.Err.Error(), strings.Join(app.hints(f), "\n"), f.Code, nil}
		if several, ok := errors.AsType[*severalError](err); ok {
			report.Candidates = accountsJSON(several.candidates)
		}
		_ = writeJSON(app.err, report)
		return f.Code
	}
	lines := strings.Split(f.Err.Error(), "\n")
	app.complain("jangle: error: %s\n", lines[0])
	for _, l := range lines[1:] {
		app.complain("  %s\n", l)
	}
	app.printHints(app.hints(f))
	if app.hider.hidden {
		app.complain("jangle: hint: jangle add asks for a secret; what is %s looks like one, and is in the shell's history now\n", notShown)
	}
	return f.Code
}

// hints says what can be done about an error, one thing a line, as commands that work.
func (app *App) hints(err error) (hints []string) {
	for l := range strings.Lines(classify(err).Hint) {
		hints = append(hints, app.complete(strings.TrimSpace(l)))
	}
	return hints
}

func (app *App) printHints(hints []string) {
	for _, h := range hints {
		// A command that ends a hint is copied: it stays on one line.
		before, command, _ := strings.Cut(term.Safe(h), ": jangle ")
		if command != "" {
			before += ": " + strings.ReplaceAll("jangle "+command, " ", term.Unbroken)
		}
		app.complain("jangle: hint: %s\n", safeText(before))
	}
}

// wantsJSON finds --json where the command line could not be understood, and so
// no command has read it.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json")
}
