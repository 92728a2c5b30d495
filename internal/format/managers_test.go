package format

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

func enpassFile(items string) string {
	return `{"folders":[{"uuid":"f1","title":"Work","parent_uuid":""},{"uuid":"f2","title":"Ops","parent_uuid":"f1"}],"items":[` + items + `]}`
}

func enpassEntry(title, fields string) string {
	return `{"uuid":"u","title":"` + title + `","subtitle":"sub","category":"login","template_type":"login.default","note":"n","favorite":1,"archived":0,"trashed":1,"createdAt":1700000000,"updated_at":1700000001,"folders":["f2"],"fields":[` + fields + `]}`
}

func keeperFile(fields string) string {
	return `{"shared_folders":[],"records":[{"title":"Shop","uid":"1","$type":"login","login":"jo","notes":"n","last_modified":1700000000,"custom_fields":{` + fields + `},"schema":["$oneTimeCode::1"],"folders":[{"folder":"Work\\Ops\\\\Dev"},{"shared_folder":"All"}]}]}`
}

func cxfFile(collections, items string) string {
	return `{"version":{"major":1,"minor":0},"exporterRpId":"a.example","exporterDisplayName":"A","timestamp":1767225600,"accounts":[` + cxfBare(collections, items) + `]}`
}

func cxfBare(collections, items string) string {
	return `{"id":"AQ","username":"","email":"me@a.example","collections":[` + collections + `],"items":[` + items + `]}`
}

func cxfEntry(title, credentials string) string {
	return `{"id":"CQ","title":"` + title + `","creationAt":1700000000,"favorite":true,"tags":["dev"],"scope":{"urls":["www.shop.example/login"],"androidApps":[]},"credentials":[{"type":"passkey","username":"k","fields":7},` + credentials + `,{"type":"basic-auth","username":{"id":null,"fieldType":"string","value":"jo","label":null},"password":{"fieldType":"concealed-string","value":"pw"}},{"type":"note","content":{"fieldType":"string","value":"n"}}]}`
}

func cxfCode(members string) string {
	return `{"type":"totp","secret":"` + rfcKey + `"` + members + `}`
}

// otpManagerFile is sealed with the passphrase "test", as the app does it.
func otpManagerFile(secrets ...string) string {
	iv := strings.Repeat("01", 16)
	key := sha256.Sum256([]byte("test"))
	accounts := make([]string, len(secrets))
	for i, s := range secrets {
		sealed := must(sealCBC(key[:], must(hex.DecodeString(iv)), []byte(s)))
		accounts[i] = fmt.Sprintf(`{"secret":"%s","name":"a%d","issuer":"b","digits":6,"type":"totp","period":30,"algorithm":"SHA1","counter":null,"icon":"default"}`, toBase64(sealed), i)
	}
	return `{"accounts":[` + strings.Join(accounts, ",") + `],"iv":"` + iv + `"}`
}

