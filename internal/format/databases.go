package format

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/sqlite"
)

// Two apps without any export of their own, whose database can be had from a
// rooted phone.

func googleDatabase() App {
	return App{
		ID: "google-database", Name: "Google Authenticator (old database)",
		HowTo:  "only from a rooted phone, app versions before 6: databases/databases; else Transfer accounts > Export accounts",
		Detect: func(in Input) bool { return in.isSQLite("accounts", "email", "secret", "type") },
		Read:   readGoogleDatabase,
	}
}

// readGoogleDatabase: the app stores neither algorithm, digits nor period and
// computes SHA1, 6, 30 for everything.
func readGoogleDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	db, err := openSQLite(in.Data)
	if err != nil {
		return Result{}, err
	}
	rows, err := sqliteRows(db, "accounts")
	if err != nil {
		return Result{}, err
	}
	var l entryList
	for _, r := range rows {
		l.addGoogleRow(r)
	}
	return Result{Title: "Google Authenticator database, not encrypted", Protection: Plain, Notes: walNotes(db), Entries: l.list}, nil
}

func (l *entryList) addGoogleRow(r sqlite.Row) {
	issuer, name := r.Text("issuer"), r.Text("email")
	if prefix, rest, found := strings.Cut(name, ":"); found && (issuer == "" || strings.EqualFold(prefix, issuer)) {
		issuer, name = prefix, strings.TrimSpace(rest)
	}
	p := parts{Issuer: issuer, Name: name, Base32: r.Text("secret")}
	switch kind := column(r, "type").text; kind {
	case "0", "":
		p.Kind = account.TOTP
	case "1":
		p.Kind, p.Counter = account.HOTP, column(r, "counter")
	default:
		l.fail(entryName(issuer, name), fieldError("type", "%q is not known", clip(kind)))
		return
	}
	a, err := p.account()
	l.add(entryName(issuer, name), a, nil, err)
}

func microsoftDatabase() App {
	return App{
		ID: "microsoft", Name: "Microsoft Authenticator",
		HowTo:  "only from a rooted phone: databases/PhoneFactor (with its -wal); the app exports nothing",
		Detect: func(in Input) bool { return in.isSQLite("accounts", "oath_secret_key", "account_type") },
		Read:   readMicrosoftDatabase,
	}
}

func readMicrosoftDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	db, err := openSQLite(in.Data)
	if err != nil {
		return Result{}, err
	}
	rows, err := sqliteRows(db, "accounts")
	if err != nil {
		return Result{}, err
	}
	var l entryList
	for _, r := range rows {
		label := entryName(r.Text("name"), r.Text("username"))
		a, err := microsoftAccount(r)
		l.add(label, a, nil, err)
	}
	return Result{Title: "Microsoft Authenticator database, not encrypted", Protection: Plain, Notes: walNotes(db), Entries: l.list}, nil
}

// microsoftAccount: type 0 is an ordinary account, type 1 a personal Microsoft
// account with its key in base64 and eight digits.
func microsoftAccount(r sqlite.Row) (account.Account, error) {
	p := parts{Kind: account.TOTP, Issuer: r.Text("name"), Name: r.Text("username")}
	key := r.Text("oath_secret_key")
	if key == "" && r.Text("encrypted_oath_secret_key") != "" {
		return account.Account{}, fieldError("secret", "only the phone can decrypt it: have the site enrol this device anew")
	}
	switch kind := column(r, "account_type").text; kind {
	case "0":
		p.Base32 = key
	case "1":
		raw, err := base64.StdEncoding.DecodeString(key)
		if err != nil {
			return account.Account{}, fieldError("secret", "it is not base64")
		}
		p.Raw, p.Digits = raw, looseNumber(8)
	default:
		return account.Account{}, fieldError("type", "accounts of kind %q live on Microsoft's servers: enrol this device there", clip(kind))
	}
	return p.account()
}
