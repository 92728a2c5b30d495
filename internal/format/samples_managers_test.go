package format

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/crypt"
)

// inAnyOrder is for files that have none: a hash map.
func inAnyOrder(r Result) Result {
	slices.SortFunc(r.Entries, func(a, b Entry) int { return strings.Compare(line(a.Account), line(b.Account)) })
	return r
}

// setS is what the Stratum project's tests expect of other apps' files.
func setS() []account.Account {
	return []account.Account{
		acc(account.TOTP, "Standard", "Totp", "54VEGZFJHM3BGDONFERMPUOKNGDJETGM", account.SHA1, 6, 30, 0),
		acc(account.TOTP, "Long", "Period", "JGRMXBLPPYQIFMRBFQDHNP3MPPYQYNUN", account.SHA1, 6, 60, 0),
		acc(account.TOTP, "Many", "Digits", "WEV2GHDH4EAU7D5SZGCIQOFBNQ35EHBS", account.SHA1, 9, 30, 0),
		acc(account.TOTP, "", "NoIssuer", "KY2QJPMNQLSGSZE2C5F7AYBLBVEEDHFX", account.SHA1, 6, 30, 0),
		acc(account.TOTP, "Sha", "256", "RJNZJM7PAGJUBG32XHQWHFZVLYOMGIUQ", account.SHA256, 6, 30, 0),
		acc(account.TOTP, "Sha", "512", "UW33SR5O4EKTDXNCBBS5FSPUKAYXIWOH", account.SHA512, 6, 30, 0),
	}
}

// keePassS is set S as the Stratum project's KeePass databases have it.
func keePassS() []account.Account {
	return []account.Account{
		acc(account.TOTP, "Long", "Period", "JGRMXBLPPYQIFMRBFQDHNP3MPPYQYNUN", account.SHA1, 6, 60, 0),
		acc(account.TOTP, "Many", "Digits", "WEV2GHDH4EAU7D5SZGCIQOFBNQ35EHBS", account.SHA1, 9, 30, 0),
		acc(account.TOTP, "Sha", "256", "RJNZJM7PAGJUBG32XHQWHFZVLYOMGIUQ", account.SHA1, 6, 30, 0),
		acc(account.TOTP, "Sha", "512", "UW33SR5O4EKTDXNCBBS5FSPUKAYXIWOH", account.SHA512, 6, 30, 0),
		acc(account.TOTP, "Standard", "Totp", "54VEGZFJHM3BGDONFERMPUOKNGDJETGM", account.SHA1, 6, 30, 0),
		acc(account.TOTP, "No username", "", "KY2QJPMNQLSGSZE2C5F7AYBLBVEEDHFX", account.SHA1, 6, 30, 0),
		acc(account.Steam, "Steam", "steam", "Y2PO2DPO4AGBS2KQPO5ONQPEBAR2VKMF", account.SHA1, 5, 30, 0),
	}
}

