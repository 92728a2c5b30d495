package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

func uriList() App {
	can := abilities("uri")
	return App{
		ID: "uri", Name: "otpauth:// links", Extension: "txt",
		HowTo: "any text with otpauth:// links in it, one on each line or in between",
		Detect: func(in Input) bool {
			return in.look().mayHoldLinks() && len(findLinks(string(in.look().text))) > 0
		},
		Read: readURIs, Write: writeURIs, CanHold: can.canHold, Loses: can.loses,
	}
}

// mayHoldLinks is the quick answer for most files.
func (p *probe) mayHoldLinks() bool {
	if len(p.text) > MaxTextBytes || !utf8.Valid(p.text) {
		return false
	}
	lower := bytes.ToLower(p.text)
	for _, scheme := range []string{"otpauth", "motp:", "steam:"} {
		if bytes.Contains(lower, []byte(scheme)) {
			return true
		}
	}
	return false
}

func readURIs(_ context.Context, in Input, _ Options) (Result, error) {
	data := oldText(plainText(in.Data))
	if err := checkText(data); err != nil {
		return Result{}, err
	}
	found := findLinks(string(data))
	if len(found) == 0 {
		return Result{}, fmt.Errorf("%w: there is no otpauth:// link in it", ErrNotRecognised)
	}
	var uris []string
	var unclear entryList
	for _, f := range found {
		if f.err == nil {
			uris = append(uris, f.uri)
			continue
		}
		a, _, _ := otpauth.Parse(f.uri)
		unclear.fail(clip(a.Label()), f.err)
	}
	r, err := Links(uris)
	for _, e := range unclear.list {
		e.Index = len(r.Entries) + 1
		r.Entries = append(r.Entries, e)
	}
	if n := linesWithoutLink(string(data)); n > 0 {
		r.Notes = append(r.Notes, plural(n, "line", "lines")+" without a link passed over")
	}
	return r, err
}

// Links reads accounts from links of all kinds, such as the texts of QR codes.
// Migration codes are put into the order of their export first. The error is ErrLimit.
func Links(found []string) (Result, error) {
	r := Result{Title: "otpauth:// links", Protection: Plain}
	var l entryList
	var migrations []otpauth.Migration
	migrated := 0 // accounts in them
	for _, uri := range found {
		m, err := otpauth.ParseMigration(uri)
		switch {
		case errors.Is(err, otpauth.ErrNotURI):
			a, warnings, err := otpauth.Parse(uri)
			l.add(a.Label(), a, warnings, err)
		case err != nil && len(m.Accounts) == 0:
			l.fail("a Google Authenticator export link", err)
		default:
			migrations, migrated = append(migrations, m), migrated+len(m.Accounts)
			if err != nil {
				r.Incomplete = true
			}
			if err != nil && len(r.Notes) < maxNotes {
				r.Notes = append(r.Notes, err.Error())
			}
		}
		if err := full(len(l.list) + migrated); err != nil {
			return Result{}, err
		}
	}
	if len(migrations) > 0 && len(l.list) == 0 {
		r.Title = "Google Authenticator export"
	}
	r.addMigrations(&l, migrations)
	r.Entries = l.list
	return r, nil
}

// linesWithoutLink counts the lines that hold something else than links and
// comments, if most lines do hold one: in other texts they are just text.
func linesWithoutLink(text string) int {
	with, without := 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case len(otpauth.FindURIs(line)) > 0:
			with++
		default:
			without++
		}
	}
	if without >= with {
		return 0
	}
	return without
}

func writeURIs(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	if err := abilities("uri").writable(accounts); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, a := range accounts {
		b.WriteString(otpauth.Format(a) + "\n")
	}
	return b.Bytes(), nil
}
