package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/vault"
)

// wantedCode says which code of an account is wanted.
type wantedCode struct {
	next     bool          // the one after the present one
	once     bool          // never the same twice, across processes
	at       time.Time     // the one of another time
	minValid time.Duration // one that is valid for at least this long
}

// code makes a code, in the way that the account's type and the wish ask for.
func (s source) code(ctx context.Context, a account.Account, want wantedCode) (otp.Code, error) {
	t := want.at
	switch {
	case a.Type == account.HOTP && (!want.at.IsZero() || want.next || want.minValid != 0):
		return otp.Code{}, usage("jangle code "+a.ID, "%s counts its codes: it has no time", oneLine(a.Label()))
	case a.Type == account.HOTP && s.vault == nil:
		s.app.warn("the counter of %s cannot be saved in a backup: the next code from there will be the same", oneLine(a.Label()))
		return otp.AtCounter(a, a.Counter)
	case a.Type == account.HOTP:
		s.app.listen()
		return s.countUp(ctx, a.ID)
	case !t.IsZero():
	case want.once:
		return s.handOut(ctx, a, want.minValid)
	default:
		if err := s.waitValid(ctx, a, want.minValid); err != nil {
			return otp.Code{}, err
		}
		t = s.app.Now()
	}
	if want.next {
		t = t.Add(time.Duration(a.Period) * time.Second)
	}
	return otp.At(a, t)
}

// countUp uses up one counter of the account with that id. The counter is saved
// before the code is shown (RFC 4226 section 7.2: both sides count, and ours must
// never go back).
func (s source) countUp(ctx context.Context, id string) (otp.Code, error) {
	var code otp.Code
	_, err := s.vault.Update(ctx, "", func(doc *vault.Document) error {
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
func (s source) handOut(ctx context.Context, a account.Account, minValid time.Duration) (otp.Code, error) {
	if s.vault == nil {
		return otp.Code{}, usage("jangle code --once NAME", "--once needs the vault: a backup cannot remember what was handed out")
	}
	s.app.listen()
	for {
		if err := s.waitValid(ctx, a, minValid); err != nil {
			return otp.Code{}, err
		}
		var code otp.Code
		_, err := s.vault.Update(ctx, "", func(doc *vault.Document) error {
			id, now := a.ID, s.app.Now()
			a, err := doc.ByID(id)
			if err != nil {
				return goneMeanwhile(id)
			}
			code, err = otp.At(a, now)
			switch ahead := a.HandedOut - code.Step; {
			case err != nil:
				return err
			case ahead > maxAhead: // nothing waits for more than two periods
				const lastYear = 253402300799 // 9999-12-31T23:59:59Z
				until := time.Unix(min(a.HandedOutIn(1), lastYear), 0)
				return failed("date -u, to compare this clock with another one\n"+
					"jangle edit "+id+" --forget-handed-out, if it is right: codes from before may come once more",
					"the codes of %s until %s were handed out already, and it is %s: the clock was ahead then, or is behind now",
					oneLine(a.Label()), until.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
			case ahead > 0:
				return &notYetError{time.Unix(a.HandedOut*int64(a.Period), 0).Sub(now)}
			}
			return doc.SetHandedOut(id, code.Step+1)
		})
		var early *notYetError
		if !errors.As(err, &early) {
			return code, err
		}
		if err := s.wait(ctx, early.wait); err != nil {
			return otp.Code{}, err
		}
	}
}

// waitValid waits for the next code if the present one has too little time left.
func (s source) waitValid(ctx context.Context, a account.Account, least time.Duration) error {
	if least == 0 {
		return nil
	}
	if period := time.Duration(a.Period) * time.Second; least > period {
		return usage("--min-valid "+period.String(), "--min-valid %s: codes of %s last %s", least, oneLine(a.Label()), period)
	}
	c, err := otp.At(a, s.app.Now())
	if left := c.Until.Sub(s.app.Now()); err == nil && left < least {
		s.app.listen()
		err = s.wait(ctx, left)
	}
	return err
}

func (s source) wait(ctx context.Context, d time.Duration) error {
	if s.app.ErrIsTerminal {
		s.app.tell("waiting %d s for the next code\n", int(d.Seconds())+1)
	}
	return s.app.Sleep(ctx, d)
}

// secondsLeft rounds up: a code with half a second left is still valid.
func secondsLeft(c otp.Code, now time.Time) int {
	return int(math.Ceil(c.Until.Sub(now).Seconds()))
}
