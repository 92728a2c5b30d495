package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format"
)

// handover is what an export carries and what it must leave.
type handover struct {
	carried  []account.Account
	left     []leftOut
	lessened []leftOut // carried, but not with everything
}

// leftOut names an account, or a part of one, with the reason.
type leftOut struct {
	account account.Account
	reason  string
}

func planHandover(target format.App, accounts []account.Account) handover {
	var h handover
	fits, unfit := target.Fit(accounts)
	for _, u := range unfit {
		h.left = append(h.left, leftOut{u.Account, u.Err.Error()})
	}
	h.carried = fits
	h.lessened = lessened(target, fits)
	return h
}

// lessened are the accounts that the target takes without all that they have.
func lessened(target format.App, accounts []account.Account) (list []leftOut) {
	if target.Loses == nil {
		return nil
	}
	for _, a := range accounts {
		if lost := worthSaying(target.Loses(a)); len(lost) > 0 {
			list = append(list, leftOut{a, "without its " + strings.Join(lost, ", ")})
		}
	}
	return list
}

// worthSaying leaves out what only an app counts for itself.
func worthSaying(lost []string) []string {
	return slices.DeleteFunc(slices.Clone(lost), func(field string) bool {
		return slices.Contains([]string{"created", "updated", "last used", "use count"}, field)
	})
}

// tellHandover lists what will not be there, before anything is written.
func (app *App) tellHandover(name string, h handover) {
	for _, l := range h.left {
		app.tell("%s cannot hold %s: %s\n", name, oneLine(l.account.Label()), l.reason)
	}
	byReason := map[string][]account.Account{}
	for _, l := range h.lessened {
		byReason[l.reason] = append(byReason[l.reason], l.account)
	}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		who := oneLine(byReason[reason][0].Label())
		if n := len(byReason[reason]); n > 1 {
			who = fmt.Sprintf("%s and %d more", who, n-1)
		}
		app.tell("in %s, %s will be %s\n", name, who, reason)
	}
}

// exportJSON is the stable form of the report.
type exportJSON struct {
	Target   string        `json:"target"`
	Carried  int           `json:"carried"`
	LeftOut  []leftOutJSON `json:"left_out"`
	Lessened []leftOutJSON `json:"lessened"`
}

type leftOutJSON struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Reason  string `json:"reason"`
}

func leftOutsJSON(in []leftOut) []leftOutJSON {
	out := make([]leftOutJSON, len(in))
	for i, l := range in {
		out[i] = leftOutJSON{l.account.ID, l.account.Issuer, l.account.Name, l.reason}
	}
	return out
}

// reportExport ends an export honestly: status 6 if an account stayed behind.
func (app *App) reportExport(name string, h handover, o exportOptions) error {
	switch {
	case o.json && o.out != "-":
		if err := app.answerJSON(exportJSON{o.to, len(h.carried), leftOutsJSON(h.left), leftOutsJSON(h.lessened)}); err != nil {
			return err
		}
	default:
		app.tell("%s\n", summary(name, h, o))
	}
	if o.plaintext && o.out != "-" && o.out != "" {
		app.tell("the secrets lie open in %s; delete it when the phone has them\n", o.out)
	}
	if len(h.left) > 0 {
		return errIncomplete
	}
	return nil
}

func summary(name string, h handover, o exportOptions) string {
	s := fmt.Sprintf("%s for %s", plural(len(h.carried), "account"), name)
	if o.out != "" && o.out != "-" {
		s += ": written to " + o.out + ", read back, all match"
	}
	if n := len(h.left); n > 0 {
		s += fmt.Sprintf("; %s not carried", plural(n, "account"))
	}
	return s
}
