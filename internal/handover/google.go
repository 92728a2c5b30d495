package handover

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// MostPerPage is how many accounts Google Authenticator itself puts in one code
// (formats.md b).
const MostPerPage = 10

// densest is the largest version of a code with several accounts: larger ones are
// hard for a phone to read off a screen (formats.md b).
const densest = 25

// Google is what goes to Google Authenticator: together where its migration form
// can carry an account, alone where only a link can.
type Google struct {
	Together, Alone []account.Account
	Left            []Unfit // the app can hold these in no form
	batch           int32
}

// Unfit is an account with the reason why it cannot be carried, or not with others.
type Unfit struct {
	Account account.Account
	Reason  string
}

// ToGoogle sorts accounts. rand gives the number that the pages of one export share.
func ToGoogle(accounts []account.Account, rand io.Reader) (g Google, err error) {
	for _, a := range accounts {
		switch reason := WhyAlone(a); {
		case reason == "":
			g.Together = append(g.Together, a)
		case a.Type == account.TOTP || a.Type == account.HOTP:
			g.Alone = append(g.Alone, a)
		default:
			g.Left = append(g.Left, Unfit{a, reason})
		}
	}
	var b [4]byte
	_, err = io.ReadFull(rand, b[:])
	g.batch = int32(binary.BigEndian.Uint32(b[:])&0x7fffffff) | 1 // positive, and not 0
	return g, err
}

// WhyAlone is why an account cannot be on a page with others; empty if it can.
func WhyAlone(a account.Account) string {
	err := otpauth.CanMigrate(a)
	var reason *otpauth.CannotMigrateError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &reason):
		return reason.Reason
	}
	return err.Error()
}

// Carried are the accounts that will be on pages.
func (g Google) Carried() []account.Account { return slices.Concat(g.Together, g.Alone) }

// Pages makes the fewest pages, with at most perPage accounts on each, or 0 for as
// many as can be scanned. fits says whether there is room for them.
func (g Google) Pages(perPage int, level qr.Level, fits func([]Page) error) (pages []Page, err error) {
	from, to := MostPerPage, 1
	if perPage != 0 {
		from, to = perPage, perPage
	}
	for n := from; n >= to; n-- {
		if pages, err = g.pages(n, level); err == nil {
			tooDense := slices.ContainsFunc(pages, func(p Page) bool { return p.Symbol.Version() > densest })
			if tooDense && n > to {
				continue
			}
			if err = fits(pages); err == nil {
				return pages, nil
			}
		}
	}
	return nil, err
}

// Fit is Pages for a terminal, with the first of styles in which they fit, and what
// to press below each. The error is a *TooSmallError if there is room for no page.
func (g Google) Fit(t *term.Terminal, styles []Style, perPage int) (pages []Page, style Style, err error) {
	// Screens are not damaged, so there a code is the smallest one.
	pages, err = g.Pages(perPage, qr.Low, func(pages []Page) (err error) {
		style, err = FirstFit(t, pages, styles)
		return err
	})
	for i := range pages {
		pages[i].Footer = "scan it, then any key goes on; ← goes back, q stops"
		if i == len(pages)-1 {
			pages[i].Footer = "scan it, then any key ends"
		}
	}
	return pages, style, err
}

func (g Google) pages(perPage int, level qr.Level) (pages []Page, err error) {
	add := func(caption, text string, accounts []account.Account) error {
		symbol, err := qr.Encode(text, qr.EncodeOptions{Level: level})
		if err != nil {
			return fmt.Errorf("%s: %w", caption, err)
		}
		pages = append(pages, Page{Symbol: symbol, Caption: caption, Accounts: accounts})
		return nil
	}
	parts := slices.Collect(slices.Chunk(g.Together, perPage))
	for i, part := range parts {
		text, err := otpauth.FormatMigration(part, g.batch, i, len(parts))
		if err != nil {
			return nil, err
		}
		caption := fmt.Sprintf("%d accounts", len(part))
		if len(part) == 1 {
			caption = "1 account"
		}
		if err := add(caption, text, part); err != nil {
			return nil, err
		}
	}
	for _, a := range g.Alone {
		if err := add(a.Label()+", by itself", otpauth.FormatShort(a), []account.Account{a}); err != nil {
			return nil, err
		}
	}
	for i := range pages {
		pages[i].Caption = fmt.Sprintf("page %d of %d · %s", i+1, len(pages), pages[i].Caption)
	}
	return pages, nil
}
