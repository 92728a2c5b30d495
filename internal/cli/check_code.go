package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term"
)

// checkByCode lets a person prove that the phone computes the same codes, before
// the old phone is wiped. Enter skips.
func (app *App) checkByCode(ctx context.Context, t *term.Terminal, shown []account.Account) error {
	a, ok := firstTimed(shown)
	if !ok {
		return nil
	}
	for {
		prompt := fmt.Sprintf("type the code that the phone shows for %s, to check it (enter skips): ", term.Safe(oneLine(a.Label())))
		code, err := t.ReadLine(ctx, prompt)
		if err != nil {
			return err
		}
		if code = strings.Join(strings.Fields(code), ""); code == "" {
			return nil
		}
		verdict := compareCode(a, code, app.Now())
		fmt.Fprintf(t, "%s\n", verdict.text)
		if verdict.right {
			return nil
		}
	}
}

func firstTimed(accounts []account.Account) (account.Account, bool) {
	for _, a := range accounts {
		if a.Type == account.TOTP {
			return a, true
		}
	}
	return account.Account{}, false
}

// codeVerdict is what a code from the phone says about the phone.
type codeVerdict struct {
	right bool
	text  string
}

// clockSteps is how far a wrong clock is looked for, each way: five minutes for
// the usual period.
const clockSteps = 10

// compareCode takes a code of the step before or after for right, as sites do
// (RFC 6238 section 5.2). Further off it is the clock; else it is another
// secret, or other parameters.
func compareCode(a account.Account, code string, now time.Time) codeVerdict {
	period := time.Duration(a.Period) * time.Second
	for d := range clockSteps + 1 {
		for _, steps := range []int{d, -d} {
			c, err := otp.At(a, now.Add(time.Duration(steps)*period))
			if err != nil || c.Text != code {
				continue
			}
			if d <= 1 {
				return codeVerdict{true, "right: the phone computes the same codes"}
			}
			return codeVerdict{false, fmt.Sprintf("the secret is right, but one of the two clocks is about %s off: set both to automatic time",
				time.Duration(d)*period)}
		}
	}
	return codeVerdict{false, "that is not a code of this account: look at the name on the phone, or scan the page again"}
}
