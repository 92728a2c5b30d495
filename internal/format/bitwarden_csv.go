package format

import (
	"context"
	"slices"

	"github.com/jangle-otp/jangle/internal/otpauth"
)

func bitwardenCSV() App {
	return App{
		ID: "bitwarden-csv", Name: "Bitwarden CSV",
		HowTo:  "Settings > Export vault, format .csv",
		Detect: func(in Input) bool { return slices.Contains(in.look().tableHeader(), "login_totp") },
		Read:   readBitwardenCSV,
	}
}

func readBitwardenCSV(_ context.Context, in Input, _ Options) (Result, error) {
	t, err := readBitwardenTable(plainText(in.Data))
	if err != nil {
		return Result{}, err
	}
	r := Result{Title: "Bitwarden export as CSV, not encrypted", Protection: Plain}
	// Bitwarden Authenticator writes nine fields under a header of six, and its
	// links without quotes: there, the field counts that is one.
	read := (*entryList).addBitwardenRow
	if !slices.Contains(t.columns, "login_username") {
		r.Title = "Bitwarden Authenticator export as CSV, not encrypted"
		read = (*entryList).addAuthenticatorRow
	}
	var l entryList
	without := 0
	for _, row := range t.rows {
		if row.err != nil {
			l.fail("", row.err)
			continue
		}
		if !read(&l, row) {
			without++
		}
		if err := full(len(l.list)); err != nil {
			return Result{}, err
		}
	}
	r.Entries = l.list
	if without > 0 {
		r.Notes = append(r.Notes, plural(without, "item", "items")+" without a one-time code left out")
	}
	return r, nil
}

func (l *entryList) addBitwardenRow(row bitwardenRow) bool {
	totp := row.get("login_totp")
	if totp == "" {
		return false
	}
	a, warnings, err := otpValue(totp, row.get("name"), row.get("login_username"))
	a.Note, a.Favourite = row.get("notes"), row.get("favorite") == "1"
	for _, column := range []string{"folder", "collections"} {
		if name := row.get(column); name != "" {
			a.Groups = append(a.Groups, name)
		}
	}
	l.add(entryName(row.get("name"), row.get("login_username")), a, warnings, err)
	return true
}

func (l *entryList) addAuthenticatorRow(row bitwardenRow) bool {
	i := slices.IndexFunc(row.fields, otpauth.IsURI)
	if i < 0 {
		if row.get("login_totp") == "" {
			return false
		}
		return l.addBitwardenRow(row)
	}
	a, warnings, err := otpValue(row.fields[i], row.get("name"), "")
	a.Favourite = row.get("favorite") == "1"
	if name := row.get("folder"); name != "" {
		a.Groups = []string{name}
	}
	l.add(entryName(row.get("name"), a.Name), a, warnings, err)
	return true
}
