package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/qr"
)

// googleScreen shows the pages on the terminal, and has a code of the phone
// checked.
func (app *App) googleScreen(ctx context.Context, h googleHandover, styles []drawing, o exportOptions) error {
	t, err := app.terminal()
	if err != nil {
		return usage("--png FOLDER --yes", "QR pages need a terminal, or a folder to be written to")
	}
	defer t.Close()
	pages, style, err := h.screenPages(canvasOf(t), styles, o)
	if err != nil {
		return err
	}
	app.tell("on the phone: ⋮ > Transfer accounts > Import accounts > Scan QR code\n")
	if err := app.confirm(ctx, o.yes, fmt.Sprintf("show the secrets of %s as %s", plural(h.count(), "account"), plural(len(pages), "QR page"))); err != nil {
		return err
	}
	v, err := showPages(ctx, t, pages, style)
	end := googleEnd{pages: pages[:v.pages], stopped: v.stopped || err != nil && v.pages < len(pages)}
	if err == nil && !v.stopped {
		end.proof, err = app.checkByCode(ctx, t, shownOn(pages))
	}
	if incomplete := app.reportGoogle(h, end, o); err == nil {
		err = incomplete
	}
	return err
}

// screenPages makes the fewest pages that the terminal has room for.
func (h googleHandover) screenPages(c canvas, styles []drawing, o exportOptions) (pages []page, style drawing, err error) {
	pages, err = h.fewestPages(o, qr.Low, func(pages []page) (err error) {
		style, err = firstThatFits(c, pages, styles)
		return err
	})
	var small *errTooSmall
	if errors.As(err, &small) {
		hint := "jangle export --to google-authenticator --png FOLDER writes pictures instead\n"
		if o.perPage > 1 {
			hint += "--per-page 1 needs the least room; or make the window larger, or its font smaller"
		} else {
			hint += "make the window larger, or its font smaller: it has room for no page, not even with one account"
		}
		return nil, style, failed(hint, "%w", err)
	}
	for i := range pages {
		pages[i].footer = "scan it, then any key goes on; ← goes back, q stops"
		if i == len(pages)-1 {
			pages[i].footer = "scan it, then any key ends"
		}
	}
	return pages, style, err
}

// firstThatFits is the first way to draw with which all pages fit.
func firstThatFits(c canvas, pages []page, styles []drawing) (style drawing, err error) {
	for _, style = range styles {
		if err = allFit(c, pages, style); err == nil {
			return style, nil
		}
	}
	return style, err
}

func allFit(c canvas, pages []page, style drawing) error {
	for _, p := range pages {
		if _, err := p.draw(c, style); err != nil {
			return err
		}
	}
	return nil
}

// googleEnd is how far it went.
type googleEnd struct {
	pages   []page // that were shown or written
	stopped bool   // before the last one
	proof   proof
}

func shownOn(pages []page) (accounts []account.Account) {
	for _, p := range pages {
		accounts = append(accounts, p.accounts...)
	}
	return accounts
}

// reportGoogle says how many accounts were on the pages, which were not, and
// what the phone's code has proven.
func (app *App) reportGoogle(h googleHandover, end googleEnd, o exportOptions) error {
	shown := shownOn(end.pages)
	all := h.count() + len(h.left)
	if o.json {
		if err := app.answerJSON(exportJSON{o.to, len(shown), leftOutsJSON(h.left), leftOutsJSON(h.lessened)}); err != nil {
			return err
		}
	} else {
		app.tell("handed over %d of %d\n", len(shown), all)
		end.tell(app, h)
	}
	if len(shown) < all || end.proof == disproven {
		return errIncomplete
	}
	return nil
}

// tell says what a person should know about the number.
func (end googleEnd) tell(app *App, h googleHandover) {
	if end.stopped {
		app.tell("stopped before the last page: the phone may have none of them until it has seen every page\n")
	}
	if len(h.left) > 0 {
		app.tell("not carried: %s\n", labels(h.left))
	}
	if end.proof == disproven {
		app.tell("the phone's code was not right: keep the old phone until it is\n")
	}
}

// labels names the first few.
func labels(left []leftOut) string {
	const most = 5
	var names []string
	for _, l := range left[:min(most, len(left))] {
		names = append(names, oneLine(l.account.Label()))
	}
	if n := len(left) - most; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, ", ")
}
