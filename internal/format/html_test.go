package format

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otpauth"
)

// enteHTML is what Ente's page holds of one account: its own markup, where
// nothing is escaped and the period is in the picture alone.
func enteHTML(issuer, name, kind, algorithm, digits, secret, note, picture string) string {
	return `<table class="otp-entry"><tr><td>
          <p><b>` + issuer + `</b></p>
          <p><b>` + name + `</b></p>
          <p class="group">Type: <b>` + kind + `</b></p>
          <p>Algorithm: <b>` + algorithm + `</b></p>
          <p>Digits: <b>` + digits + `</b></p>
          <p>Secret: <b>` + secret + `</b></p>
          ` + note + `
        </td><td class="otp-qr"><img src="data:image/png;base64,` + picture + `" alt="QR Code"></td></tr></table>`
}

func entePage(entries ...string) Input {
	return Input{Data: []byte("\n  <!DOCTYPE html>\n<html><body><h1>Ente Auth</h1>" + strings.Join(entries, "\n<hr/>\n") + "</body></html>")}
}

func TestHTMLPageOfEnte(t *testing.T) {
	page := entePage(
		enteHTML("GitHub", "ann", "totp", "sha256", "8", oddSecret, `<p class="group">Note: <b>mine</b></p>`, "AAAA"),
		enteHTML("Bank", "bob", "hotp", "sha1", "6", oddSecret, "", "AAAA"),
		enteHTML("Shop", "cid", "totp", "gost", "6", oddSecret, "", "AAAA"),
		enteHTML("Steam", "dan", "steam", "sha1", "5", oddSecret, "", "AAAA"),
	)
	r := mustRead(t, page, "html", Options{})
	if len(r.Entries) != 4 || r.Entries[1].Err == nil || r.Entries[2].Err == nil {
		t.Fatalf("got %v", r.Entries)
	}
	first := r.Entries[0]
	if len(first.Warnings) != 1 || first.Account.Note != "mine" {
		t.Errorf("warnings %q, note %q", first.Warnings, first.Account.Note)
	}
	r.Entries = []Entry{first, r.Entries[3]}
	checkAccounts(t, r, []account.Account{
		acc(account.TOTP, "GitHub", "ann", oddSecret, account.SHA256, 8, 30, 0),
		acc(account.Steam, "Steam", "dan", oddSecret, account.SHA1, 5, 30, 0),
	})
}

// Where somebody can scan, the pictures count: they hold period and counter.
func TestHTMLPageWithPicturesScanned(t *testing.T) {
	page := entePage(enteHTML("Bank", "bob", "hotp", "sha1", "6", oddSecret, "", toBase64([]byte("one"))),
		enteHTML("x", "y", "totp", "sha1", "6", oddSecret, "", toBase64([]byte("two"))),
		enteHTML("x", "y", "totp", "sha1", "6", oddSecret, "", "!!!!"))
	o := Options{ScanQR: func(_ context.Context, picture []byte) ([]string, error) {
		if string(picture) == "one" {
			return []string{"otpauth://hotp/Bank:bob?secret=" + oddSecret + "&counter=7"}, nil
		}
		return nil, errors.New("no code")
	}}
	r := mustRead(t, page, "html", o)
	checkAccounts(t, r, []account.Account{acc(account.HOTP, "Bank", "bob", oddSecret, account.SHA1, 6, 0, 7)})
	if !r.Incomplete || len(r.Notes) != 2 {
		t.Errorf("incomplete %v, notes %q", r.Incomplete, r.Notes)
	}
}

// aegisPage is the page of Aegis, whose cells are escaped.
const aegisPage = `<html><head><title>Aegis</title></head><body><h1>Aegis</h1><table><tr><th>Issuer</th><th>Name</th><th>Type</th><th>QR Code</th><th>UUID</th><th>Note</th><th>Favorite</th><th>Algo</th><th>Digits</th><th>Secret</th><th>Counter</th><th>PIN</th></tr>` +
	`<tr><td>A&amp;B</td><td>ann</td><td>totp</td><td class='qr'><img src="data:image/png;base64,b25l"/></td><td>u</td><td>mine</td><td>true</td><td>SHA256</td><td>8</td><td>` + oddSecret + `</td><td>-</td><td>-</td></tr>` +
	`<tr><td>Bank</td><td>bob</td><td>hotp</td><td class='qr'><img src="data:image/png;base64,dHdv"/></td><td>u</td><td></td><td>false</td><td>SHA1</td><td>6</td><td>` + oddSecret + `</td><td>9</td><td>-</td></tr>` +
	`<tr><td>M</td><td>cid</td><td>motp</td><td class='qr'><img src="data:image/png;base64,dGhyZWU="/></td><td>u</td><td></td><td>false</td><td>MD5</td><td>6</td><td>e3152afee62599c8</td><td>-</td><td>1234</td></tr>` +
	`<tr><td>odd</td></tr></table></body></html>`

