package format

import (
	"context"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// Each target checks checkProperties, that reading twice gives the same, and
// that what was read can be written and read again with the same codes.

func FuzzAegis(f *testing.F)               { fuzzReader(f, "aegis") }
func FuzzTwoFAS(f *testing.F)              { fuzzReader(f, "2fas") }
func FuzzBitwarden(f *testing.F)           { fuzzReader(f, "bitwarden") }
func FuzzEnte(f *testing.F)                { fuzzReader(f, "ente") }
func FuzzProtonAuthenticator(f *testing.F) { fuzzReader(f, "proton") }
func FuzzStratum(f *testing.F)             { fuzzReader(f, "stratum") }
func FuzzAndOTP(f *testing.F)              { fuzzReader(f, "andotp") }
func FuzzURIList(f *testing.F)             { fuzzReader(f, "uri") }
func FuzzGoogleMigration(f *testing.F)     { fuzzReader(f, "google-authenticator") }

func FuzzHTML(f *testing.F) {
	f.Add([]byte(`<html>` + enteHTMLMark + `<p><b>Issuer</b></p><p><b>ann</b></p><p class="group">Type: <b>totp</b></p><p>Algorithm: <b>sha1</b></p><p>Digits: <b>6</b></p><p>Secret: <b>MFRGGZDFMZTWQ2LK</b></p>`))
	fuzzReader(f, "html")
}

func FuzzBitwardenCSV(f *testing.F) {
	f.Add([]byte("folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\nWork,1,login,GitHub,\"a\nb\",,0,,ann,pw,MFRGGZDFMZTWQ2LK\n"))
	f.Add([]byte("folder,favorite,type,name,login_uri,login_totp\n,,1,GitHub,,otpauth://totp/GitHub:ann?secret=MFRGGZDFMZTWQ2LK,GitHub,30,6\n"))
	fuzzReader(f, "bitwarden-csv")
}

func FuzzProtonPass(f *testing.F) {
	f.Add([]byte(`{"version":"1","vaults":{"v":{"name":"Personal","items":[{"state":1,"pinned":true,"data":{"type":"login","metadata":{"name":"GitHub","note":"n"},"content":{"itemUsername":"ann","totpUri":"MFRGGZDFMZTWQ2LK"},"extraFields":[{"fieldName":"2","type":"totp","data":{"totpUri":"otpauth://totp/x?secret=MFRGGZDFMZTWQ2LK"}}]}}]}}}`))
	fuzzReader(f, "proton-pass")
}

// FuzzDetect: whatever the bytes, detection ends and the chosen reader keeps
// its properties.
func FuzzDetect(f *testing.F) {
	for _, app := range Apps() {
		addWritten(f, app)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := Input{Data: data}
		if app, ok := Detect(in); ok {
			checkProperties(t, app, in, Options{Now: testNow})
		}
	})
}

func addWritten(f *testing.F, app App) {
	if app.Write == nil {
		return
	}
	fits, _ := app.Fit(generate(60))
	data, err := app.Write(context.Background(), fits[:min(len(fits), 5)], writerOptions(Yes))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
}

func fuzzReader(f *testing.F, id string) {
	app, ok := ByID(id)
	if !ok {
		f.Fatalf("there is no app %q", id)
	}
	addWritten(f, app)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := Input{Data: data}
		checkProperties(t, app, in, Options{Now: testNow})
		first, err := app.Read(context.Background(), in, Options{})
		if err != nil {
			return
		}
		second, err := app.Read(context.Background(), in, Options{})
		if err != nil || len(first.Entries) != len(second.Entries) {
			t.Fatalf("the second time: %v", err)
		}
		checkRewritten(t, app, first)
	})
}

// checkRewritten: a code that was read is the same code after an export to the
// app that it came from.
func checkRewritten(t *testing.T, app App, r Result) {
	if app.Write == nil {
		return
	}
	var accounts []account.Account
	for _, e := range r.Entries {
		if e.Err == nil {
			accounts = append(accounts, e.Account)
		}
	}
	fits, _ := app.Fit(accounts)
	if len(fits) == 0 {
		return
	}
	o := writerOptions(Yes)
	data, err := app.Write(context.Background(), fits, o)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	again, err := app.Read(context.Background(), Input{Data: data}, o)
	if err != nil || len(again.Entries) != len(fits) {
		t.Fatalf("%d accounts written, %d read: %v", len(fits), len(again.Entries), err)
	}
	for i, e := range again.Entries {
		want := kept(fits[i], app.Loses(fits[i]))
		if e.Err != nil || e.Account.Key() != want.Key() || e.Account.Counter != want.Counter {
			t.Errorf("entry %d changed: %v\n got %s\nwant %s", i+1, e.Err, line(e.Account), line(want))
		}
	}
}
