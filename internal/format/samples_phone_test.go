package format

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// Files that the apps themselves wrote, with the accounts that their projects'
// own tests state.
func TestSamplesOfPhoneApps(t *testing.T) {
	schema2 := setV(1, 3, 4, 6) // it has no types: the two counter-based ones look like time-based ones
	for i := 2; i < 4; i++ {
		schema2[i].Type, schema2[i].Period, schema2[i].Counter = account.TOTP, 30, 0
	}
	for _, c := range []struct {
		path, app, passphrase string
		want                  []account.Account
	}{
		{"aegis/aegis_plain.json", "aegis", "", setV()},
		{"aegis/aegis_encrypted.json", "aegis", "test", setV()},
		{"aegis/aegis_plain_grouped_v2.json", "aegis", "", setV()},
		{"selfmade/otpclient314_aegis_export_plain.json", "aegis", "", setV(1, 4, 2)},
		{"2fas/2fas_authenticator.json", "2fas", "", asPlainTOTP(setV(1, 2, 3, 4, 5, 6))},
		{"2fas/2fas_authenticator_plain.2fas", "2fas", "", schema2},
		{"2fas/2fas_authenticator_plain_v3.2fas", "2fas", "", setV(1, 2, 3, 4, 5, 6)},
		{"2fas/2fas_authenticator_plain_v4.2fas", "2fas", "", setV(1, 4, 5, 6, 7)},
		{"2fas/2fas_authenticator_encrypted.2fas", "2fas", "test", schema2},
		{"2fas/2fas_authenticator_encrypted_v3.2fas", "2fas", "test", setV(1, 2, 3, 4, 5, 6)},
		{"2fas/2fas_authenticator_encrypted_v4.2fas", "2fas", "test", setV(1, 4, 5, 6, 7)},
		{"stratum/aegis_stratum_plain.json", "stratum", "", setV()},
		{"stratum/aegis_stratum_encrypted.bin", "stratum", "test", setV()},
		{"stratum/aegis_stratum_encrypted_legacy.bin", "stratum", "test", setV()},
		{"andotp/andotp_plain.json", "andotp", "", setV()},
		{"andotp/andotp_encrypted.bin", "andotp", "test", setV()},
		{"andotp/andotp_encrypted_old.bin", "andotp", "test", setV(1, 2, 3, 4, 5, 6)},
		{"selfmade/otpclient314_andotp_exports.json", "andotp", "", setV(1, 4, 2)},
		{"selfmade/otpclient314_andotp_exports.json.aes", "andotp", "test", setV(1, 4, 2)},
		{"ente/aegis_ente_auth.txt", "ente", "", setV(5, 3, 7, 1, 4, 2, 6)},
		{"otpauth-uri/aegis_plain.txt", "uri", "", setV()},
		{"google-authenticator/scito_example_export.txt", "google-authenticator", "", scito()},
		{"google-authenticator/scito_url_list_output.txt", "uri", "", scitoLinks()},
		{"google-authenticator/scito_test_export_wrong_prefix.txt", "google-authenticator", "", scito()[:1]},
		{"google-authenticator/scito_example_export_only_totp.txt", "google-authenticator", "", append(scito()[:4], scito()[5])},
		{"proton-authenticator/aegis_proton_authenticator.json", "proton", "", setV(1, 2, 3)},
		{"proton-authenticator/ente_proton_authenticator_backup.json", "proton", "", proton4()},
		{"proton-authenticator/ente_proton_authenticator_backup_encrypted_1231246.json", "proton", "1231246", proton4()},
		{"bitwarden/aegis_bitwarden.json", "bitwarden", "", bitwarden4()},
		{"bitwarden/keepassxc_bitwarden_encrypted_argon2id_export.json", "bitwarden", "a", keepassxcBitwarden()},
		{"bitwarden/keepassxc_bitwarden_encrypted_export.json", "bitwarden", "a", keepassxcBitwarden()},
		{"ente/proton_encrypted.lowcomplexity.txt", "ente", "password", enteByProton()},
		{"bitwarden/stratum_bitwarden.encrypted.pbkdf2.json", "bitwarden", "rud9^5S6$^Ewmr%d", stratumBitwarden()},
		{"bitwarden/keepassxc_bitwarden_export.json", "bitwarden", "", []account.Account{totp("Google", "myusername@gmail.com", "DFDFDEF")}},
		{"google-authenticator/scito_test_plus_problem_export.txt", "google-authenticator", "", serenity()},
		{"selfmade/otpclient314_freeotpplus-exports.txt", "uri", "", setV(1, 4, 2)},
	} {
		t.Run(c.path, func(t *testing.T) {
			checkAccounts(t, mustRead(t, sample(t, c.path), c.app, withPassphrase(c.passphrase)), c.want)
		})
	}
}

// totp is an account with the usual parameters.
func totp(issuer, name, secret string) account.Account {
	return acc(account.TOTP, issuer, name, secret, account.SHA1, 6, 30, 0)
}

func scito() []account.Account {
	const secret = "7KSQL2JTUDIS5EF65KLMRQIIGY"
	return []account.Account{
		totp("raspberrypi", "pi@raspberrypi", secret), totp("", "pi@raspberrypi", secret),
		totp("", "pi@raspberrypi", secret), totp("raspberrypi", "pi@raspberrypi", secret),
		acc(account.HOTP, "", "hotp demo", secret, account.SHA1, 6, 0, 4),
		totp("", "encoding: ¿äÄéÉ? (demo)", secret),
	}
}

// scitoLinks: in a link without an issuer parameter the first colon parts.
func scitoLinks() []account.Account {
	a := scito()
	a[5].Issuer, a[5].Name = "encoding", "¿äÄéÉ? (demo)"
	return a
}