// keePassStyles is one account for every way in which programs store a code in
// an entry. The key is that of RFC 4226.
func keePassStyles() []account.Account {
	const key, steamKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "63BEDWCQZKTQWPESARIERL5DTTQFCJTK"
	return []account.Account{
		acc(account.TOTP, "ACME", "jo", key, account.SHA1, 8, 30, 0),
		acc(account.Steam, "Steam", "jo", steamKey, account.SHA1, 5, 30, 0),
		acc(account.TOTP, "keeotp-query", "jo", key, account.SHA256, 8, 60, 0),
		acc(account.TOTP, "tray-30-6", "jo", key, account.SHA1, 6, 30, 0),
		acc(account.TOTP, "tray-seed-only-spaces", "jo", key, account.SHA1, 6, 30, 0),
		acc(account.Steam, "tray-steam", "jo", steamKey, account.SHA1, 5, 30, 0),
		acc(account.TOTP, "kp2-base32", "jo", key, account.SHA1, 6, 30, 0),
		acc(account.TOTP, "kp2-base32-full", "jo", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA", account.SHA256, 8, 60, 0),
		acc(account.TOTP, "kp2-utf8", "jo", key, account.SHA1, 6, 30, 0),
		acc(account.TOTP, "kp2-hex", "jo", key, account.SHA1, 8, 30, 0),
		acc(account.TOTP, "kp2-base64", "jo", key, account.SHA1, 6, 30, 0),
		acc(account.HOTP, "kp2-hotp", "jo", key, account.SHA1, 6, 0, 5),
	}
}

func rawTOTP(issuer, name, secret string) account.Account {
	a := account.New(account.TOTP, account.NewSecret([]byte(secret)))
	a.Issuer, a.Name = issuer, name
	return a
}

func sorted(accounts []account.Account) []account.Account {
	slices.SortFunc(accounts, func(a, b account.Account) int { return strings.Compare(line(a), line(b)) })
	return accounts
}

func TestSamplesOfManagers(t *testing.T) {
	const totp, hotp = account.TOTP, account.HOTP
	const rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	gauthV := []account.Account{
		acc(totp, "", "test2", "AEBAGBAFAYDQQCIK", account.SHA1, 6, 30, 0), acc(totp, "", "test1", "AAAQEAYEAUDAOCAJ", account.SHA1, 6, 30, 0),
		acc(totp, "test3", "testuser3", "AAAQEAYEAUDAOCAJ", account.SHA512, 8, 30, 0)}
	totpCLIV := []account.Account{acc(totp, "work", "github", rfc, account.SHA1, 6, 30, 0),
		acc(totp, "work", "aws", "5OM4WOOGPLQEF6UGN3CPEOOLWU", account.SHA256, 8, 60, 0)}
	nas := account.New(hotp, account.NewSecret([]byte("dhfv87ds")))
	nas.Issuer, nas.Name = "Heim-NAS", "max@mustermann.de"
	otpAuthV := []account.Account{rawTOTP("Facebook", "max@facebook.com", "abc123"), rawTOTP("Google", "max@mustermann.de", "def456"),
		rawTOTP("Dropbox", "max@mustermann.de", "ghi789"), rawTOTP("Evernote", "max@mustermann.de", "ksdjgfs"),
		rawTOTP("GitHub", "max@mustermann.de", "arti7ozouirhbc123"), nas}
	const scito = "7KSQL2JTUDIS5EF65KLMRQIIGY"
	const phoneFactor = "XHRHVLZKO5YARFKEH65RFC7NVOOQCZXNHSCB2Y32OCV32ITSQOVV3DSD"
	googleV := setV(1, 2, 3, 4, 5, 6) // the app stores no parameters
	for i := range googleV {
		googleV[i].Algorithm, googleV[i].Digits = account.SHA1, 6
		if googleV[i].Type == totp {
			googleV[i].Period = 30
		}
	}
	totpAuthV := setV(1, 2, 3) // all SHA1, names in lower case
	for i := range totpAuthV {
		totpAuthV[i].Algorithm, totpAuthV[i].Name = account.SHA1, strings.ToLower(totpAuthV[i].Name)
	}
	authyV := asPlainTOTP(setV(1, 2, 3)) // Authy stores no algorithm and no period
	authyV[1].Digits, authyV[2].Digits = 7, 8
	for _, c := range []struct {
		path, app, passphrase string
		want                  []account.Account
	}{
		{"freeotp/freeotp.xml", "freeotp", "", setV(6, 4, 3, 1)},
		{"freeotp-plus/freeotp_plus_internal.xml", "freeotp", "", setV(6, 5, 4, 3, 2, 1)},
		{"freeotp-plus/freeotp_plus.json", "freeotp-plus", "", setV(6, 5, 4, 3, 2, 1)},
		{"freeotp-plus/cotp_freeotp_plus_example1.json", "freeotp-plus", "", []account.Account{
			acc(totp, "Example2", "Label2", "AAAAAAAAAAAAAAAA", account.SHA1, 6, 30, 0),
			acc(totp, "Example1", "Label1", "AAAAAAAA", account.SHA256, 6, 30, 0)}},
		{"freeotp/cotp_freeotp.xml", "freeotp", "", []account.Account{
			acc(hotp, "", "HOTP1", "QEXCCTBU5DXXSFZQIYQAZ7BZUV5TM4EAXMDGSN4TPMR5BSFTFVEXWPMX", account.SHA1, 8, 0, 2),
			acc(totp, "", "TOTP1", "MC6SGRDYDMCZBEROCAESWB4KBNTGN76C3NPUNAZMIA5G2CNHRJBB7L6W", account.SHA1, 8, 30, 0),
			acc(totp, "", "TOTP256", "T2POIVOD6PZYO5YUNIULXIXB3SNXT4GYLSLO5FUNLIXOEMQHY2R6QAGB", account.SHA256, 8, 30, 0),
			acc(totp, "", "TOTP512", "3ZUNXX2SU6RZP4QFMS32YAILJFS2I2T2UZXYSHSX7IIMPAQZAC753NG2", account.SHA512, 6, 30, 0),
			acc(totp, "", "Test3", "XHRHVLZKO5YARFKEH65RFC7NVOOQCZXNHSCB2Y32OCV32ITSQOVV3DSD", account.SHA256, 8, 30, 0)}},
		{"freeotp-plus/cotp_freeotp_plus.json", "freeotp-plus", "", []account.Account{
			acc(totp, "", "{token.label}", "3ZUNXX2SU6RZP4QFMS32YAILJFS2I2T2UZXYSHSX7IIMPAQZAC753NG2", account.SHA512, 6, 30, 0),
			acc(totp, "", "{token.label}", "KHLV5C3XSZ5PTB465P3QIGL54NV4AJI65UWUQ4AVT2PA3FEGUWQ7YL2M", account.SHA256, 6, 30, 0),
			acc(totp, "", "{token.label}", "LRANDI4PC24GKTWNBPGM4SZS2EFR6I5T7HM4XGQT33CXHXBVX7PPPWA5", account.SHA1, 6, 30, 0),
			acc(hotp, "", "{token.label}", "3I3OXZS3A26GL5GGMSOUJTRZQYZHAVFOAEBDGLVH4PSBTWSVTAPUUYVO", account.SHA512, 6, 0, 5),
			acc(hotp, "", "{token.label}", "3C2ZSEZ4TCSMVESWTIMHHT4ZLAXZRJAC2PJ2SK4UEJQFWHJJY7XR6WYD", account.SHA256, 6, 0, 5),
			acc(hotp, "", "{token.label}", "Y4HEGAH3TWDIYZUSSEVQI7XXKUPXU2KOFGJ4FNE4GP6V67A44JMA4D7I", account.SHA1, 6, 0, 6)}},
		{"selfmade/totp-cli.credentials", "totp-cli", "test", totpCLIV},
		{"freeotp/freeotp_v2_api23.xml", "freeotp2", "test", setV(1, 2, 3, 4, 5, 6)},
		{"freeotp/freeotp_v2_api25.xml", "freeotp2", "test", setV(1, 2, 3, 4, 5, 6)},
		{"freeotp/freeotp_v2_api27.xml", "freeotp2", "test", setV(1, 2, 3, 4, 5, 6)},
		{"freeotp/freeotp_v2_api34.xml", "freeotp2", "test", setV(1, 2, 3, 4, 5, 6)},
		{"authy/authy_plain.xml", "authy", "", authyV},
		{"authy/authy_encrypted.xml", "authy", "testtest", authyV},
		{"authy/cotp_authy.xml", "authy", "", []account.Account{acc(totp, "", "Test", "TLQEUBNC4ENYRDMLM2ZMQPN7PE272AW7", account.SHA1, 6, 30, 0)}},
		{"battlenet/battle_net_authenticator.xml", "battlenet", "", []account.Account{
			acc(totp, "Battle.net", "US-2211-2050-3346", "BMGRXPGFARQQF4GMT25JATL2VYLAHDBI", account.SHA1, 8, 30, 0)}},
		{"totp-authenticator/totp_authenticator.bin", "totp-authenticator", "Testtest1", totpAuthV},
		{"totp-authenticator/totp_authenticator_internal.xml", "totp-authenticator", "", totpAuthV},
		{"lastpass/stratum_lastpass.json", "lastpass", "", setS()},
		{"duo/duo.json", "duo", "", []account.Account{
			acc(totp, "", "Mason", "4SJHB4GSD43FZBAI7C2HLRJGPQ", account.SHA1, 6, 30, 0),
			acc(hotp, "", "James", "YOOMIXWS5GN6RTBPUFFWKTW5M4", account.SHA1, 6, 0, 3)}},
		{"steam/steam.json", "steam", "", []account.Account{acc(account.Steam, "Steam", "Sophia", "JRZCL47CMXVOQMNPZR2F7J4RGI", account.SHA1, 5, 30, 0)}},
		{"steam/steam_old.json", "steam", "", []account.Account{acc(account.Steam, "Steam", "Sophia", "JRZCL47CMXVOQMNPZR2F7J4RGI", account.SHA1, 5, 30, 0)}},
		{"winauth/stratum_winauth.zip", "winauth", "test", []account.Account{acc(totp, "", "Authenticator", "TESTTESTTESTTESTTESQ", account.SHA1, 6, 30, 0)}},
		{"authenticator-plus/authenticator_plus.zip", "authenticator-plus", "testtesttest", setV()},
		{"selfmade/raivo_like.json", "raivo", "", setV(1, 2, 4)},
		{"selfmade/raivo_like_aes256.zip", "raivo", "test", setV(1, 2, 4)},
		{"keepass/keetraytotp_Test.kdbx", "keepass", "test", []account.Account{
			acc(totp, "Sample Entry #2", "Michael321", "JBSWY3DPEHPK3PXP", account.SHA1, 6, 30, 0),
			acc(totp, "Expired Entry", "Michael321", "JBSWY3DPEHPK3PXP", account.SHA1, 6, 30, 0)}},
		{"keepass/stratum_keepass.aes256.argon2d.kdbx", "keepass", "test", keePassS()},
		{"keepass/stratum_keepass.groups.kdbx", "keepass", "test", sorted(keePassS())},
		{"keepass/stratum_keepass.kdbx3.kdbx", "keepass", "test", nil}, // empty, as keepassxc-cli says too
		{"selfmade/keepass_totp_fields.kdbx", "keepass", "test", keePassStyles()},
		{"selfmade/keepass_totp_fields.source.xml", "keepass-xml", "", keePassStyles()},
		{"google-authenticator/google_authenticator.sqlite", "google-database", "", googleV},
		{"google-authenticator/cotp_gauth.sqlite3", "google-database", "", []account.Account{
			acc(totp, "", "SHA512 10", "V24KSXF7TXJFGCKG35ZHQVQB4XZK26XPD7UCXU5GXU3POBTXAFLD47SA", account.SHA1, 6, 30, 0),
			acc(totp, "", "SHA512", "V24KSXF7TXJFGCKG35ZHQVQB4XZK26XPD7UCXU5GXU3POBTXAFLD47SA", account.SHA1, 6, 30, 0)}},
		{"google-authenticator/scito_example_keepass_output.totp.csv", "csv", "", []account.Account{
			acc(totp, "raspberrypi", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0), acc(totp, "", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0),
			acc(totp, "", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0), acc(totp, "raspberrypi", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0),
			acc(totp, "", "encoding: ¿äÄéÉ? (demo)", scito, account.SHA1, 6, 30, 0)}},
		{"google-authenticator/scito_example_keepass_output.hotp.csv", "csv", "", []account.Account{acc(hotp, "", "hotp demo", scito, account.SHA1, 6, 0, 4)}},
		{"google-authenticator/scito_example_output.csv", "csv", "", []account.Account{
			acc(totp, "raspberrypi", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0), acc(totp, "", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0),
			acc(totp, "", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0), acc(totp, "raspberrypi", "pi@raspberrypi", scito, account.SHA1, 6, 30, 0),
			acc(hotp, "", "hotp demo", scito, account.SHA1, 6, 0, 4), acc(totp, "", "encoding: ¿äÄéÉ? (demo)", scito, account.SHA1, 6, 30, 0)}},
		{"microsoft-authenticator/microsoft_authenticator.sqlite", "microsoft", "", asPlainTOTP(setV())},
		{"microsoft-authenticator/cotp_PhoneFactor", "microsoft", "", []account.Account{
			acc(totp, "Test1", "Test1", phoneFactor, account.SHA1, 6, 30, 0),
			acc(totp, "Test2", "Test2", phoneFactor, account.SHA1, 6, 30, 0),
			acc(totp, "Test3", "Test3", phoneFactor, account.SHA1, 6, 30, 0)}},
		{"stratum/aegis_stratum_internal.db", "stratum-database", "", setV()},
		{"1password/1PasswordExport.1pux", "1password", "", []account.Account{
			acc(totp, "Login", "team@keepassxc.org", "DFDFDEF", account.SHA1, 6, 30, 0),
			acc(totp, "Login", "team@keepassxc.org", "DFDFDEFDEF", account.SHA1, 6, 30, 0)}},
		{"selfmade/rsc-2fa.dot2fa", "rsc-2fa", "", []account.Account{
			acc(totp, "", "github", rfc, account.SHA1, 6, 30, 0), acc(totp, "", "seven", rfc, account.SHA1, 7, 30, 0),
			acc(totp, "", "eight", "4SJHB4GSD43FZBAI7C2HLRJGPQ", account.SHA1, 8, 30, 0), acc(hotp, "", "counter", rfc, account.SHA1, 6, 0, 3)}},
		{"gauth/plaintext.csv", "gauth", "", gauthV},
		{"gauth/encrypted.csv", "gauth", "x", gauthV},
		{"selfmade/totp-cli.yaml", "totp-cli", "", totpCLIV},
		{"selfmade/totp-cli.dump.yaml", "totp-cli", "", totpCLIV},
		{"cotp/cotp_input.json", "cotp", "", []account.Account{
			acc(totp, "", "label1", "A7MES7UQ44SRYSGZOMZICLSKOXMHZEZ25U3CG5MIS3MNTDDLQV7W7I5ZAZOIYHYEM7CUXFRZG36WQZ7GY453WYXQTJNVSYS2TTVSYHEX2NOIAUQ65GL6EWYRZUMPTQ2L3KGIM2SPEVJMFA7C4V2HIUWJJBLSSD7H4VAQNGBR42IQU", account.SHA1, 6, 30, 0),
			acc(hotp, "ciccio", "label2", "EO2Q2L76QCOOKQENXAHLFBSYH3QDSJMRLK5MN4MPN6RFXJS2UU67P2JWATQ2H6HXDN66W4FQ4JAC4CQ", account.SHA256, 6, 0, 3)}},
		{"cotp/input_otp_uri.json", "cotp", "", []account.Account{acc(totp, "", "test", "AA", account.SHA1, 6, 30, 0)}},
		{"cotp/empty_database", "cotp", "12345678", nil},
		{"selfmade/otpclient_v1_made_by_spec.enc", "otpclient", "test", setV(1, 4, 2)},
		{"otp-auth-ios/account-1.1.otpauth", "otp-auth", "abc123", []account.Account{rawTOTP("GitHub", "max@mustermann.de", "arti7ozouirhbc123")}},
		{"otp-auth-ios/account-1.2.otpauth", "otp-auth", "abc123", []account.Account{rawTOTP("Facebook", "max@facebook.com", "abc123")}},
		{"otp-auth-ios/backup-1.0.otpauthdb", "otp-auth", "abc123", otpAuthV},
		{"otp-auth-ios/backup-1.1.otpauthdb", "otp-auth", "abc123", otpAuthV},
		{"freeotp/freeotp_v2_null_algo.xml", "freeotp2", "test", setV(1)},
	} {
		t.Run(c.path, func(t *testing.T) {
			o := withPassphrase(c.passphrase)
			o.Decrypt = func(ctx context.Context, data []byte) ([]byte, error) {
				return crypt.Decrypt(ctx, data, crypt.Keys{Passphrase: []byte(c.passphrase)})
			}
			r := mustRead(t, sample(t, c.path), c.app, o)
			if c.app == "freeotp2" || strings.Contains(c.path, ".groups.") {
				r, c.want = inAnyOrder(r), sorted(c.want)
			}
			checkAccounts(t, r, c.want)
		})
	}
}
