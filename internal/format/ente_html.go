package format

import (
	"html"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// enteHTMLMark begins every entry of Ente's HTML export. The page names issuer,
// account, type, algorithm, digits and secret as text; period and counter are in
// the QR picture alone.
const enteHTMLMark = `<table class="otp-entry">`

func readEnteHTML(page string) (Result, error) {
	pieces := strings.Split(page, enteHTMLMark)
	if err := full(len(pieces) - 1); err != nil {
		return Result{}, err
	}
	var l entryList
	for _, piece := range pieces[1:] {
		l.addEnteHTML(piece)
	}
	return Result{Entries: l.list}, nil
}

func (l *entryList) addEnteHTML(piece string) {
	fields := map[string]string{}
	var names []string
	for _, p := range paragraphs(piece) {
		if field, value, found := strings.Cut(p, ": <b>"); found {
			fields[field] = unbold(value)
		} else {
			names = append(names, unbold(p))
		}
	}
	names = append(names, "", "")
	a, err := enteHTMLAccount(fields)
	a.Issuer, a.Name, a.Note = names[0], names[1], fields["Note"]
	l.add(entryName(a.Issuer, a.Name), a, noPeriod(a), err)
}

// paragraphs returns what stands between <p> and </p>.
func paragraphs(piece string) []string {
	var list []string
	for _, part := range strings.Split(piece, "<p")[1:] {
		_, rest, _ := strings.Cut(part, ">")
		inner, _, closed := strings.Cut(rest, "</p>")
		if closed {
			list = append(list, strings.TrimSpace(inner))
		}
	}
	return list
}

func unbold(s string) string {
	return html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(s, "<b>"), "</b>"))
}

func enteHTMLAccount(fields map[string]string) (account.Account, error) {
	kind, err := account.ParseType(fields["Type"])
	if err != nil {
		return account.Account{}, err
	}
	if kind == account.HOTP {
		return account.Account{}, fieldError("counter", "the page's text does not hold it; scan its QR code, or export as text")
	}
	p := parts{Kind: kind, Base32: fields["Secret"], Algorithm: fields["Algorithm"], Digits: looseInt{fields["Digits"]}}
	return p.account()
}