func serenity() []account.Account {
	var list []account.Account
	for i, secret := range []string{"A4RFDYMF4GSLUIBQV4ZP67OJEZ2XUQVM", "SCDDZ7PW5MOZLE3PQCAZM7L4S35K3UDX", "TR76272RVYO6EAEY2FX7W7R7KUDEGPJ4", "N2ILWSXSJUQUB7S6NONPJSC62NPG7EXN"} {
		list = append(list, totp("SerenityLabs", fmt.Sprintf("test%d@serenitylabs.co.uk", i+1), secret))
	}
	return list
}

func proton4() []account.Account {
	return []account.Account{
		totp(".env", "example@ente.io", "MI4GCOJSGIZTKLJSGMZWKLJUGEZDQLJYG5STILJSMUYDIYTCMQ3TSOJRGI"),
		totp("/e/", "cool@ente.com", "554VBDOGJRLDG2JV"),
		totp("ente", "simple@ente.sh", "PIBTGMBYQYVSLN5PVZYQUTKYHOBRYYT7"),
		totp("reddit", "r@ente.com", "J4YFC3TZKVYWCVCNIVBWIV2GHFAXUNDF"),
	}
}

func bitwarden4() []account.Account {
	a := setV(1, 2, 3, 7)
	a[3].Issuer, a[3].Name = "Test Steam", "" // steam:// has no names, so the item's counts
	return a
}

func keepassxcBitwarden() []account.Account {
	return []account.Account{totp("KeePassXC", "keepassxc", "fsfsfsfsefefef")}
}

func stratumBitwarden() []account.Account {
	return []account.Account{
		acc(account.TOTP, "Long", "Period", "JGRMXBLPPYQIFMRBFQDHNP3MPPYQYNUN", account.SHA1, 6, 60, 0),
		acc(account.TOTP, "Many", "Digits", "WEV2GHDH4EAU7D5SZGCIQOFBNQ35EHBS", account.SHA1, 9, 30, 0),
		totp("NoIssuer", "NoIssuer", "KY2QJPMNQLSGSZE2C5F7AYBLBVEEDHFX"),
		totp("Secret", "Only", "JOR2VZXMNHACFNLRAOACFFRDRYAOFMLB"),
		acc(account.TOTP, "Sha", "256", "RJNZJM7PAGJUBG32XHQWHFZVLYOMGIUQ", account.SHA256, 6, 30, 0),
		acc(account.TOTP, "Sha", "512", "UW33SR5O4EKTDXNCBBS5FSPUKAYXIWOH", account.SHA512, 6, 30, 0),
		totp("Standard", "Totp", "54VEGZFJHM3BGDONFERMPUOKNGDJETGM"),
		acc(account.Steam, "Steam", "john@example.com", "GJD4ZX3RQMLCAXKCT7GGQ4U27VN4FPK6", account.SHA1, 5, 30, 0),
	}
}

func enteByProton() []account.Account {
	return []account.Account{
		acc(account.HOTP, "dfdf", "adfasdf", "ASDFADA", account.SHA1, 6, 0, 1),
		acc(account.TOTP, "issuertest", "accountest", "SECRETDATA", account.SHA256, 6, 30, 0),
		acc(account.Steam, "steam", "steam", "AAAAAAAA", account.SHA1, 5, 30, 0),
	}
}

// Its project counts seven accounts and one that is malformed on purpose.
func TestSampleOfProtonPass(t *testing.T) {
	r := mustRead(t, sample(t, "proton-pass/PassExport.zip"), "proton-pass", Options{})
	last := len(r.Entries) - 1
	if last != 7 || r.Entries[last].Err == nil {
		t.Fatalf("%d entries, the last with error %v", len(r.Entries), r.Entries[last].Err)
	}
	r.Entries = r.Entries[:last]
	checkAccounts(t, r, []account.Account{
		totp("Main TOTP (only secret)", "ausername", "K5UHSIDBOJSSA6LPOUQHAZLFNNUW4ZY"),
		acc(account.TOTP, "MYISSUER", "MYLABEL", "JV4VGZLDOJSXIMJSGM2DKNQ", account.SHA256, 8, 15, 0),
		totp("Only custom fields", "TOTP 1", "IN2XG5DPNVDGSZLMMQYQ"),
		totp("Only custom fields", "TOTP2", "IN2XG5DPNVDGSZLMMQZA"),
		totp("Main TOTP and custom fields", "", "JVQWS3SUJ5KFA"),
		totp("Main TOTP and custom fields", "TOTP 1", "IN2XG5DPNVDGSZLMMQYQ"),
		totp("Main TOTP and custom fields", "TOTP 2", "IN2XG5DPNVDGSZLMMQZA"),
	})
}

func TestSamplesThatMustBeRefused(t *testing.T) {
	for _, c := range []struct {
		path string
		want error
		says string
	}{
		{"bitwarden/stratum_bitwarden.encrypted.accountrestricted.json", ErrUnsupported, "Password protected"},
		{"google-authenticator/scito_only_comments.txt", ErrNotRecognised, ""},
		{"google-authenticator/scito_test_export_wrong_content.txt", ErrNotRecognised, ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			_, _, err := Read(context.Background(), sample(t, c.path), "", withPassphrase("x"))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	r := mustRead(t, sample(t, "google-authenticator/scito_test_export_wrong_data.txt"), "google-authenticator", Options{})
	if len(r.Entries) != 1 || r.Entries[0].Err == nil {
		t.Errorf("a damaged link gave %v", r.Entries)
	}
}
