package handover

import (
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
)

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
