package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// proof is what the code from a phone has shown.
type proof int

const (
	notTried proof = iota
	proven
	disproven
)

// checkByCode lets a person prove that the phone computes the same codes, before
// the old phone is wiped. A code of any of the accounts will do. Enter skips.
func (app *App) checkByCode(ctx context.Context, t *term.Terminal, shown []account.Account) (proof, error) {
	timed := timeBased(shown)
	if len(timed) == 0 {
		return notTried, nil
	}
	why := "to check it"
	if len(timed) > 1 {
		why = "or for another"
	}
	prompt := fmt.Sprintf("type the code the phone shows for %s, %s (enter skips): ", oneLine(timed[0].Label()), why)
	result := notTried
	for {
		code, err := t.ReadLine(ctx, prompt)
		if errors.Is(err, term.ErrEOF) {
			return result, nil
		}
		if err != nil {
			return result, err
		}
		if code = strings.Join(strings.Fields(code), ""); code == "" {
			return result, nil
		}
		v := compareCode(timed, code, app.Now())
		fmt.Fprintf(t, "%s\r\n", term.Safe(v.text))
		if v.right {
			return proven, nil
		}
		result = disproven
	}
}

// timeBased are the accounts whose codes both sides can know.
func timeBased(accounts []account.Account) (timed []account.Account) {
	for _, a := range accounts {
		if a.Type == account.TOTP {
			timed = append(timed, a)
		}
	}
	return timed
}

// codeVerdict is what a code from the phone says about the phone.
type codeVerdict struct {
	right bool
	text  string
}

// A wrong clock is looked for up to an hour away, the usual mistake of clocks
// that are set by hand. With many accounts it is less, so that a code which is
// simply wrong is called a wrong clock once in a hundred times at most.
const mostClockSteps, clockTries = 120, 5000

// compareCode takes a code of the step before or after for right, as sites do
// (RFC 6238 section 5.2). Further off it is the clock; else it is another
// secret, or other parameters.
func compareCode(accounts []account.Account, code string, now time.Time) codeVerdict {
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
					return codeVerdict{true, fmt.Sprintf("right: for %s the phone computes the same codes", oneLine(a.Label()))}
				}
				return codeVerdict{false, fmt.Sprintf("the secret of %s is right, but the phone's clock is about %s %s this machine's: set both to automatic time",
					oneLine(a.Label()), roughly(off), phone.side)}
			}
		}
	}
	return codeVerdict{false, wrongSecret(accounts)}
}

func wrongSecret(accounts []account.Account) string {
	if len(accounts) == 1 {
		return fmt.Sprintf("that is not a code of %s, whatever the clocks say: the phone has another secret under this name; scan the page again", oneLine(accounts[0].Label()))
	}
	return "that is not a code of any of these accounts, whatever the clocks say: look at the name on the phone, or scan the pages again"
}

// roughly is a span as people say it.
func roughly(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Round(time.Minute).Minutes()))
}
