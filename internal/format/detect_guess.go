package format

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// readGuesses reads a file without a mark as each of the apps that it could come
// from. The passphrase is asked for once and tried with all of them.
func readGuesses(ctx context.Context, in Input, apps []App, o Options) (Result, App, error) {
	quiet := o
	quiet.Passphrase = nil
	var locked []App
	var names []string
	var first error
	for _, app := range apps {
		r, err := app.Read(ctx, in, quiet)
		switch {
		case err == nil:
			return r, app, nil
		case errors.Is(err, ErrPassphraseNeeded):
			locked, names = append(locked, app), append(names, app.Name)
		case first == nil:
			first = err
		}
	}
	if len(locked) == 0 {
		return Result{}, apps[0], first
	}
	var r Result
	app := locked[0]
	what := "the file (it may come from " + strings.Join(names, ", ") + ")"
	err := unlock(ctx, o, what, func(passphrase []byte) error {
		// An error that is not about the passphrase counts only if there is no other
		// app left: a file that is not theirs looks damaged to most.
		var worst error
		wrong := false
		for _, guess := range locked {
			once := o
			once.Passphrase = func(string) ([]byte, error) { return passphrase, nil }
			found, err := guess.Read(ctx, in, once)
			if err == nil {
				r, app = found, guess
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			wrong = wrong || errors.Is(err, ErrWrongPassphrase)
			worst = err
		}
		if wrong {
			return ErrWrongPassphrase
		}
		return fmt.Errorf("as none of the formats that it could be: %w", worst)
	})
	return r, app, err
}
