package format

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Apps returns every format, in the order in which detection asks them. A form
// that others can contain (a list of URIs) comes after those.
func Apps() []App {
	return slices.Concat(phoneApps(), managerApps(), textApps())
}

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
// Formats without any mark of their own are guessed after all others said no.
func Detect(in Input) (App, bool) {
	in.probe = newProbe(in.Data)
	apps := Apps()
	for _, certain := range []func(App) func(Input) bool{
		func(a App) func(Input) bool { return a.Detect },
		func(a App) func(Input) bool { return a.Guess },
	} {
		for _, a := range apps {
			if f := certain(a); f != nil && f(in) {
				return a, true
			}
		}
	}
	return App{}, false
}

// Read finds out what the input is, unless forced names an app's identifier, and
// reads it. The App is returned with an error too, if it is known. Errors:
// ErrNotRecognised, ErrLimit, and those of the app's reader.
func Read(ctx context.Context, in Input, forced string, o Options) (Result, App, error) {
	if err := checkSize(in); err != nil {
		return Result{}, App{}, err
	}
	app, err := choose(in, forced)
	if err != nil {
		return Result{}, App{}, err
	}
	r, err := app.Read(ctx, in, o)
	if err == nil {
		err = full(len(r.Entries))
	}
	if err != nil {
		return Result{}, app, fmt.Errorf("read as %s: %w", app.Name, err)
	}
	return r, app, nil
}

func choose(in Input, forced string) (App, error) {
	if forced != "" {
		if app, ok := ByID(forced); ok {
			return app, nil
		}
		return App{}, fmt.Errorf("%w: %q", ErrNotRecognised, clip(forced))
	}
	if app, ok := Detect(in); ok {
		return app, nil
	}
	return App{}, ErrNotRecognised
}

func checkSize(in Input) error {
	size := len(in.Data)
	for _, f := range in.Files {
		size += len(f)
	}
	switch {
	case size > MaxFileBytes:
		return fmt.Errorf("%w: %d bytes are more than %d", ErrLimit, size, MaxFileBytes)
	case len(in.Files) > MaxFiles:
		return fmt.Errorf("%w: %d files are more than %d", ErrLimit, len(in.Files), MaxFiles)
	}
	return nil
}