func TestHTMLPageOfAegis(t *testing.T) {
	motp := account.New(account.MOTP, account.NewSecret(unhex(t, "e3152afee62599c8")))
	motp.Issuer, motp.Name, motp.PIN = "M", "cid", account.NewSecret([]byte("1234"))
	want := []account.Account{
		acc(account.TOTP, "A&B", "ann", oddSecret, account.SHA256, 8, 30, 0),
		acc(account.HOTP, "Bank", "bob", oddSecret, account.SHA1, 6, 0, 9), motp,
	}
	r := mustRead(t, Input{Data: []byte(aegisPage)}, "html", Options{})
	if len(r.Entries) != 4 || r.Entries[3].Err == nil || len(r.Entries[0].Warnings) != 1 || r.Entries[0].Account.Note != "mine" {
		t.Fatalf("got %v", r.Entries)
	}
	r.Entries = r.Entries[:3]
	checkAccounts(t, r, want)

	links := map[string]string{
		"one":   "otpauth://totp/A%26B:ann?secret=" + oddSecret + "&algorithm=SHA256&digits=8&period=60",
		"two":   "otpauth://hotp/Bank:bob?secret=" + oddSecret + "&counter=9",
		"three": "motp://M:cid?secret=e3152afee62599c8",
	}
	o := Options{ScanQR: func(_ context.Context, picture []byte) ([]string, error) {
		return []string{links[string(picture)]}, nil
	}}
	r = mustRead(t, Input{Data: []byte(strings.Replace(aegisPage, "<tr><td>odd</td></tr>", "", 1))}, "html", o)
	want[0].Period = 60
	checkAccounts(t, r, want)
	if a := r.Entries[0].Account; a.Note != "mine" || !a.Favourite || len(r.Entries[0].Warnings) > 0 {
		t.Errorf("note %q, favourite %v", a.Note, a.Favourite)
	}
}

