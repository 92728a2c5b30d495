package format

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
)

func fixtureOf(t testing.TB, app, name string) fixture {
	t.Helper()
	for _, f := range fixtures() {
		if f.app == app && f.name == name {
			return f
		}
	}
	t.Fatalf("there is no fixture %q of %q", name, app)
	return fixture{}
}

// One thing is wrong with one entry: that one is an error that names the field,
// and all others are read.
func TestOddEntryOfManagers(t *testing.T) {
	for _, c := range []struct{ app, name, old, odd, field string }{
		{"lastpass", "Android", `"SHA256"`, `"GOST"`, "algorithm"},
		{"lastpass", "Android", `"digits":8`, `"digits":0`, "digits"},
		{"lastpass", "Android", `"digits":8`, `"digits":"x"`, "digits"},
		{"lastpass", "Android", `"timeStep":60`, `"timeStep":86401`, "period"},
		{"duo", "accounts", `"OtpAccount"`, `"DuoAccount"`, "type"},
		{"duo", "accounts", `"counter":7`, `"counter":-1`, "counter"},
		{"2fauth", "all types", `"totp"`, `"ocra"`, "type"},
		{"2fauth", "all types", `"sha512"`, `"md5"`, "algorithm"},
		{"2fauth", "all types", `"digits":8`, `"digits":11`, "digits"},
		{"2fauth", "all types", `"counter":5`, `"counter":null`, "counter"},
		{"2fauth", "all types", rfcKey, "GEZD0", "secret"},
		{"steam", "maFile", "MTIz", "!!!!", "secret"},
		{"raivo", "inner JSON", `"SHA256"`, `"SHA3"`, "algorithm"},
		{"raivo", "inner JSON", `"HOTP"`, `"EOTP"`, "type"},
		{"raivo", "inner JSON", `"timer":"60"`, `"timer":"soon"`, "period"},
		{"freeotp-plus", "export", `"SHA256"`, `"SHA9"`, "algorithm"},
		{"freeotp-plus", "export", `"counter":-1`, `"counter":-2`, "counter"},
		{"freeotp-plus", "export", `"counter":-1,`, ``, "counter"},
		{"freeotp-plus", "export", `[49,`, `[490,`, "secret"},
		{"freeotp-plus", "export", `"HOTP"`, `"MOTP"`, "type"},
		{"cotp", "export", `"SHA512"`, `"GOST"`, "algorithm"},
		{"cotp", "export", `"STEAM"`, `"BATTLE"`, "type"},
		{"otpclient", "plain list", `"SHA256"`, `"SHA-0"`, "algorithm"},
		{"otpclient", "plain list", `"counter":4`, `"x":4`, "counter"},
		{"authenticator-extension", "plain", `"SHA256"`, `"GOST3411_2012_256"`, "algorithm"},
		{"authenticator-extension", "plain", `"hotp"`, `"totem"`, "type"},
		{"authenticator-extension", "plain", `"digits":8`, `"digits":88`, "digits"},
		{"authy", "dump", `"digits":6`, `"digits":0`, "digits"},
		{"authy", "dump", `"3132`, `"xyz2`, "secret"},
		{"totp-cli", "list", `"algorithm":""`, `"algorithm":"crc32"`, "algorithm"},
		{"totp-cli", "dump", `length: 8`, `length: 12`, "digits"},
		{"totp-authenticator", "settings", `base&#34;:16`, `base&#34;:17`, "secret"},
		{"freeotp", "tokens", `SHA1`, `SHA11`, "algorithm"},
		{"csv", "KeePass", "HMAC-SHA-256", "HMAC-GOST", "algorithm"},
		{"csv", "KeePass", ",60,8,", ",60,0,", "digits"},
		{"csv", "KeePass", ",3\n", ",\n", "counter"},
		{"csv", "LastPass", "GEZD GNBV", "0189 GNBV", "secret"},
		{"keepassxc-csv", "as KeePassXC writes it", "digits=8", "digits=0", "digits"},
		{"rsc-2fa", "keychain", "github 6", "github 9", "digits"},
		{"rsc-2fa", "keychain", "00000000000000000002", "0000000000000000000x", "counter"},
		{"gauth", "list", "digits=8", "digits=80", "digits"},
		{"keepass-xml", "export", "otpHashMode=Sha256", "otpHashMode=Md4", "algorithm"},
		{"keepass-xml", "export", "30;6", "30;7x", "digits"},
		{"winauth", "text", "digits=6", "digits=x", "digits"},
	} {
		t.Run(c.app+" "+c.odd, func(t *testing.T) {
			f := fixtureOf(t, c.app, c.name)
			before := string(f.in.Data)
			in := Input{Data: []byte(strings.Replace(before, c.old, c.odd, 1))}
			if string(in.Data) == before {
				t.Fatalf("%q is not in the fixture", c.old)
			}
			r, _, err := Read(context.Background(), in, c.app, f.options())
			if err != nil {
				t.Fatal(err)
			}
			checkOneOdd(t, r, len(f.want), c.field)
		})
	}
}

