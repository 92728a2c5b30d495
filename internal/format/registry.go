package format

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Apps returns every format, in the order in which detection asks them.
func Apps() []App {
	var apps []App
	for _, app := range [...]func() App{
		// Authenticators on phones whose files carry a mark.
		aegis, twoFAS, bitwarden, bitwardenCSV, ente, protonAuthenticator, protonPass, stratum, andOTP, openPGP, pskc,
		// Password managers, and the other authenticators.
		keePass, keePassXML, keePassXCCSV, onePassword, googleDatabase, microsoftDatabase, stratumDatabase,
		raivo, winAuth, authenticatorPlus, otpAuthIOS, browserExtension, freeOTP, freeOTPPlus, freeOTP2,
		authy, battleNet, totpAuthenticator, passStore, cotp, otpClient, totpCLI, rsc2fa, gauth,
		lastPassAuthenticator, duo, twoFAuth, steamGuard, otpManager,
		enpass, keeper, passman, cxf,
		genericCSV, // after all that know their own tables
	} {
		apps = append(apps, app())
	}
	return append(apps, textApps()...)
}

// textApps are the forms that any text may contain, so they are asked last.
func textApps() []App { return []App{mail(), htmlPage(), googleAuthenticator(), uriList(), keyText()} }

// ByID returns the app with this identifier, in any case.
func ByID(id string) (App, bool) {
	apps := Apps()
	i := slices.IndexFunc(apps, func(a App) bool { return strings.EqualFold(a.ID, id) })
	if i < 0 {
		return App{}, false
	}
	return apps[i], true
}

// Detect says from the content, never from the name, which app wrote the file.
// Formats without any mark of their own are guessed after all others said no;
// the first of them is returned.
func Detect(in Input) (App, bool) {
	found := candidates(in)
	if len(found) == 0 {
		return App{}, false
	}
	return found[0], true
}

// candidates is the one app whose mark the file carries, or else all that it
// could come from.
func candidates(in Input) []App {
	in.probe = newProbe(in.Data)
	apps := Apps()
	for _, a := range apps {
		if a.Detect != nil && a.Detect(in) {
			return []App{a}
		}
	}
	var guesses []App
	for _, a := range apps {
		if a.Guess != nil && a.Guess(in) {
			guesses = append(guesses, a)
		}
	}
	return guesses
}

// Read finds out what the input is, unless forced names an app's identifier, and
// reads it. The App is returned with an error too, if it is known. Errors:
// ErrNotRecognised, ErrLimit, and those of the app's reader.
func Read(ctx context.Context, in Input, forced string, o Options) (Result, App, error) {
	size := len(in.Data)
	for _, f := range in.Files {
		size += len(f)
	}
	switch {
	case size > MaxFileBytes:
		return Result{}, App{}, fmt.Errorf("%w: %d bytes are more than %d", ErrLimit, size, MaxFileBytes)
	case len(in.Files) > MaxFiles:
		return Result{}, App{}, fmt.Errorf("%w: %d files are more than %d", ErrLimit, len(in.Files), MaxFiles)
	}
	var apps []App
	if app, ok := ByID(forced); ok {
		apps = []App{app}
	} else if forced != "" {
		return Result{}, App{}, fmt.Errorf("%w: %q", ErrNotRecognised, clip(forced))
	} else if apps = candidates(in); len(apps) == 0 {
		return Result{}, App{}, ErrNotRecognised
	}
	var err error
	r, app := Result{}, apps[0]
	if len(apps) == 1 {
		r, err = app.Read(ctx, in, o)
	} else {
		r, app, err = readGuesses(ctx, in, apps, o)
	}
	if err == nil {
		err = full(len(r.Entries))
	}
	if err != nil {
		return Result{}, app, fmt.Errorf("read as %s: %w", app.Name, err)
	}
	return r, app, nil
}