func managerFixtures() []fixture {
	one := func(name, app, data string, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: []byte(data)}, guard: Plain, want: want}
	}
	const s = rfcKey
	link := `otpauth://totp/Own:ann?secret=` + s + `&issuer=Own&digits=8`
	own := acc(account.TOTP, "Own", "ann", s, account.SHA1, 8, 30, 0)
	inZip := one("in its archive", "cxf", "", plainTOTP("Shop", "jo"))
	inZip.in.Data = zipped(0, "export/x.json", cxfFile("", cxfEntry("Shop", cxfCode(""))))
	sealed := one("encrypted", "otp-manager", otpManagerFile(s), plainTOTP("b", "a0"))
	sealed.guard = Weak
	return []fixture{
		one("fields", "enpass", enpassFile(enpassEntry("Shop", `{"type":"email","value":"jo@example.com"},{"type":"username","value":"jo"},{"type":"totp","label":"One-time code","value":"`+strings.ToLower(s[:4]+" "+s[4:])+`"},{"type":"totp","value":""},{"type":"totp","value":"AAAA","deleted":1},{"type":"text","value":"`+link+`"}`)+`,{"uuid":"x","title":"No code","category":"note"}`),
			plainTOTP("Shop", "jo"), own),
		one("without folders", "enpass", `{"items":[`+enpassEntry("Shop", `{"type":"totp","value":"`+s+`"}`)+`]}`, plainTOTP("Shop", "sub")),
		one("codes", "keeper", keeperFile(`"$oneTimeCode":["otpauth://totp/?secret=`+s+`&issuer=","`+link+`"],"$oneTimeCode:second":"`+s+`","TFC:Keeper":"`+s+`","$name":{"first":"x"},"Link":"`+link+`"`),
			plainTOTP("Shop", "jo"), own, plainTOTP("Shop", "jo"), own, plainTOTP("Shop", "jo")),
		one("codes", "passman", `[{"guid":"g","label":"none","username":"x","otp":[],"custom_fields":[]},{"label":"Shop","username":"jo","description":"n","tags":[{"text":"t"},"u"],"delete_time":0,"otp":{"type":"totp","label":"Own:ann","issuer":"Own","secret":"`+s+`","digits":"8","period":30},"custom_fields":[{"label":"2","value":"`+link+`"}]},{"label":"Shop","username":null,"email":"jo@example.com","otp":{"label":"Shop","secret":"`+s+`"},"custom_fields":null}]`,
			own, own, plainTOTP("Shop", "jo@example.com")),
		one("plain", "otp-manager", `{"accounts":[{"secret":"`+s+`","name":"ann","issuer":"GitHub","digits":"8","type":"totp","period":"60","algorithm":"SHA256","icon":"x"},{"secret":"`+s+`","name":"a","issuer":"b","digits":6,"type":1,"period":30,"algorithm":2,"counter":7}]}`,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "b", "a", s, account.SHA512, 6, 0, 7)),
		sealed,
		one("with a header", "cxf", cxfFile(`{"id":"B","title":"Work","items":[],"subCollections":[{"id":"C","title":"Ops","items":[{"item":"CQ"}]}]}`,
			cxfEntry("Shop", cxfCode(`,"period":300,"digits":8,"algorithm":"sha512","issuer":"Own","username":"ann"`)+`,`+cxfCode(`,"algorithm":"steam"`))),
			acc(account.TOTP, "Own", "ann", s, account.SHA512, 8, 300, 0), acc(account.Steam, "Shop", "jo", s, account.SHA1, 5, 30, 0)),
		one("a bare account without title", "cxf", cxfBare("", cxfEntry("", cxfCode(""))), plainTOTP("shop.example", "jo")),
		one("1Password's fields", "cxf", cxfBare("", cxfEntry("Shop", `{"type":"custom-fields","label":"","fields":[{"id":null,"fieldType":"string","value":"https://shop.example"},{"id":"VE9UUF9B","fieldType":"string","label":"one-time password","value":"`+s+`"},{"fieldType":"string","value":"`+link+`"},{"fieldType":"boolean","value":true}]}`)),
			plainTOTP("Shop", "jo"), own),
		inZip,
	}
}

// What an item says besides its code.
func TestManagersKeepWhatIsAround(t *testing.T) {
	for _, f := range managerFixtures() {
		r := mustRead(t, f.in, f.app, f.options())
		for _, e := range r.Entries {
			a := e.Account
			got := fmt.Sprint(a.Note, a.Groups, a.Tags, a.Favourite, a.Trashed, a.Created, a.Updated, r.Notes)
			want, known := map[string]string{
				"enpass fields":     "n[Work/Ops] [] true true 1700000000000 1700000001000 [1 item without a one-time code left out]",
				"keeper codes":      `n[Work/Ops\Dev All] [] false false 0 1700000000000 []`,
				"cxf with a header": "n[Work/Ops] [dev] true false 1700000000000 0 []",
			}[f.app+" "+f.name]
			if known && got != want {
				t.Errorf("%s %s\n got %s\nwant %s", f.app, f.name, got, want)
			}
		}
	}
}

func TestCXFRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"another version": {strings.Replace(cxfFile("", ""), `"major":1`, `"major":2`, 1), ErrUnsupported},
		"a draft":         {strings.Replace(cxfFile("", ""), `{"major":1,"minor":0}`, `0`, 1), ErrUnsupported},
		"an answer":       {`{"version":0,"hpke":[{"mode":"base"}],"payload":"AAAA"}`, ErrUnsupported},
		"an archive":      {string(zipped(0, "CXP-Export/index.jwe", "x")), ErrUnsupported},
	} {
		if _, app, err := Read(t.Context(), Input{Data: []byte(c.data)}, "", Options{}); app.ID != "cxf" || !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v", name, app.ID, err)
		}
	}
	for _, odd := range []string{`,"algorithm":"md5"`, `,"algorithm":""`, `,"algorithm":"sha3"`, `,"digits":"x"`, `,"period":0`, `,"period":1e9`, `,"secret2":1,"digits":11`} {
		r := mustRead(t, Input{Data: []byte(cxfFile("", cxfEntry("Shop", cxfCode(odd)+","+cxfCode(""))))}, "cxf", Options{})
		if len(r.Entries) != 2 || r.Entries[0].Err == nil || r.Entries[1].Err != nil || r.Entries[0].Label != "Shop (jo)" {
			t.Errorf("%s: %+v", odd, r.Entries)
		}
	}
	if r := mustRead(t, Input{Data: []byte(cxfFile("", ""))}, "cxf", Options{}); len(r.Entries) != 0 {
		t.Errorf("an empty one: %v", r.Entries)
	}
}

func TestCXFTimes(t *testing.T) {
	now := time.Date(2025, 9, 4, 0, 0, 0, 0, time.UTC)
	for seconds, want := range map[string]int64{"2735237468": 1756930268000, "-11644473600": 0, "1700000000": 1700000000000, "99999999999999999999": 0, "9999999999": 0} {
		if got := cxfTime(looseInt{seconds}, now); got != want {
			t.Errorf("%s: %d, want %d", seconds, got, want)
		}
	}
}

// A wrong passphrase is told apart from one damaged secret.
func TestOTPManagerDamage(t *testing.T) {
	data := strings.Replace(otpManagerFile(rfcKey, rfcKey), `"secret":"`, `"secret":"AAAAAAAAAAAAAAAAAAAAAAAA`, 1)
	r := mustRead(t, Input{Data: []byte(data)}, "otp-manager", withPassphrase("test"))
	if len(r.Entries) != 2 || r.Entries[0].Err == nil || r.Entries[1].Err != nil {
		t.Errorf("%+v", r.Entries)
	}
	for _, bad := range []string{"", "0102"} {
		bad := strings.Replace(data, strings.Repeat("01", 16), bad, 1)
		if r, _, err := Read(t.Context(), Input{Data: []byte(bad)}, "", withPassphrase("test")); err == nil && r.Entries[1].Err == nil {
			t.Errorf("iv %q is taken", bad)
		}
	}
}

// A folder can say that it is inside itself, and have the name of a book.
func TestFoldersWithoutEnd(t *testing.T) {
	paths := enpassPaths([]enpassFolder{{"a", "b", "A"}, {"b", "a", "B"}, {"c", "c", "C"}, {"d", "e", "D"}, {"e", "", strings.Repeat("x", 600)}})
	if got := strings.Join([]string{paths["a"], paths["b"], paths["c"], paths["d"]}, " "); got != "B/A A/B C D" {
		t.Errorf("%s", got)
	}
}

func TestIssuerInTheLabelToo(t *testing.T) {
	for label, want := range map[string]string{"My Shop:jo@example.com": "jo@example.com", "my shop: jo": "jo", "jo": "jo", "Other:jo": "Other:jo", "My Shop:": "My Shop:"} {
		entry := `{"secret":"` + oddSecret + `","issuer":"My Shop","label":"` + label + `","digits":6,"type":"TOTP","period":30,`
		for app, data := range map[string]string{"andotp": `[` + entry + `"algorithm":"SHA1"}]`, "otpclient": `[` + entry + `"algo":"SHA1"}]`, "cotp": `{"version":2,"elements":[` + entry + `"algorithm":"SHA1"}]}`} {
			checkAccounts(t, mustRead(t, Input{Data: []byte(data)}, app, Options{}), []account.Account{acc(account.TOTP, "My Shop", want, oddSecret, account.SHA1, 6, 30, 0)})
		}
	}
}

