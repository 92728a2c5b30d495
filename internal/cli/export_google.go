package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
)

// mostPerPage is how many accounts Google Authenticator itself puts in one code
// (formats.md b).
const mostPerPage = 10

// densest is the largest version of a code with several accounts: larger ones
// are hard for a phone to read off a screen (formats.md b).
const densest = 25

// googleHandover is what goes to Google Authenticator: together where its
// migration form can carry an account, by itself where only a link can.
type googleHandover struct {
	handover
	single []account.Account
	batch  int32
}

func (h googleHandover) count() int { return len(h.carried) + len(h.single) }

// exportGoogle hands accounts over as QR pages, on the terminal or as pictures.
func exportGoogle(ctx context.Context, app *App, accounts []account.Account, o exportOptions) error {
	if o.perPage < 0 || o.perPage > mostPerPage {
		return usage("--per-page 5", "--per-page: %d is not between 1 and %d", o.perPage, mostPerPage)
	}
	if o.out != "" {
		return usage("--png FOLDER", "Google Authenticator takes no file, only QR codes")
	}
	styles, err := app.drawings(o.style)
	if err != nil && o.png == "" {
		return err
	}
	h, err := planGoogle(accounts, app.Rand)
	if err != nil {
		return err
	}
	app.tellGoogle(h)
	if h.count() == 0 {
		return failed("jangle export --to aegis -o FILE carries everything", "Google Authenticator can hold none of these accounts")
	}
	if o.png != "" {
		return app.googlePictures(ctx, h, o)
	}
	return app.googleScreen(ctx, h, styles, o)
}

// planGoogle sorts accounts into those for the common pages, those that need a
// code of their own, and those that stay.
func planGoogle(accounts []account.Account, rand io.Reader) (h googleHandover, err error) {
	for _, a := range accounts {
		switch err := otpauth.CanMigrate(a); {
		case err == nil:
			h.carried = append(h.carried, a)
		case a.Type == account.TOTP || a.Type == account.HOTP:
			h.single = append(h.single, a)
		default:
			h.left = append(h.left, leftOut{a, whyNotTogether(a)})
		}
	}
	target, _ := format.ByID(targetGoogle)
	h.lessened = lessened(target, slices.Concat(h.carried, h.single))
	h.batch, err = batchID(rand)
	return h, err
}

// tellGoogle lists, before anything is shown, what will not be there.
func (app *App) tellGoogle(h googleHandover) {
	app.tellHandover("Google Authenticator", h.handover)
	for _, a := range h.single {
		app.tell("%s is carried as its own QR code: %s\n", oneLine(a.Label()), whyNotTogether(a))
	}
	if len(h.single) > 0 {
		app.tell("check the codes of those: not every version of the app heeds what is unusual about them\n")
	}
}

// whyNotTogether is why an account cannot be on a page with others.
func whyNotTogether(a account.Account) string {
	err := otpauth.CanMigrate(a)
	var reason *otpauth.CannotMigrateError
	if errors.As(err, &reason) {
		return reason.Reason
	}
	return fmt.Sprint(err)
}

// fewestPages takes as many accounts on a page as there is room for: fits says
// whether pages can be shown.
func (h googleHandover) fewestPages(o exportOptions, level qr.Level, fits func([]page) error) (pages []page, err error) {
	from, to := mostPerPage, 1
	if o.perPage != 0 {
		from, to = o.perPage, o.perPage
	}
	for n := from; n >= to; n-- {
		pages, err = h.pages(n, level)
		if err == nil && n > to && densestOf(pages) > densest {
			continue
		}
		if err == nil {
			err = fits(pages)
		}
		if err == nil {
			return pages, nil
		}
	}
	return nil, err
}

func densestOf(pages []page) (version int) {
	for _, p := range pages {
		version = max(version, p.symbol.Version())
	}
	return version
}

// pages makes the pages with so many accounts on each.
func (h googleHandover) pages(perPage int, level qr.Level) ([]page, error) {
	var pages []page
	parts := slices.Collect(slices.Chunk(h.carried, perPage))
	for i, part := range parts {
		text, err := otpauth.FormatMigration(part, h.batch, i, len(parts))
		if err != nil {
			return nil, err
		}
		pages = append(pages, page{caption: plural(len(part), "account"), text: text, accounts: part})
	}
	for _, a := range h.single {
		pages = append(pages, page{caption: oneLine(a.Label()) + ", by itself", text: otpauth.FormatShort(a), accounts: []account.Account{a}})
	}
	for i := range pages {
		s, err := qr.Encode(pages[i].text, qr.EncodeOptions{Level: level})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pages[i].caption, err)
		}
		pages[i].symbol = s
		pages[i].caption = fmt.Sprintf("page %d of %d · %s", i+1, len(pages), pages[i].caption)
	}
	return pages, nil
}

// batchID makes the number that the parts of one export share: random, positive.
func batchID(rand io.Reader) (int32, error) {
	var b [4]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return 0, err
	}
	return int32(binary.BigEndian.Uint32(b[:])&0x7fffffff) | 1, nil
}
