package format

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"runtime"
	"strings"
	"sync"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

func htmlPage() App {
	can := abilities("html")
	return App{
		ID: "html", Name: "HTML page", Extension: "html",
		HowTo: "the HTML export of Ente Auth, Stratum, Aegis, or jangle",
		Detect: func(in Input) bool {
			p := in.look()
			return p.isHTML() && (p.mayHoldLinks() || bytes.Contains(p.text, []byte(pictureMark)))
		},
		Read: readHTML, Write: writeHTML, CanHold: can.canHold, Loses: can.loses,
	}
}

func (p *probe) isHTML() bool {
	head := bytes.ToLower(p.text[:min(len(p.text), 64)])
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// readHTML takes the links that the page holds as text or in its elements. The pages of Ente and
// Aegis have the fields as text and the links in QR pictures, which
// Options.ScanQR reads: only those hold the period.
func readHTML(ctx context.Context, in Input, o Options) (Result, error) {
	data := plainText(in.Data)
	if err := checkText(data); err != nil {
		return Result{}, err
	}
	p := readPage(string(data))
	r, err := Result{}, error(nil)
	switch {
	case len(p.links) > 0:
		r, err = Links(p.links)
	case o.ScanQR != nil && len(p.pictures) > 0:
		r, err = readHTMLImages(ctx, p.pictures, o)
		// What the page says beside its pictures, if there is one for each row.
		if rows, rowsErr := readHTMLRows(string(data)); rowsErr == nil && len(r.Entries) == len(rows.Entries) {
			for i, row := range rows.Entries {
				a := &r.Entries[i].Account
				if r.Entries[i].Err != nil || row.Err != nil || !a.Secret.Equal(row.Account.Secret) {
					continue
				}
				a.Note, a.Favourite = row.Account.Note, row.Account.Favourite
				if a.PIN.IsZero() {
					a.PIN = row.Account.PIN
				}
			}
		}
	default:
		r, err = readHTMLRows(string(data))
	}
	r.Title, r.Protection = "HTML page with accounts", Plain
	return r, err
}

func readHTMLRows(page string) (Result, error) {
	switch {
	case strings.Contains(page, enteHTMLMark):
		return readEnteHTML(page)
	case strings.Contains(page, aegisHTMLMark):
		return readAegisHTML(page)
	}
	return Result{}, fmt.Errorf("%w: the page holds no otpauth:// link; export as text or JSON instead", ErrUnsupported)
}

// noPeriod is the warning for a time-based account whose page does not say how
// long a code lasts.
func noPeriod(a account.Account) []string {
	if a.Type != account.TOTP {
		return nil
	}
	return []string{"the page's text names no period: taken as 30 seconds; compare a code before you delete the old app"}
}

func readHTMLImages(ctx context.Context, pictures []pagePicture, o Options) (Result, error) {
	var found, notes []string
	if err := full(len(pictures)); err != nil {
		return Result{}, err
	}
	for i, p := range pictures {
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		links, err := []string(nil), error(nil)
		if p.data != nil {
			links, err = o.ScanQR(ctx, p.data)
		}
		if errors.Is(err, ErrLimit) {
			notes = append(notes, fmt.Sprintf("pictures %d to %d were not looked at: %v", i+1, len(pictures), err))
			break
		}
		switch {
		case !p.element && len(links) == 0: // decoration
		case p.data == nil:
			notes = append(notes, fmt.Sprintf("picture %d is damaged", i+1))
		case err != nil || len(links) == 0:
			notes = append(notes, fmt.Sprintf("picture %d holds no QR code that could be read", i+1))
		}
		found = append(found, links...)
	}
	r, err := Links(found)
	if len(notes) > maxNotes { // the last one says where it ended
		notes = append(notes[:maxNotes-1], notes[len(notes)-1])
	}
	r.Notes, r.Incomplete = append(r.Notes, notes...), r.Incomplete || len(notes) > 0
	return r, err
}

const htmlHead = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>One-time password accounts</title>
<style>body{font-family:sans-serif}td{padding:1em;border-bottom:1px solid #ccc;vertical-align:top}code{word-break:break-all}img{width:14em;image-rendering:pixelated}tr{break-inside:avoid}</style></head>
<body>
<h1>One-time password accounts</h1>
<p>Whoever holds this page can make your codes. Scan a picture with any authenticator, or type the link.</p>
<table>
`

// writeHTML makes a page to print: names, the link, and a QR picture of each
// account if Options.DrawQR is there to draw it.
func writeHTML(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := abilities("html").writable(accounts); err != nil {
		return nil, err
	}
	pictures, err := drawAll(ctx, accounts, o.DrawQR)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(htmlHead)
	for i, a := range accounts {
		fmt.Fprintf(&b, "<tr><td>%s<br>%s</td><td><code>%s</code></td>",
			html.EscapeString(a.Issuer), html.EscapeString(a.Name), html.EscapeString(otpauth.Format(a)))
		if pictures != nil {
			fmt.Fprintf(&b, "<td><img alt=\"QR code\" src=\"data:image/png;base64,%s\"></td>", base64.StdEncoding.EncodeToString(pictures[i]))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n</body>\n</html>\n")
	return b.Bytes(), nil
}

// drawAll draws the accounts' pictures on all processors: one takes about a
// millisecond, and there may be thousands. nil without a drawer.
func drawAll(ctx context.Context, accounts []account.Account, draw func(string) ([]byte, error)) ([][]byte, error) {
	if draw == nil {
		return nil, nil
	}
	pictures, faults := make([][]byte, len(accounts)), make([]error, len(accounts))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(accounts)) {
		workers.Go(func() {
			for i := range next {
				pictures[i], faults[i] = draw(otpauth.FormatShort(accounts[i]))
			}
		})
	}
	for i := range accounts {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	for i, err := range faults {
		if err != nil {
			return nil, fmt.Errorf("cannot draw the QR code of %q: %w", clip(accounts[i].Label()), err)
		}
	}
	return pictures, ctx.Err()
}