func checkOneOdd(t *testing.T, r Result, want int, field string) {
	t.Helper()
	odd := 0
	for _, e := range r.Entries {
		if e.Err == nil {
			continue
		}
		odd++
		if !strings.Contains(e.Err.Error(), field) || e.Label == "" {
			t.Errorf("entry %q: %v does not name %s", e.Label, e.Err, field)
		}
		if strings.Contains(e.Err.Error(), rfcKey) {
			t.Errorf("the error holds the secret")
		}
	}
	if odd != 1 || len(r.Entries) != want {
		t.Errorf("%d errors in %d entries, want 1 in %d", odd, len(r.Entries), want)
	}
}

// What cannot be opened is recognised, and the message says what to do instead.
func TestRefusedWithAdvice(t *testing.T) {
	noise := make([]byte, 8192)
	for i := range noise {
		noise[i] = byte(i*i*31 + i*7 + i>>3*13)
	}
	noise[0] = 0xff
	for name, c := range map[string]struct {
		app    string
		data   []byte
		want   error
		advice string
	}{
		"KeePass 1":        {"keepass", []byte("\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5\x00\x00\x00\x00"), ErrUnsupported, "KeePassXC"},
		"KDBX 5":           {"keepass", []byte("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x05\x00"), ErrUnsupported, "Export > XML"},
		"SQLCipher":        {"authenticator-plus", noise, ErrWrongPassphrase, "Export as text"},
		"DOCTYPE":          {"freeotp", []byte(`<?xml version='1.0'?><!DOCTYPE map [<!ENTITY a "b">]><map><string name="tokenOrder">[]</string></map>`), ErrDamaged, "DOCTYPE"},
		"DOCTYPE, KeePass": {"keepass-xml", []byte(`<?xml version='1.0'?><!DOCTYPE x SYSTEM "file:///etc/passwd"><KeePassFile></KeePassFile>`), ErrDamaged, "DOCTYPE"},
		"Battle.net":       {"battlenet", prefs("com.blizzard.messenger.AUTHENTICATOR_CREDENTIALS_ENCRYPTION_TYPE", "KEYSTORE", "x.AUTHENTICATOR_DEVICE_SECRET", "00"), ErrUnsupported, "attach a new one"},
		"2FAuth schema":    {"2fauth", []byte(`{"app":"2fauth_v9","schema":2,"data":[]}`), ErrUnsupported, "schema 2"},
		"cotp version":     {"cotp", []byte(`{"version":9,"nonce":"","salt":"","cipher":"AA=="}`), ErrUnsupported, "version 9"},
		"OTPClient":        {"otpclient", append([]byte(otpClientMark), make([]byte, 200)...), ErrUnsupported, "version"},
		"age":              {"totp-cli", []byte("age-encryption.org/v1\n-> scrypt"), ErrUnsupported, "age --decrypt"},
		"YAML references":  {"totp-cli", []byte("- name: &a x\n  accounts: [*a]\n"), ErrDamaged, "refers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, app, err := Read(context.Background(), Input{Data: c.data}, "", withPassphrase("test"))
			if app.ID != c.app || !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.advice) {
				t.Errorf("%q: %v", app.ID, err)
			}
		})
	}
	f := fixtureOf(t, "keepass", "KDBX 4")
	if _, _, err := Read(context.Background(), f.in, "", withPassphrase("wrong")); !strings.Contains(fmt.Sprint(err), "hardware key") {
		t.Errorf("a wrong passphrase for KeePass: %v", err)
	}
	if _, _, err := Read(context.Background(), Input{Files: map[string][]byte{"a.gpg": {1}}}, "", Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a store without gpg: %v", err)
	}
}