// The first item says what the file is, and need not have a code.
func TestManagersWhoseFirstItemHasNoCode(t *testing.T) {
	for app, data := range map[string]string{
		"enpass":  `{"items":[{"uuid":"n","title":"a","category":"note","fields":[]}],"folders":[]}`,
		"keeper":  `{"records":[{"title":"a","login":"b","login_url":"c"}]}`,
		"passman": `[{"credential_id":1,"guid":"g","label":"a","username":"b"}]`,
		"cxf":     `{"accounts":[{"items":[],"collections":[]}],"version":{"major":1,"minor":1}}`,
	} {
		if r := mustRead(t, Input{Data: []byte(data)}, app, Options{}); len(r.Entries) != 0 {
			t.Errorf("%s: %v", app, r.Entries)
		}
	}
}

func TestOwnVaultsAreNamed(t *testing.T) {
	for name, in := range map[string]Input{
		"OPVault":        {Files: map[string][]byte{"default/profile.js": []byte(`var profile={"salt":"x"};`), "default/band_A.js": []byte(`ld({});`)}},
		"Agile Keychain": {Files: map[string][]byte{"data/default/encryptionKeys.js": []byte(`{"SL3":"x"}`)}},
		"profile":        {Data: []byte(`var profile={"salt":"x"};`)},
		"band":           {Data: []byte(`ld({"A":{}});`)},
	} {
		if _, app, err := Read(t.Context(), in, "", Options{}); app.ID != "1password" || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %q, %v", name, app.ID, err)
		}
	}
	for data, want := range map[string]string{
		"PWS3abc": "Password Safe", "b~>buttercup/a": "Buttercup", "kych\x00": "keychain", "\x78\x9f\x3e\x22": "Outlook",
		`{"kdf":"x","keyParams":{},"encryptionParams":{}}`:          "Padloc",
		`{"role":"codes","encrypted":true,"codes":"x","version":3}`: "Authme", `{"AUTHENTIFIANT":[]}`: "Dashlane",
	} {
		if what, _ := Foreign([]byte(data)); !strings.Contains(what, want) {
			t.Errorf("%q is called %q", data, what)
		}
	}
}

func TestPassLinksBehindAnyKey(t *testing.T) {
	link := "otpauth://totp/Own:ann?secret=" + rfcKey + "&issuer=Own"
	for name, c := range map[string]struct {
		file, text string
		want       account.Account
	}{
		"otpauth key": {"web/shop/jo", "pw\notpauth: " + link, plainTOTP("Own", "ann")},
		"url key":     {"web/shop/jo", "pw\nurl: https://shop.example\nurl: " + link, plainTOTP("Own", "ann")},
		"2fa key":     {"web/shop/jo", "pw\n2FA: " + link, plainTOTP("Own", "ann")},
		"totp-cli":    {"2fa/shop/code", strings.ToLower(rfcKey) + "\nDigits: 8\n", acc(account.TOTP, "shop", "", rfcKey, account.SHA1, 8, 30, 0)},
		"deeper":      {"mine/2fa/shop/code", rfcKey, plainTOTP("shop", "")},
		"its link":    {"2fa/shop/code", "otpauth://totp/?secret=" + rfcKey, plainTOTP("shop", "")},
	} {
		in := Input{Files: map[string][]byte{".gpg-id": nil, c.file + ".gpg": []byte(c.text)}}
		o := Options{Decrypt: func(_ context.Context, data []byte) ([]byte, error) { return data, nil }}
		r := mustRead(t, in, "pass", o)
		t.Log(name)
		checkAccounts(t, r, []account.Account{c.want})
	}
}

func zipOfJSON(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range n {
		w, _ := z.Create(fmt.Sprintf("%d.json", i))
		_, _ = w.Write(bytes.Repeat([]byte(" "), 60<<10))
	}
	_ = z.Close()
	return out.Bytes()
}

// Detection unpacks no more of an archive than any reader may.
func TestCXFLooksAtSoMuchOfAnArchive(t *testing.T) {
	if data, err := cxfText(Input{Data: zipOfJSON(t, maxZipEntries)}); data != nil || !errors.Is(err, ErrDamaged) {
		t.Error("an export was found in blanks")
	}
}
