package format

import (
	"encoding/hex"
	"html"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// aegisHTMLMark begins the table of Aegis's HTML export. Its rows hold all but
// the period, which is in the QR picture alone.
const aegisHTMLMark = "<th>Issuer</th><th>Name</th><th>Type</th><th>QR Code</th>"

// The cells of a row.
const (
	aegisCellIssuer = iota
	aegisCellName
	aegisCellType
	_ // the picture
	_ // the identifier
	aegisCellNote
	aegisCellFavorite
	aegisCellAlgorithm
	aegisCellDigits
	aegisCellSecret
	aegisCellCounter
	aegisCellPIN
	aegisCells
)

func readAegisHTML(page string) (Result, error) {
	rows := strings.Split(page, "<tr><td>")[1:]
	if err := full(len(rows)); err != nil {
		return Result{}, err
	}
	var l entryList
	for _, row := range rows {
		l.addAegisHTML(row)
	}
	return Result{Entries: l.list}, nil
}

func (l *entryList) addAegisHTML(row string) {
	var cells []string
	for _, cell := range strings.Split("<td>"+row, "<td")[1:] {
		_, inner, _ := strings.Cut(cell, ">")
		inner, _, _ = strings.Cut(inner, "</td>")
		cells = append(cells, html.UnescapeString(inner))
	}
	if len(cells) < aegisCells {
		l.fail("", missing("a cell of the row"))
		return
	}
	a, err := aegisHTMLAccount(cells)
	a.Issuer, a.Name, a.Note = cells[aegisCellIssuer], cells[aegisCellName], cells[aegisCellNote]
	a.Favourite = cells[aegisCellFavorite] == "true"
	l.add(entryName(a.Issuer, a.Name), a, noPeriod(a), err)
}

func aegisHTMLAccount(cells []string) (account.Account, error) {
	kind, err := account.ParseType(cells[aegisCellType])
	if err != nil {
		return account.Account{}, err
	}
	p := parts{Kind: kind, Base32: cells[aegisCellSecret], Algorithm: cells[aegisCellAlgorithm], Digits: looseInt{cells[aegisCellDigits]}}
	if kind == account.HOTP {
		p.Counter = looseInt{cells[aegisCellCounter]}
	}
	if kind == account.MOTP {
		if p.Raw, err = hex.DecodeString(cells[aegisCellSecret]); err != nil {
			return account.Account{}, fieldError("secret", "an mOTP secret is not hexadecimal")
		}
	}
	a, err := p.account()
	if _, notNumber := strconv.Atoi(cells[aegisCellPIN]); notNumber == nil {
		a.PIN = account.NewSecret([]byte(cells[aegisCellPIN]))
	}
	return a, err
}