// Keys that only a server or the phone has are told entry by entry.
func TestMicrosoftKeysThatStayOnThePhone(t *testing.T) {
	i := func(n int) int64 { return int64(n) }
	in := Input{Data: sqlitetest.Build(sqlitetest.Table{
		Name: "accounts", SQL: "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, name TEXT, username TEXT, oath_secret_key TEXT, account_type INTEGER, encrypted_oath_secret_key TEXT)",
		Rows: [][]any{{nil, "a", "b", "", i(0), "locked"}, {nil, "c", "d", "x", i(2), ""}, {nil, "GitHub", "ann", rfcKey, i(0), ""}}})}
	r := mustRead(t, in, "microsoft", Options{})
	if len(r.Entries) != 3 || r.Entries[0].Err == nil || r.Entries[1].Err == nil || r.Entries[2].Err != nil {
		t.Errorf("%+v", r.Entries)
	}
}

// What a program keeps beside the code survives (formats.md q).
func TestDetailsOfManagers(t *testing.T) {
	for _, c := range []struct {
		app, name string
		entry     int
		want      string
	}{
		{"lastpass", "Android", 0, `"groups":["Work"] | "favourite":true | "created":1682843408613 | "originalIssuerName":"Git"`},
		{"raivo", "inner JSON", 0, `"favourite":true | "icon_name":"git"`},
		{"freeotp-plus", "export", 0, `"issuerExt":"b" | "label":"second"`},
		{"freeotp2", "backup", 0, `"lock":true`},
		{"steam", "maFile", 0, `"revocation_code":"R1" | "identity_secret":"x"`},
		{"duo", "accounts", 0, `"pkey":"x"`},
		{"otpclient", "plain list", 0, `"groups":["g"]`},
		{"totp-cli", "list", 0, `"prefix":"p"`},
		{"authenticator-extension", "plain", 0, `"favourite":true | GitHub::github.com`},
		{"totp-authenticator", "settings", 0, `"groups":["Work"] | "favourite":true`},
		{"1password", "export", 0, `"note":"n" | "tags":["t"] | "groups":["Personal"] | "favourite":true | "archived":true | "created":1663642010000`},
		{"stratum-database", "all tables", 0, `"groups":["Work"] | "icon_data":"iVBORw0KGgo="`},
		{"keepassxc-csv", "as KeePassXC writes it", 0, `"groups":["Work"] | "note":"two\nlines" | "updated":1669888800000`},
		{"csv", "1Password", 0, `"tags":["a","b"] | "favourite":true | "note":"n"`},
		{"csv", "LastPass", 0, `"groups":["Work"] | "favourite":true | "note":"note"`},
		{"pass", "store", 0, `"groups":["web"]`},
		{"otp-auth", "backup 1.1", 0, `"groups":["Work"]`},
	} {
		t.Run(c.app, func(t *testing.T) {
			f := fixtureOf(t, c.app, c.name)
			r := mustRead(t, f.in, c.app, f.options())
			raw, err := account.MarshalRecord(r.Entries[c.entry].Account)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range strings.Split(c.want, " | ") {
				if !strings.Contains(string(raw), want) {
					t.Errorf("%s is not in %s", want, raw)
				}
			}
			for _, secret := range []string{"hunter2", `"pw"`, "cookie"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("%s was kept: %s", secret, raw)
				}
			}
		})
	}
}
