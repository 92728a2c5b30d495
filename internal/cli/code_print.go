package cli

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"text/template"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
)

// codeJSON is the stable form of a code for scripts; fields are only added.
type codeJSON struct {
	Code      string       `json:"code"`
	ValidFrom *time.Time   `json:"valid_from"` // null for counter-based codes
	ExpiresAt *time.Time   `json:"expires_at"`
	Period    int          `json:"period"` // seconds, 0 for counter-based codes
	Counter   *uint64      `json:"counter,omitempty"`
	Type      account.Type `json:"type"`
	Issuer    string       `json:"issuer"`
	Account   string       `json:"account"`
	ID        string       `json:"id"`
	Copied    bool         `json:"copied,omitempty"`
}

func newCodeJSON(a account.Account, c otp.Code) codeJSON {
	j := codeJSON{Code: c.Text, Period: a.Period, Type: a.Type, Issuer: a.Issuer, Account: a.Name, ID: a.ID}
	if a.Type == account.HOTP {
		j.Counter = &c.Counter
		return j
	}
	from, until := c.From.UTC(), c.Until.UTC()
	j.ValidFrom, j.ExpiresAt = &from, &until
	return j
}

// printCode is the last step of `jangle code`. Who and how long goes to stderr,
// and only where a person looks.
func (app *App) printCode(ctx context.Context, a account.Account, c otp.Code, o codeOptions) error {
	if o.copy {
		if err := app.copyCode(ctx, a, c); err != nil {
			return err
		}
	}
	switch {
	case o.json:
		j := newCodeJSON(a, c)
		j.Copied = o.copy
		return app.answerJSON(j)
	case o.format != "":
		return app.printTemplate(a, c, o.format)
	case o.copy:
		return nil
	}
	app.answer("%s\n", c.Text)
	if app.ErrIsTerminal {
		app.tell("%s%s\n", oneLine(a.Label()), app.remaining(a, c))
	}
	return nil
}

func (app *App) remaining(a account.Account, c otp.Code) string {
	switch left := secondsLeft(c, app.Now()); {
	case a.Type == account.HOTP:
		return fmt.Sprintf(", counter %d", c.Counter)
	case left <= 0:
		return ", not valid any more"
	case c.From.After(app.Now()):
		return fmt.Sprintf(", valid in %d s", int(math.Ceil(c.From.Sub(app.Now()).Seconds())))
	default:
		return fmt.Sprintf(", %d s left", left)
	}
}

// secondsLeft rounds up: a code with half a second left is still valid.
func secondsLeft(c otp.Code, now time.Time) int {
	return int(math.Ceil(c.Until.Sub(now).Seconds()))
}

// templateCode is what --format sees.
type templateCode struct {
	Code, Issuer, Account, ID, Type string
	ValidFrom, ExpiresAt            time.Time
	Period, Remaining               int
	Counter                         uint64
}

func (app *App) printTemplate(a account.Account, c otp.Code, format string) error {
	text, err := formatCode(format, templateCode{
		Code: c.Text, Issuer: a.Issuer, Account: a.Name, ID: a.ID, Type: string(a.Type),
		ValidFrom: c.From.UTC(), ExpiresAt: c.Until.UTC(), Period: a.Period,
		Remaining: max(0, secondsLeft(c, app.Now())), Counter: c.Counter,
	})
	if err != nil {
		return err
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		app.answer("%s\n", l)
	}
	return nil
}

// formatCode applies a template. Its errors speak of the code's fields and not of
// our types.
func formatCode(format string, c templateCode) (string, error) {
	t, err := template.New("").Parse(format)
	var b strings.Builder
	if err == nil {
		err = t.Execute(&b, c)
	}
	if err == nil {
		return b.String(), nil
	}
	problem := firstLine(err)
	if _, unknown, ok := strings.Cut(problem, "can't evaluate field "); ok {
		var fields []string
		for _, f := range reflect.VisibleFields(reflect.TypeFor[templateCode]()) {
			fields = append(fields, f.Name)
		}
		name, _, _ := strings.Cut(unknown, " ")
		problem = fmt.Sprintf("there is no field %s; there are %s", name, strings.Join(fields, ", "))
	} else {
		problem = problem[strings.LastIndex(problem, ": ")+1:]
	}
	return "", usage(`jangle code NAME --format '{{.Code}} {{.Remaining}}'`, "--format: %s", strings.ReplaceAll(strings.TrimSpace(problem), "type cli.templateCode", "all of it"))
}

// codeAt makes the code of another time.
func codeAt(a account.Account, o codeOptions) (otp.Code, error) {
	t := o.at.Time
	if o.next {
		t = t.Add(time.Duration(a.Period) * time.Second)
	}
	return otp.At(a, t)
}

// runCodeAll prints the codes of all accounts that fit. Counter-based accounts
// are left alone, because showing their code would use it up.
func runCodeAll(ctx context.Context, app *App, o codeOptions) error {
	source, err := app.codeSource(ctx, o.from)
	if err != nil {
		return err
	}
	accounts, damaged := source.find(o.query)
	if len(accounts)+len(damaged) == 0 && len(o.query) > 0 {
		return noSuchAccount(o.query)
	}
	for _, d := range damaged {
		app.warn("%s", damagedAccount(d))
	}
	for _, a := range accounts {
		source.tellState(app, a)
	}
	list, left := app.allCodes(accounts, o)
	if o.json {
		err = app.answerJSON(list)
	} else {
		for _, c := range list {
			app.answer("%s\t%s\n", c.Code, account.Account{Issuer: c.Issuer, Name: c.Account}.Label())
		}
	}
	if err == nil && left+len(damaged) > 0 {
		return errIncomplete
	}
	return err
}

// allCodes returns the codes and how many accounts are left out.
func (app *App) allCodes(accounts []account.Account, o codeOptions) ([]codeJSON, int) {
	t := app.Now()
	if !o.at.IsZero() {
		t = o.at.Time
	}
	list, left := make([]codeJSON, 0, len(accounts)), 0
	for _, a := range accounts {
		if a.Type == account.HOTP {
			app.warn("left out: %s counts its codes; to use one up: jangle code %s", oneLine(a.Label()), a.ID)
			left++
			continue
		}
		at := t
		if o.next {
			at = t.Add(time.Duration(a.Period) * time.Second)
		}
		c, err := otp.At(a, at)
		if err != nil {
			app.warn("%s", err)
			left++
			continue
		}
		list = append(list, newCodeJSON(a, c))
	}
	return list, left
}
