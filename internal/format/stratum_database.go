package format

import (
	"context"

	"github.com/jangle-otp/jangle/internal/format/sqlite"
)

// readStratumDatabase turns the tables of the app into its backup, which has
// the same content, and reads that.
func readStratumDatabase(_ context.Context, in Input, _ Options) (Result, error) {
	db, err := openSQLite(in.Data)
	if err != nil {
		return Result{}, err
	}
	var file stratumFile
	rows, err := sqliteRows(db, "authenticator")
	if err != nil {
		return Result{}, err
	}
	for _, r := range rows {
		file.Authenticators = append(file.Authenticators, mustJSON(stratumRow(r)))
	}
	if err := file.readTables(db); err != nil {
		return Result{}, err
	}
	return Result{Title: "Stratum database, not encrypted", Protection: Plain, Notes: walNotes(db), Entries: file.entries()}, nil
}

func (file *stratumFile) readTables(db *sqlite.DB) error {
	for _, t := range []struct {
		name string
		add  func(sqlite.Row)
	}{
		{"category", func(r sqlite.Row) {
			file.Categories = append(file.Categories, stratumCategory{r.Text("id"), r.Text("name"), number(r, "ranking")})
		}},
		{"authenticatorcategory", func(r sqlite.Row) {
			file.Members = append(file.Members, stratumMember{r.Text("categoryid"), r.Text("authenticatorsecret"), number(r, "ranking")})
		}},
		{"customicon", func(r sqlite.Row) {
			file.Icons = append(file.Icons, stratumIcon{r.Text("id"), toBase64([]byte(r.Text("data")))})
		}},
	} {
		if !db.HasColumns(t.name, "ranking") && !db.HasColumns(t.name, "data") {
			continue // an older app had no such table
		}
		rows, err := sqliteRows(db, t.name)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t.add(r)
		}
	}
	return nil
}

func stratumRow(r sqlite.Row) stratumEntry {
	text := func(name string) *string {
		if r[name] == nil {
			return nil
		}
		s := r.Text(name)
		return &s
	}
	return stratumEntry{
		Type: number(r, "type"), Icon: text("icon"), Issuer: text("issuer"), Username: text("username"),
		Secret: r.Text("secret"), PIN: text("pin"), Algorithm: number(r, "algorithm"), Digits: number(r, "digits"),
		Period: number(r, "period"), Counter: uint64(max(number(r, "counter"), 0)),
		CopyCount: uint64(max(number(r, "copycount"), 0)), Ranking: number(r, "ranking"),
	}
}

// number is a whole number in a row, 0 for anything else: what must not be 0 is
// refused when the account is validated.
func number(r sqlite.Row, name string) int {
	n, _ := r.Int(name)
	return int(n)
}
