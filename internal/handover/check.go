package handover

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// Proof is what a code from the phone has shown.
type Proof int

// The outcomes of asking for a code.
const (
	NotTried Proof = iota
	Proven
	Disproven
)

// check lets a person prove that the phone computes the same codes, before the old
// phone is wiped. A code of any of the accounts will do. Enter skips.
func (w Walk) check(ctx context.Context) (Proof, error) {
	var timed []account.Account // whose codes both sides can know
	for _, a := range Accounts(w.Pages) {
		if a.Type == account.TOTP {
			timed = append(timed, a)
		}
	}
	if len(timed) == 0 {
		return NotTried, nil
	}
	why := "to check it"
	if len(timed) > 1 {
		why = "or for another"
	}
	prompt := fmt.Sprintf("type the code the phone shows for %s, %s (enter skips): ", term.Safe(timed[0].Label()), why)
	defer w.Person.Hold()()
	for result := NotTried; ; result = Disproven {
		code, err := w.Person.Line(ctx, prompt, nil)
		if errors.Is(err, term.ErrEOF) {
			return result, nil
		}
		if err != nil {
			return result, err
		}
		if code = strings.Join(strings.Fields(width.Fold.String(code)), ""); code == "" {
			return result, nil
		}
		v := compare(timed, code, w.Now())
		w.Person.Say("%s", v.text)
		if v.right {
			return Proven, nil
		}
	}
}

// verdict is what a code from the phone says about the phone.
type verdict struct {
	right bool
	text  string
}

// A wrong clock is looked for up to an hour away, the usual mistake of clocks that
// are set by hand. With many accounts it is less, so that a code which is simply
// wrong is called a wrong clock once in a hundred times at most.
const mostClockSteps, clockTries = 120, 5000

// compare takes a code of the step before or after for right, as sites do (RFC 6238
// section 5.2). Further off it is the clock; else it is another secret, or other
// parameters.
func compare(accounts []account.Account, code string, now time.Time) verdict {
	for d := range 2 + min(mostClockSteps, clockTries/len(accounts)) {
		for _, a := range accounts {
			off := time.Duration(d*a.Period) * time.Second
			for _, phone := range []struct {
				off  time.Duration
				side string
			}{{off, "ahead of"}, {-off, "behind"}} {
				c, err := otp.At(a, now.Add(phone.off))
				if err != nil || c.Text != code {
					continue
				}
				if d <= 1 {
					return verdict{true, fmt.Sprintf("right: for %s the phone computes the same codes", a.Label())}
				}
				roughly := fmt.Sprintf("%d minutes", int(off.Round(time.Minute).Minutes()))
				if off < 2*time.Minute {
					roughly = fmt.Sprintf("%d seconds", int(off.Seconds()))
				}
				return verdict{false, fmt.Sprintf("the secret of %s is right, but the phone's clock is about %s %s this machine's: set both to automatic time",
					a.Label(), roughly, phone.side)}
			}
		}
	}
	if len(accounts) == 1 {
		return verdict{false, fmt.Sprintf("that is not a code of %s, whatever the clocks say: the phone has another secret under this name; scan the page again", accounts[0].Label())}
	}
	return verdict{false, "that is not a code of any of these accounts, whatever the clocks say: look at the name on the phone, or scan the pages again"}
}
