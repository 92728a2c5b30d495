package cli

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/otpauth"
	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term"
)

// mostPerPage is how many accounts Google Authenticator itself puts in one code
// (formats.md b).
const mostPerPage = 10

// exportGoogle hands accounts over as QR pages: those that the migration form
// can carry together, the other standard ones each as its own code.
func exportGoogle(ctx context.Context, app *App, accounts []account.Account, o exportOptions) error {
	if o.perPage < 0 || o.perPage > mostPerPage {
		return usage("--per-page 5", "--per-page: %d is not between 1 and %d", o.perPage, mostPerPage)
	}
	if o.out != "" {
		return usage("--png FOLDER", "Google Authenticator takes no file, only QR codes")
	}
	h, single := planGoogle(accounts)
	app.tellHandover("Google Authenticator", h)
	for _, a := range single {
		app.tell("%s is carried as its own QR code: %s\n", oneLine(a.Label()), otpauth.CanMigrate(a))
	}
	if len(h.carried)+len(single) == 0 {
		return failed("jangle export --to aegis -o FILE carries everything", "Google Authenticator can hold none of these accounts")
	}
	if o.png != "" {
		return app.googlePictures(ctx, h, single, o)
	}
	return app.googleScreen(ctx, h, single, o)
}

// planGoogle sorts accounts into those for the common pages, those that need a
// code of their own, and those that stay.
func planGoogle(accounts []account.Account) (h handover, single []account.Account) {
	for _, a := range accounts {
		switch err := otpauth.CanMigrate(a); {
		case err == nil:
			h.carried = append(h.carried, a)
		case a.Type == account.TOTP || a.Type == account.HOTP:
			single = append(single, a)
		default:
			h.left = append(h.left, leftOut{a, err.Error()})
		}
	}
	return h, single
}

// googlePages makes the pages with so many accounts on each.
func googlePages(carried, single []account.Account, perPage int, batch int32) ([]page, error) {
	var pages []page
	size := (len(carried) + perPage - 1) / perPage
	for i := range size {
		part := carried[i*perPage : min(len(carried), (i+1)*perPage)]
		text, err := otpauth.FormatMigration(part, batch, i, size)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page{caption: plural(len(part), "account"), text: text, accounts: part})
	}
	for _, a := range single {
		pages = append(pages, page{caption: oneLine(a.Label()) + ", by itself", text: otpauth.FormatShort(a), accounts: []account.Account{a}})
	}
	for i := range pages {
		s, err := qr.Encode(pages[i].text, qr.EncodeOptions{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pages[i].caption, err)
		}
		pages[i].symbol = s
		pages[i].caption = fmt.Sprintf("page %d of %d · %s", i+1, len(pages), pages[i].caption)
	}
	return pages, nil
}

// pagesThatFit takes as many accounts a page as the terminal has room for.
func pagesThatFit(t *term.Terminal, carried, single []account.Account, batch int32, o exportOptions, style string) ([]page, error) {
	from, to := mostPerPage, 1
	if o.perPage != 0 {
		from, to = o.perPage, o.perPage
	}
	var tooSmall *errTooSmall
	for n := from; n >= to; n-- {
		pages, err := googlePages(carried, single, n, batch)
		if errors.Is(err, qr.ErrTooLong) && n > to {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = allFit(t, pages, style)
		if err == nil || !errors.As(err, &tooSmall) {
			return pages, err
		}
	}
	if tooSmall == nil {
		return nil, qr.ErrTooLong
	}
	return nil, failed("make the window larger or the font smaller, or: jangle export --to google-authenticator --png FOLDER\n"+
		"--per-page 1 needs the least room", "%w", tooSmall)
}

func allFit(t *term.Terminal, pages []page, style string) error {
	for _, p := range pages {
		if _, err := p.draw(t, style); err != nil {
			return err
		}
	}
	return nil
}

func (app *App) googleScreen(ctx context.Context, h handover, single []account.Account, o exportOptions) error {
	t, err := app.terminal()
	if err != nil {
		return usage("--png FOLDER --yes", "QR pages need a terminal, or a folder to be written to")
	}
	defer t.Close()
	batch, err := batchID(app.Rand)
	if err != nil {
		return err
	}
	style := app.pageStyle(o.style)
	pages, err := pagesThatFit(t, h.carried, single, batch, o, style)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("show the secrets of %s as %s (on the phone: ⋮ > Transfer accounts > Import accounts > Scan QR code)",
		plural(len(h.carried)+len(single), "account"), plural(len(pages), "QR page"))
	if err := app.confirm(ctx, o.yes, question); err != nil {
		return err
	}
	for i := range pages {
		pages[i].footer = "scan it, then any key goes on; q stops"
	}
	seen, err := app.showPages(ctx, t, pages, style)
	if err != nil {
		return err
	}
	var shown []account.Account
	for _, p := range pages[:seen] {
		shown = append(shown, p.accounts...)
	}
	if err := app.checkByCode(ctx, t, shown); err != nil {
		return err
	}
	return app.reportGoogle(h, single, shown, o)
}

// reportGoogle says how many were on the pages that were shown.
func (app *App) reportGoogle(h handover, single, shown []account.Account, o exportOptions) error {
	all := len(h.carried) + len(single) + len(h.left)
	if o.json {
		if err := app.answerJSON(exportJSON{o.to, len(shown), leftOutsJSON(h.left), leftOutsJSON(nil)}); err != nil {
			return err
		}
	} else {
		app.tell("handed over %d of %d\n", len(shown), all)
	}
	if len(shown) < all {
		return errIncomplete
	}
	return nil
}

// googlePictures writes one PNG a page.
func (app *App) googlePictures(ctx context.Context, h handover, single []account.Account, o exportOptions) error {
	batch, err := batchID(app.Rand)
	if err != nil {
		return err
	}
	perPage := o.perPage
	if perPage == 0 {
		perPage = mostPerPage
	}
	pages, err := googlePages(h.carried, single, perPage, batch)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("write the secrets of %s as %s to %s", plural(len(h.carried)+len(single), "account"), plural(len(pages), "picture"), safeArg(o.png))
	if err := app.confirm(ctx, o.yes, question); err != nil {
		return err
	}
	if err := atomicfile.MakePrivateDir(o.png); err != nil {
		return err
	}
	for i, p := range pages {
		data, err := p.symbol.PNG(pngScale)
		if err != nil {
			return err
		}
		path := filepath.Join(o.png, fmt.Sprintf("page-%02d-of-%02d.png", i+1, len(pages)))
		if err := writeNew(path, data, o.force); err != nil {
			return err
		}
		if !o.json {
			app.answer("%s\n", path)
		}
	}
	app.tell("whoever sees these pictures has the secrets; delete them when the phone has them\n")
	return app.reportGoogle(h, single, append(h.carried, single...), o)
}

// batchID makes the number that the parts of one export share: random, positive.
func batchID(rand io.Reader) (int32, error) {
	var b [4]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return 0, err
	}
	return int32(binary.BigEndian.Uint32(b[:])&0x7fffffff) | 1, nil
}
