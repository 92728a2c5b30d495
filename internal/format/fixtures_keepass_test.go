package format

import (
	"bytes"
	"encoding/xml"
	"testing"

	"github.com/tobischo/gokeepasslib/v3"
	"github.com/tobischo/gokeepasslib/v3/wrappers"

	"github.com/jangle-otp/jangle/internal/account"
)

// keePassFields are the entries of all styles, as key and value by turns.
func keePassFields() [][]string {
	const s, steam = rfcKey, "63BEDWCQZKTQWPESARIERL5DTTQFCJTK"
	entry := func(title string, fields ...string) []string {
		return append([]string{"Title", title, "UserName", "jo", "Password", "hunter2"}, fields...)
	}
	return [][]string{
		entry("one", "otp", "otpauth://totp/ACME:jo?secret="+s+"&period=30&digits=8&issuer=ACME"),
		entry("two", "otp", "otpauth://totp/Steam:jo?secret="+steam+"&period=30&digits=5&issuer=Steam&encoder=steam"),
		entry("keeotp-query", "otp", "key="+s+"&step=60&size=8&otpHashMode=Sha256"),
		entry("tray-30-6", "TOTP Seed", s, "TOTP Settings", "30;6"),
		entry("tray-seed-only-spaces", "TOTP Seed", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq"),
		entry("tray-steam", "TOTP Seed", steam, "TOTP Settings", "30;S"),
		entry("kp2-base32", "TimeOtp-Secret-Base32", s),
		entry("kp2-base32-full", "TimeOtp-Secret-Base32", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA====", "TimeOtp-Length", "8", "TimeOtp-Period", "60", "TimeOtp-Algorithm", "HMAC-SHA-256"),
		entry("kp2-utf8", "TimeOtp-Secret", rfcRaw),
		entry("kp2-hex", "TimeOtp-Secret-Hex", "3132333435363738393031323334353637383930", "TimeOtp-Length", "8"),
		entry("kp2-base64", "TimeOtp-Secret-Base64", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="),
		entry("kp2-hotp", "HmacOtp-Secret-Base32", s, "HmacOtp-Counter", "5"),
		entry("no code"),
	}
}

// keePassDatabase is written by gokeepasslib, with an old version beside every
// entry and one entry in the recycle bin.
func keePassDatabase(option gokeepasslib.DatabaseOption, credentials *gokeepasslib.DBCredentials) []byte {
	db := gokeepasslib.NewDatabase(option)
	db.Credentials = credentials
	root, sub, bin := gokeepasslib.NewGroup(), gokeepasslib.NewGroup(), gokeepasslib.NewGroup()
	root.Name, sub.Name, bin.Name = "Root", "Work", "Recycle Bin"
	for i, fields := range keePassFields() {
		e := gokeepasslib.NewEntry()
		e.Tags = "a;b"
		for j := 0; j < len(fields); j += 2 {
			protected := wrappers.NewBoolWrapper(j >= 4)
			e.Values = append(e.Values, gokeepasslib.ValueData{Key: fields[j], Value: gokeepasslib.V{Content: fields[j+1], Protected: protected}})
		}
		old := e.Clone()
		e.Histories = []gokeepasslib.History{{Entries: []gokeepasslib.Entry{old}}}
		if i < 6 {
			root.Entries = append(root.Entries, e)
		} else {
			sub.Entries = append(sub.Entries, e)
		}
		if i == 0 {
			bin.Entries = append(bin.Entries, old.Clone())
		}
	}
	root.Groups = []gokeepasslib.Group{sub, bin}
	db.Content.Root.Groups = []gokeepasslib.Group{root}
	db.Content.Meta.RecycleBinEnabled = wrappers.NewBoolWrapper(true)
	db.Content.Meta.RecycleBinUUID = bin.UUID
	must(0, db.LockProtectedEntries())
	var buf bytes.Buffer
	must(0, gokeepasslib.NewEncoder(&buf).Encode(db))
	return buf.Bytes()
}

func keePassXMLFile() []byte {
	var buf bytes.Buffer
	buf.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><KeePassFile><Meta><Generator>KeePassXC</Generator></Meta><Root><Group><Name>Root</Name>`)
	for _, fields := range keePassFields() {
		buf.WriteString("<Entry>")
		for i := 0; i < len(fields); i += 2 {
			buf.WriteString(`<String><Key>` + fields[i] + `</Key><Value ProtectInMemory="True">`)
			must(0, xml.EscapeText(&buf, []byte(fields[i+1])))
			buf.WriteString(`</Value></String>`)
		}
		buf.WriteString("</Entry>")
	}
	buf.WriteString(`</Group></Root></KeePassFile>`)
	return buf.Bytes()
}

func keePassFixtures() []fixture {
	password := gokeepasslib.NewPasswordCredentials("test")
	both := must(gokeepasslib.NewPasswordAndKeyDataCredentials("test", []byte("a picture of a cat")))
	want := keePassStyles()
	return []fixture{
		{name: "KDBX 3.1", app: "keepass", in: Input{Data: keePassDatabase(gokeepasslib.WithDatabaseKDBXVersion3(), password)}, guard: Encrypted, want: want},
		{name: "KDBX 4", app: "keepass", in: Input{Data: keePassDatabase(gokeepasslib.WithDatabaseKDBXVersion4(), password)}, guard: Encrypted, want: want},
		{name: "key file", app: "keepass", in: Input{Data: keePassDatabase(gokeepasslib.WithDatabaseKDBXVersion4(), both)}, o: Options{KeyFile: []byte("a picture of a cat")}, guard: Encrypted, want: want},
		{name: "export", app: "keepass-xml", in: Input{Data: keePassXMLFile()}, guard: Plain, want: want},
	}
}

// A key file may be all that there is: with nobody to ask, and with somebody
// who gives an empty answer.
func TestKeePassKeyFileAlone(t *testing.T) {
	key := []byte("a picture of a cat")
	in := Input{Data: keePassDatabase(gokeepasslib.WithDatabaseKDBXVersion4(), must(gokeepasslib.NewKeyDataCredentials(key)))}
	checkAccounts(t, mustRead(t, in, "keepass", Options{KeyFile: key}), keePassStyles())
	o := withPassphrase("")
	o.KeyFile = key
	checkAccounts(t, mustRead(t, in, "keepass", o), keePassStyles())
}

func TestKeePassDetails(t *testing.T) {
	in := Input{Data: keePassDatabase(gokeepasslib.WithDatabaseKDBXVersion4(), gokeepasslib.NewPasswordCredentials("test"))}
	r := mustRead(t, in, "keepass", withPassphrase("test"))
	if len(r.Notes) != 1 || r.Notes[0] != "1 in the recycle bin left out" {
		t.Errorf("notes %q", r.Notes)
	}
	a := r.Entries[6].Account
	if len(a.Groups) != 1 || a.Groups[0] != "Work" || len(a.Tags) != 2 || a.Created == 0 || a.Type != account.TOTP {
		t.Errorf("details: %v %v %d", a.Groups, a.Tags, a.Created)
	}
}
