package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/crypt"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/run"
	"github.com/jangle-otp/jangle/internal/term"
)

// readFormat reads another app's file. A key derivation may take seconds and
// cannot be interrupted, so it runs beside: Ctrl-C ends the command at once.
func (app *App) readFormat(ctx context.Context, in format.Input, o importOptions) (format.Result, format.App, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opt := format.Options{Now: app.Now(), Rand: app.Rand, ScanQR: scanForPage, Decrypt: func(ctx context.Context, ciphertext []byte) ([]byte, error) {
		return endedByPerson(cancel)(app.decryptSource(ctx, ciphertext, in, o))
	}}
	opt.Passphrase = func(what string) ([]byte, error) { return endedByPerson(cancel)(app.sourcePassphrase(ctx, what, o)) }
	if o.keyFile != "" {
		key, err := app.readTrusted(ctx, o.keyFile, format.MaxFileBytes)
		if err != nil {
			return format.Result{}, format.App{}, fmt.Errorf("cannot read the key file: %w", err)
		}
		if len(key) > format.MaxFileBytes {
			return format.Result{}, format.App{}, fmt.Errorf("the key file %s is larger than %d MiB", o.keyFile, format.MaxFileBytes>>20)
		}
		opt.KeyFile = key
	}
	type answer struct {
		r   format.Result
		app format.App
		err error
	}
	done := make(chan answer, 1)
	go func() {
		r, found, err := format.Read(ctx, in, o.format, opt)
		done <- answer{r, found, err}
	}()
	stop := app.showProgress("opening " + in.Name)
	defer stop()
	select {
	case a := <-done:
		if ctx.Err() != nil {
			return format.Result{}, format.App{}, ctx.Err()
		}
		return a.r, a.app, a.err
	case <-ctx.Done():
		return format.Result{}, format.App{}, ctx.Err()
	}
}

// endedByPerson makes Ctrl-C at a prompt end the whole import: it is not one more
// file that could not be read.
func endedByPerson(cancel func()) func([]byte, error) ([]byte, error) {
	return func(data []byte, err error) ([]byte, error) {
		if errors.Is(err, term.ErrInterrupted) {
			cancel()
		}
		return data, err
	}
}

// sourcePassphrase gets the passphrase of a file that is being imported.
func (app *App) sourcePassphrase(ctx context.Context, what string, o importOptions) ([]byte, error) {
	if o.passphrase != "" {
		return app.passphraseFromFile(ctx, o.passphrase)
	}
	t, err := app.terminal()
	if err != nil {
		return nil, format.ErrPassphraseNeeded
	}
	defer t.Close()
	return t.ReadSecret(ctx, fmt.Sprintf("passphrase of %s: ", term.Safe(what)))
}

// decryptSource opens what other tools encrypted as a whole: with age (totp-cli),
// for which a passphrase is asked, or with OpenPGP.
func (app *App) decryptSource(ctx context.Context, ciphertext []byte, in format.Input, o importOptions) ([]byte, error) {
	if !crypt.IsAge(ciphertext) {
		return app.decryptWithGPG(ctx, ciphertext)
	}
	if err := refuseKeyed(in.Name, ciphertext); err != nil {
		return nil, err
	}
	pass, err := app.sourcePassphrase(ctx, in.Name, o)
	if err != nil {
		return nil, err
	}
	plain, err := crypt.Decrypt(ctx, ciphertext, crypt.Keys{Passphrase: pass})
	if errors.Is(err, crypt.ErrPassphrase) {
		return nil, format.ErrWrongPassphrase
	}
	if err != nil {
		return nil, err
	}
	return plain, refuseOwnContent(in.Name, plain)
}

// decryptWithGPG hands an OpenPGP message to gpg, which knows the person's keys
// and asks for its own passphrase. A few kilobytes can unpack to gigabytes.
func (app *App) decryptWithGPG(ctx context.Context, ciphertext []byte) ([]byte, error) {
	out, err := run.Output(ctx, run.Command{
		Argv: []string{"gpg", "--decrypt", "--quiet"}, Input: ciphertext, Say: app.Err,
		Output: format.MaxTextBytes, Time: askTime, Place: run.AtTerminal,
	})
	switch {
	case errors.Is(err, run.ErrNotFound):
		return nil, errors.New("gpg is not installed, and the file is encrypted for it")
	case errors.Is(err, run.ErrTooMuch):
		return nil, fmt.Errorf("%w: what it holds is larger than %d MiB", format.ErrLimit, format.MaxTextBytes>>20)
	}
	return out, err
}

// explainFormat names the file, and what to do.
func explainFormat(in format.Input, found format.App, err error) error {
	name := in.Name
	var own *Failure
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, format.ErrPassphraseNeeded) && crypt.IsAge(in.Data):
		return &Failure{fmt.Errorf("%s: %w", name, err), "--passphrase-file FILE, or run it in a terminal\n" +
			"jangle restore " + name + ", if it is a backup that jangle wrote", ExitLocked}
	case errors.Is(err, format.ErrNotRecognised):
		return &Failure{&unrecognised{name}, "jangle help formats lists what can be read, and how to get it out of each app\n" +
			"--format NAME, if you know what it is", ExitFailed}
	case errors.Is(err, format.ErrUnsupported) && found.HowTo != "":
		return failed(found.Name+": "+found.HowTo, "%s: %w", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// unrecognised says that nobody knows what a source is.
type unrecognised struct{ name string }

func (e *unrecognised) Error() string {
	return e.name + ": it is neither a picture, nor otpauth:// links, nor an export that jangle knows"
}

// Unwrap lets the caller tell it from a file that is known and cannot be read.
func (e *unrecognised) Unwrap() error { return format.ErrNotRecognised }

// scanForPage reads the QR codes in a picture of a page that another app wrote.
func scanForPage(ctx context.Context, picture []byte) ([]string, error) {
	found, err := qr.Decode(ctx, picture, qr.Options{})
	texts := make([]string, len(found))
	for i, f := range found {
		texts[i] = f.Text
	}
	return texts, err
}
