package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/vault"
)

// countUp makes a counter-based code. The counter is saved before the code is
// shown (RFC 4226 section 7.2: both sides count, and ours must never go back).
func (app *App) countUp(ctx context.Context, source codeSource, a account.Account, o codeOptions) (otp.Code, error) {
	if !o.at.IsZero() || o.next || o.minValid.Duration != 0 {
		return otp.Code{}, usage("jangle code "+a.ID, "%s counts its codes: it has no time", oneLine(a.Label()))
	}
	if source.vault == nil {
		app.warn("the counter of %s cannot be saved in a backup: the next code from there will be the same", oneLine(a.Label()))
		return otp.AtCounter(a, a.Counter)
	}
	app.listen()
	return app.nextCounter(ctx, source.vault, a.ID)
}

// nextCounter uses up one counter of the account with that id.
func (app *App) nextCounter(ctx context.Context, v *vault.Vault, id string) (otp.Code, error) {
	var code otp.Code
	_, err := v.Update(ctx, "", func(doc *vault.Document) error {
		a, err := doc.ByID(id)
		if err != nil {
			return goneMeanwhile(id)
		}
		if a.Counter == math.MaxUint64 {
			return failed("jangle edit "+id+" --counter 0, if the other side begins again too",
				"the counter of %s is at its end, %d: no code comes after it", oneLine(a.Label()), a.Counter)
		}
		if code, err = otp.AtCounter(a, a.Counter); err != nil {
			return err
		}
		return doc.SetCounter(id, a.Counter+1)
	})
	var known *Failure
	switch {
	case errors.As(err, &known):
		return otp.Code{}, err
	case err != nil:
		return otp.Code{}, fmt.Errorf("no code is shown, because its counter could not be saved: %w", err)
	}
	return code, nil
}

// notYetError says that the present step was handed out before, and how long it
// takes until one that was not.
type notYetError struct{ wait time.Duration }

func (e *notYetError) Error() string { return "the present code was handed out already" }

// maxAhead is how many steps the note of what was handed out may be ahead of the
// present one. Callers take steps that have begun, so a clock that never goes back
// leaves one at most.
const maxAhead = 2

// handOut gives a step of time to one caller only, across processes: which step
// was given out last is in the vault, and the vault is saved before the code is
// shown.
func (app *App) handOut(ctx context.Context, source codeSource, a account.Account, o codeOptions) (otp.Code, error) {
	if source.vault == nil {
		return otp.Code{}, usage("jangle code --once NAME", "--once needs the vault: a backup cannot remember what was handed out")
	}
	app.listen()
	for {
		if err := app.waitValid(ctx, a, o.minValid.Duration); err != nil {
			return otp.Code{}, err
		}
		code, err := app.takeStep(ctx, source.vault, a.ID)
		var early *notYetError
		if !errors.As(err, &early) {
			return code, err
		}
		app.tellWaiting(early.wait)
		if err := app.Sleep(ctx, early.wait); err != nil {
			return otp.Code{}, err
		}
	}
}

func (app *App) takeStep(ctx context.Context, v *vault.Vault, id string) (otp.Code, error) {
	var code otp.Code
	_, err := v.Update(ctx, "", func(doc *vault.Document) error {
		a, err := doc.ByID(id)
		if err != nil {
			return goneMeanwhile(id)
		}
		now := app.Now()
		if code, err = otp.At(a, now); err != nil {
			return err
		}
		if code.Step < a.HandedOut {
			if a.HandedOut-code.Step > maxAhead {
				return clockWentBack(a, now)
			}
			return &notYetError{time.Unix(a.HandedOut*int64(a.Period), 0).Sub(now)}
		}
		return doc.SetHandedOut(id, code.Step+1)
	})
	return code, err
}

// clockWentBack says why nothing waits: it would be for more than two periods.
func clockWentBack(a account.Account, now time.Time) error {
	const lastYear = 253402300799 // 9999-12-31T23:59:59Z
	until := time.Unix(min(a.HandedOutIn(1), lastYear), 0)
	return failed("date -u, to compare this clock with another one\n"+
		"jangle edit "+a.ID+" --forget-handed-out, if it is right: codes from before may come once more",
		"the codes of %s until %s were handed out already, and it is %s: the clock was ahead then, or is behind now",
		oneLine(a.Label()), until.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
}

func goneMeanwhile(id string) error {
	return failure.Of(fmt.Errorf("the account %s was removed in the meantime", id), "jangle list", ExitNoAccount)
}
