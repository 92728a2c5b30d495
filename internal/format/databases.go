package format

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite"
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

// sqliteEntries reads one table, each row as one entry.
func sqliteEntries(in Input, app, table string, read func(sqlite.Row) (label string, p parts, err error)) (Result, error) {
	db, err := openSQLite(in.Data)
	if err != nil {
		return Result{}, err
	}
	rows, err := sqliteRows(db, table)
	if err != nil {
		return Result{}, err
	}
	var l entryList
	for _, r := range rows {
		label, p, err := read(r)
		a := account.Account{}
		if err == nil {
			a, err = p.account()
		}
		l.add(label, a, nil, err)
	}
	return Result{Title: app + " database, not encrypted", Protection: Plain, Notes: walNotes(db), Entries: l.list}, nil
}

// readGoogleDatabase: the app stores neither algorithm, digits nor period and
// computes SHA1, 6, 30 for everything.
func readGoogleDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	return sqliteEntries(in, "Google Authenticator", "accounts", func(r sqlite.Row) (string, parts, error) {
		issuer, name := r.Text("issuer"), r.Text("email")
		if prefix, rest, found := strings.Cut(name, ":"); found && (issuer == "" || strings.EqualFold(prefix, issuer)) {
			issuer, name = prefix, strings.TrimSpace(rest)
		}
		p := parts{Kind: account.TOTP, Issuer: issuer, Name: name, Base32: r.Text("secret")}
		var err error
		switch kind := column(r, "type").text; kind {
		case "0", "":
		case "1":
			p.Kind, p.Counter = account.HOTP, column(r, "counter")
		default:
			err = fieldError("type", "%q is not known", clip(kind))
		}
		return entryName(issuer, name), p, err
	})
}

func microsoftDatabase() App {
	return App{
		ID: "microsoft", Name: "Microsoft Authenticator",
		HowTo:  "only from a rooted phone: databases/PhoneFactor (with its -wal); the app exports nothing",
		Detect: func(in Input) bool { return in.isSQLite("accounts", "oath_secret_key", "account_type") },
		Read:   readMicrosoftDatabase,
	}
}

// readMicrosoftDatabase: type 0 is an ordinary account, type 1 a personal Microsoft
// account with its key in base64 and eight digits.
func readMicrosoftDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	return sqliteEntries(in, "Microsoft Authenticator", "accounts", func(r sqlite.Row) (string, parts, error) {
		p := parts{Kind: account.TOTP, Issuer: r.Text("name"), Name: r.Text("username"), Base32: r.Text("oath_secret_key")}
		var err error
		switch kind := column(r, "account_type").text; {
		case p.Base32 == "" && r.Text("encrypted_oath_secret_key") != "":
			err = fieldError("secret", "only the phone can decrypt it: have the site enrol this device anew")
		case kind == "0":
		case kind == "1":
			p.Digits = looseNumber(8)
			if p.Raw, err = base64.StdEncoding.DecodeString(p.Base32); err != nil {
				err = fieldError("secret", "it is not base64")
			}
		default:
			err = fieldError("type", "accounts of kind %q live on Microsoft's servers: enrol this device there", clip(kind))
		}
		return entryName(p.Issuer, p.Name), p, err
	})
}