func TestHTMLPageHoldsPicturesOfTheLinks(t *testing.T) {
	app, _ := ByID("html")
	accounts := []account.Account{acc(account.TOTP, `<b>&"`, "ann", oddSecret, account.SHA256, 8, 60, 0)}
	var drawn []string
	o := Options{DrawQR: func(text string) ([]byte, error) { drawn = append(drawn, text); return []byte("picture"), nil }}
	data, err := app.Write(t.Context(), accounts, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(drawn, []string{otpauth.FormatShort(accounts[0])}) || !strings.Contains(string(data), toBase64([]byte("picture"))) {
		t.Errorf("drawn %q", drawn)
	}
	if strings.Contains(string(data), "<b>") || !strings.Contains(string(data), "&lt;b&gt;&amp;") {
		t.Errorf("the name is not escaped: %s", data)
	}
	checkAccounts(t, mustRead(t, Input{Data: data}, "html", Options{}), accounts)
	o.DrawQR = func(string) ([]byte, error) { return nil, errors.New("too much text") }
	if _, err := app.Write(t.Context(), accounts, o); err == nil {
		t.Error("a picture that could not be drawn was passed over")
	}
}

func TestHTMLPageWithoutAccounts(t *testing.T) {
	page := Input{Data: []byte("<html><body>otpauth is a word</body></html>")}
	if _, _, err := Read(t.Context(), page, "html", Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// A file that was encrypted with gpg is read as what is inside.
func TestOpenPGPMessage(t *testing.T) {
	inner := fileAround("andotp", entryWith("andotp", "", "")).Data
	decrypt := func(out []byte, err error) Options {
		return Options{Decrypt: func(context.Context, []byte) ([]byte, error) { return out, err }}
	}
	armour := Input{Data: []byte(openPGPArmor + "\n\nAAAA\n-----END PGP MESSAGE-----\n")}
	r := mustRead(t, armour, "openpgp", decrypt(inner, nil))
	if len(r.Entries) != 1 || r.Protection != Encrypted || !strings.Contains(r.Title, "OpenPGP") || !strings.Contains(r.Title, "andOTP") {
		t.Errorf("got %q with %d entries, protection %d", r.Title, len(r.Entries), r.Protection)
	}
	if _, _, err := Read(t.Context(), armour, "", Options{}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "gpg --decrypt") {
		t.Errorf("without gpg: %v", err)
	}
	gpg := errors.New("no secret key")
	if _, _, err := Read(t.Context(), armour, "", decrypt(nil, gpg)); !errors.Is(err, gpg) {
		t.Errorf("gpg failed: %v", err)
	}
	if _, _, err := Read(t.Context(), armour, "", decrypt(armour.Data, nil)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a message in a message: %v", err)
	}
	if _, _, err := Read(t.Context(), armour, "", decrypt([]byte("prose"), nil)); !errors.Is(err, ErrNotRecognised) {
		t.Errorf("prose inside: %v", err)
	}
}

// The first packet of binary messages, as gpg writes them, and of what is none.
func TestOpenPGPIsKnownByItsFirstPacket(t *testing.T) {
	for start, want := range map[string]bool{
		"\x85\x01\x0c\x03": true,  // public key, old form, two bytes of length
		"\x84\x5e\x03\x01": true,  // public key, old form, one byte
		"\xc1\xc0\x4c\x03": true,  // public key, new form, two bytes
		"\x8c\x0d\x04\x09": true,  // passphrase, old form
		"\xc3\x0d\x04\x09": true,  // passphrase, new form
		"\x8c\x0d\x09\x09": false, // no such version
		"\x00\x02\x49\xf0": false, // andOTP's iterations
		"PK\x03\x04":       false,
		"SQLi":             false,
	} {
		in := Input{Data: append([]byte(start), make([]byte, 40)...)}
		if got := in.isOpenPGP(); got != want {
			t.Errorf("%x: %v", start, got)
		}
	}
}

func TestBitwardenCSV(t *testing.T) {
	vault := "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\r\n" +
		"Work,1,login,GitHub,\"two\nlines, and a comma\",,0,https://github.com,ann,hunter2,mfrg gzdf mztw q2lk\r\n\r\n" +
		",,login,No code,,,0,,x,y,\r\n" +
		",,login,Shop,,,0,,bob,,otpauth://totp/Shop:bob?secret=" + oddSecret + "&digits=0\r\n" +
		",,login,Steam,,,0,,cid,,steam://MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK\r\n"
	r := mustRead(t, Input{Data: []byte(vault)}, "bitwarden-csv", Options{})
	if len(r.Entries) != 3 || r.Entries[1].Err == nil || !slices.Equal(r.Notes, []string{"1 item without a one-time code left out"}) {
		t.Fatalf("got %v, notes %q", r.Entries, r.Notes)
	}
	a := r.Entries[0].Account
	if a.Note != "two\nlines, and a comma" || !a.Favourite || !slices.Equal(a.Groups, []string{"Work"}) || strings.Contains(fmt.Sprint(a.Extra), "hunter2") {
		t.Errorf("note %q, groups %q, favourite %v", a.Note, a.Groups, a.Favourite)
	}
	authenticator := "folder,favorite,type,name,login_uri,login_totp\n" +
		",,1,GitHub,,otpauth://totp/GitHub:ann?secret=" + oddSecret + "&issuer=GitHub&algorithm=SHA256&digits=8&period=60,GitHub,60,8\n"
	r = mustRead(t, Input{Data: []byte(authenticator)}, "bitwarden-csv", Options{})
	checkAccounts(t, r, []account.Account{acc(account.TOTP, "GitHub", "ann", oddSecret, account.SHA256, 8, 60, 0)})
}

func TestBitwardenCSVLimits(t *testing.T) {
	header := func(n int) string { return "login_totp" + strings.Repeat(",x", n-1) + "\n" }
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"columns L":   {header(maxTableColumns), nil},
		"columns L+1": {header(maxTableColumns + 1), ErrLimit},
		"rows L":      {header(2) + strings.Repeat(",\n", maxElements), nil},
		"rows L+1":    {header(2) + strings.Repeat(",\n", maxElements+1), ErrLimit},
		"not text":    {header(2) + "\xff\x01,", ErrDamaged},
	} {
		if _, _, err := Read(t.Context(), Input{Data: []byte(c.text)}, "bitwarden-csv", Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n, good := range map[int]bool{maxTableField: true, maxTableField + 1: false} {
		text := header(2) + oddSecret + "," + strings.Repeat("x", n) + "\n" + oddSecret + ",y\n"
		r := mustRead(t, Input{Data: []byte(text)}, "bitwarden-csv", Options{})
		if len(r.Entries) != 2 || (r.Entries[0].Err == nil) != good || r.Entries[1].Err != nil {
			t.Errorf("a field of %d bytes: %v", n, r.Entries[0].Err)
		}
	}
}

// Looking at pictures takes time, so whoever looks may end it; what was read stays.
func TestPageWhosePicturesAreTooMany(t *testing.T) {
	looked := 0
	o := Options{ScanQR: func(context.Context, []byte) ([]string, error) {
		if looked++; looked > 2 {
			return nil, ErrLimit
		}
		return []string{fmt.Sprintf("otpauth://totp/a%d?secret=%s", looked, oddSecret)}, nil
	}}
	page := "<html>" + strings.Repeat(`<img src="data:image/png;base64,AAAA">`, 9)
	r := mustRead(t, Input{Data: []byte(page)}, "html", o)
	if len(r.Entries) != 2 || looked != 3 || !r.Incomplete || len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0], "pictures 3 to 9 were not looked at: ") {
		t.Errorf("%d looked at, %d entries, notes %q", looked, len(r.Entries), r.Notes)
	}
}
