package input

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/backup"
	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/run"
	"github.com/jangle-otp/jangle/internal/term"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// read reads another app's file. Ctrl-C at a prompt ends the whole import: it is not
// one more file that could not be read.
func (r *reader) read(ctx context.Context, in format.Input) (format.Result, format.App, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ask := func(what string) ([]byte, error) {
		passphrase, err := r.Passphrase(ctx, what)
		if errors.Is(err, term.ErrInterrupted) {
			cancel()
		}
		return passphrase, err
	}
	o := format.Options{Now: r.Now(), Rand: r.Rand, Passphrase: ask}
	var page context.Context // begins with the first picture, after all questions
	stop := func() {}
	defer func() { stop() }()
	o.ScanQR = func(ctx context.Context, picture []byte) ([]string, error) {
		if page == nil {
			page, stop = context.WithTimeout(ctx, pageTime)
		}
		if page.Err() != nil {
			return nil, fmt.Errorf("%w: the pictures of a page have %v", format.ErrLimit, pageTime)
		}
		found, err := qr.Decode(page, picture, qr.Options{})
		texts, _ := qr.Join(found)
		return texts, err
	}
	o.Decrypt = func(ctx context.Context, ciphertext []byte) ([]byte, error) {
		if crypt.IsAge(ciphertext) {
			return openAge(ctx, in.Name, ciphertext, ask)
		}
		// gpg knows the person's keys and asks for its own passphrase. A few kilobytes
		// can unpack to gigabytes.
		out, err := run.Output(ctx, run.Command{
			Argv: []string{"gpg", "--decrypt", "--quiet"}, Input: ciphertext, Say: r.Err,
			Output: format.MaxTextBytes, Time: gpgTime, Place: run.AtTerminal,
		})
		switch {
		case errors.Is(err, run.ErrNotFound):
			return nil, errors.New("gpg is not installed, and the file is encrypted for it")
		case errors.Is(err, run.ErrTooMuch):
			return nil, fmt.Errorf("%w: what it holds is larger than %d MiB", format.ErrLimit, format.MaxTextBytes>>20)
		}
		return out, err
	}
	if r.KeyFile != "" {
		key, err := ReadTrusted(ctx, r.In, r.KeyFile, format.MaxFileBytes)
		if err != nil {
			return format.Result{}, format.App{}, fmt.Errorf("cannot read the key file: %w", err)
		}
		if len(key) > format.MaxFileBytes {
			return format.Result{}, format.App{}, fmt.Errorf("the key file %s is larger than %d MiB", r.KeyFile, format.MaxFileBytes>>20)
		}
		o.KeyFile = key
	}
	defer r.Progress("opening " + in.Name)()
	var found format.App
	result, err := Interruptible(ctx, func() (result format.Result, err error) {
		result, found, err = format.Read(ctx, in, r.Format, o)
		return result, err
	})
	if ctx.Err() != nil { // found may still be written to
		return format.Result{}, format.App{}, ctx.Err()
	}
	return result, found, err
}

const (
	pageTime = 6 * time.Second // for all pictures of a page together, of which there may be 10,000
	gpgTime  = 5 * time.Minute // gpg may wait as long for the person who types its passphrase
)

// openAge opens what another tool encrypted with age and a passphrase (totp-cli). A
// file that jangle wrote for another command is refused: taken for a list of links
// it would lose all but the secrets.
func openAge(ctx context.Context, name string, ciphertext []byte, ask func(string) ([]byte, error)) ([]byte, error) {
	info, err := crypt.Inspect(ciphertext)
	if err != nil {
		return nil, err
	}
	if !info.NeedsPassphrase() {
		return nil, failed("jangle restore -i KEYFILE "+name+", if it is a backup that jangle wrote",
			"%s is encrypted with age for a key, not with a passphrase", name)
	}
	passphrase, err := ask(name)
	if err != nil {
		return nil, err
	}
	plain, err := crypt.Decrypt(ctx, ciphertext, crypt.Keys{Passphrase: passphrase})
	switch {
	case errors.Is(err, crypt.ErrPassphrase):
		return nil, format.ErrWrongPassphrase
	case err != nil:
		return nil, err
	}
	if _, err := store.Peek(plain); err == nil {
		return nil, failed("to use it, put it in place as vault.age in the folder that jangle config shows",
			"%s is a copy of a jangle vault, not an export", name)
	}
	if _, err := backup.Unmarshal(plain); !errors.Is(err, backup.ErrNotBackup) {
		return nil, failed(failure.CommandLine("restore", name), "%s is a backup that jangle wrote, not an export", name)
	}
	return plain, nil
}

// explain names the file, and what to do.
func explain(in format.Input, found format.App, err error) error {
	var own *failure.Failure
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, format.ErrPassphraseNeeded) && crypt.IsAge(in.Data):
		return failure.New(failure.Locked, "run it in a terminal, or with the passphrase in a file: --passphrase-file FILE\n"+
			failure.CommandLine("restore", in.Name)+", if it is a backup that jangle wrote", "%s: %w", in.Name, err)
	case errors.Is(err, format.ErrNotRecognised):
		return failed("jangle help formats lists what can be read, and how to get it out of each app\n"+
			"if you know what it is: "+failure.CommandLine("import", "--format", "NAME", in.Name), "%w", &unrecognised{in.Name})
	case errors.Is(err, format.ErrUnsupported) && found.HowTo != "":
		return failed(found.Name+": "+found.HowTo, "%s: %w", in.Name, err)
	}
	return fmt.Errorf("%s: %w", in.Name, err)
}

// unrecognised is format.ErrNotRecognised with a sentence for people.
type unrecognised struct{ name string }

func (e *unrecognised) Error() string {
	return e.name + ": it is neither a picture, nor otpauth:// links, nor an export that jangle knows"
}

func (e *unrecognised) Unwrap() error { return format.ErrNotRecognised }
