package format

import (
	"errors"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/kdbx"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// FreeOTP+ keeps the names that a person gave beside those of the token. Both come
// back, but a Steam token is one by its issuer alone.
func TestFreeOTPKeepsBothNames(t *testing.T) {
	app, _ := ByID("freeotp-plus")
	a := acc(account.TOTP, "Mine", "me", oddSecret, account.SHA1, 6, 30, 0)
	steam := acc(account.Steam, "Mine", "me", oddSecret, account.SHA1, 5, 30, 0)
	extra := map[string]strictjson.Value{"issuerExt": mustJSON("Theirs"), "label": mustJSON("they"), "issuerAlt": mustJSON("Mine")}
	keepExtra(&a, "freeotp", extra)
	keepExtra(&steam, "freeotp", extra)
	out, err := app.Write(t.Context(), []account.Account{a, steam}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"issuerExt": "Theirs"`, `"label": "they"`, `"label": "me"`, `"labelAlt": "me"`, `"issuerExt": "Steam"`} {
		if strings.Count(string(out), want) != 1 {
			t.Errorf("%s is there %d times in %s", want, strings.Count(string(out), want), out)
		}
	}
}

func TestKeePassIconHasItsKind(t *testing.T) {
	fields := []kdbx.Field{{Key: "Title", Value: "Shop"}, {Key: "otp", Value: "otpauth://totp/Shop?secret=" + oddSecret}}
	for _, e := range []kdbx.Entry{{Fields: fields}, {Fields: fields, Icon: []byte("picture")}} {
		r := fromKeePass([]kdbx.Entry{e})
		if icon := r.Entries[0].Account.Icon; (icon.MIME == "image/png") != (len(e.Icon) > 0) || string(icon.Data) != string(e.Icon) {
			t.Errorf("icon %+v", icon)
		}
	}
}

// An empty list of tags is none: it would be a difference to the account here.
func TestAndOTPTags(t *testing.T) {
	for tags, want := range map[string]int{`[]`: -1, `["a","b"]`: 2, `null`: -1} {
		r := mustRead(t, Input{Data: []byte(`[{"secret":"` + oddSecret + `","issuer":"b","label":"a","type":"TOTP","algorithm":"SHA1","digits":6,"period":30,"last_used":0,"used_frequency":0,"tags":` + tags + `}]`)}, "andotp", Options{})
		if got := r.Entries[0].Account.Tags; (got == nil) != (want < 0) || len(got) != max(want, 0) {
			t.Errorf("%s: %#v", tags, got)
		}
	}
}

// A table that is damaged inside is damage, not an empty list.
func TestDamagedTable(t *testing.T) {
	data := sqlitetest.Build(sqlitetest.Table{Name: "accounts", SQL: "CREATE TABLE accounts (a TEXT)", Rows: [][]any{{"x"}}})
	db, err := openSQLite(data)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := sqliteRows(db, "accounts"); err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	clear(data[len(data)-512:]) // the page of the rows
	if db, err = openSQLite(data); err != nil {
		t.Fatal(err)
	}
	if rows, err := sqliteRows(db, "accounts"); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := sqliteRows(db, "none"); err == nil {
		t.Error("a table that is not there has rows")
	}
}

// What is wrong with the list in an archive is wrong with the archive.
func TestZippedListBeyondLimits(t *testing.T) {
	data := zipped(0, authPlusMember, "otpauth://totp/a?secret="+oddSecret+"\n"+strings.Repeat("x", maxLineBytes+1)+"\n")
	if r, _, err := Read(t.Context(), Input{Data: data}, "authenticator-plus", Options{}); !errors.Is(err, ErrLimit) {
		t.Errorf("%v, %v", r.Entries, err)
	}
}
