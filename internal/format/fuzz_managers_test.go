package format

import (
	"context"
	"testing"
)

// Each target begins with the fixtures of its app and checks checkProperties,
// and that reading twice gives the same. Where the file itself says how long its
// key derivation takes, no passphrase is given: a mutation can ask for seconds.
// What is behind it is read by another target, or has no parser of its own.

func FuzzKeePass(f *testing.F)         { fuzzManager(f, "keepass", Options{}) }
func FuzzKeePassXML(f *testing.F)      { fuzzManager(f, "keepass-xml", Options{}) }
func FuzzKeePassXCCSV(f *testing.F)    { fuzzManager(f, "keepassxc-csv", Options{}) }
func FuzzCSV(f *testing.F)             { fuzzManager(f, "csv", Options{}) }
func FuzzOnePassword(f *testing.F)     { fuzzManager(f, "1password", Options{}) }
func FuzzGoogleDatabase(f *testing.F)  { fuzzManager(f, "google-database", Options{}) }
func FuzzMicrosoft(f *testing.F)       { fuzzManager(f, "microsoft", Options{}) }
func FuzzStratumDatabase(f *testing.F) { fuzzManager(f, "stratum-database", Options{}) }
func FuzzRaivo(f *testing.F)           { fuzzManager(f, "raivo", withPassphrase("test")) }
func FuzzWinAuth(f *testing.F)         { fuzzManager(f, "winauth", withPassphrase("test")) }
func FuzzAuthenticatorPlus(f *testing.F) {
	fuzzManager(f, "authenticator-plus", withPassphrase("test"))
}
func FuzzOTPAuthIOS(f *testing.F) { fuzzManager(f, "otp-auth", withPassphrase("test")) }
func FuzzBrowserExtension(f *testing.F) {
	fuzzManager(f, "authenticator-extension", withPassphrase("test"))
}
func FuzzFreeOTP(f *testing.F)     { fuzzManager(f, "freeotp", Options{}) }
func FuzzFreeOTPPlus(f *testing.F) { fuzzManager(f, "freeotp-plus", Options{}) }
func FuzzFreeOTP2(f *testing.F)    { fuzzManager(f, "freeotp2", Options{}) }
func FuzzAuthy(f *testing.F)       { fuzzManager(f, "authy", Options{}) }
func FuzzBattleNet(f *testing.F)   { fuzzManager(f, "battlenet", Options{}) }
func FuzzTOTPAuthenticator(f *testing.F) {
	fuzzManager(f, "totp-authenticator", withPassphrase("test"))
}
func FuzzCotp(f *testing.F)      { fuzzManager(f, "cotp", Options{}) }
func FuzzOTPClient(f *testing.F) { fuzzManager(f, "otpclient", Options{}) }
func FuzzTOTPCLI(f *testing.F)   { fuzzManager(f, "totp-cli", Options{}) }
func FuzzRSC2FA(f *testing.F)    { fuzzManager(f, "rsc-2fa", Options{}) }
func FuzzGauth(f *testing.F)     { fuzzManager(f, "gauth", withPassphrase("test")) }
func FuzzLastPass(f *testing.F)  { fuzzManager(f, "lastpass", Options{}) }
func FuzzDuo(f *testing.F)       { fuzzManager(f, "duo", Options{}) }
func FuzzTwoFAuth(f *testing.F)  { fuzzManager(f, "2fauth", Options{}) }
func FuzzSteam(f *testing.F)     { fuzzManager(f, "steam", Options{}) }

func FuzzEnpass(f *testing.F)     { fuzzManager(f, "enpass", Options{}) }
func FuzzKeeper(f *testing.F)     { fuzzManager(f, "keeper", Options{}) }
func FuzzPassman(f *testing.F)    { fuzzManager(f, "passman", Options{}) }
func FuzzCXF(f *testing.F)        { fuzzManager(f, "cxf", Options{}) }
func FuzzOTPManager(f *testing.F) { fuzzManager(f, "otp-manager", withPassphrase("test")) }

// FuzzPass fuzzes one file of a store.
func FuzzPass(f *testing.F) {
	f.Add([]byte("password\notpauth://totp/a:b?secret=" + rfcKey))
	f.Add([]byte("x\ntotp: " + rfcKey + "\notpauth: //hotp/a?secret=" + rfcKey + "&counter=1\nhotp: x"))
	o := Options{Decrypt: func(_ context.Context, data []byte) ([]byte, error) { return data, nil }}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := readPassStore(context.Background(), Input{Files: map[string][]byte{"a/b/c.gpg": data}}, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Entries {
			if (e.Err == nil) != (e.Account.Validate() == nil) {
				t.Errorf("%v, %v", e.Err, e.Account.Validate())
			}
		}
	})
}

func fuzzManager(f *testing.F, id string, o Options) {
	app, ok := ByID(id)
	if !ok {
		f.Fatalf("there is no app %q", id)
	}
	for _, x := range fixtures() {
		if x.app == id && len(x.in.Data) > 0 {
			f.Add(x.in.Data)
		}
	}
	o.Now = testNow
	f.Fuzz(func(t *testing.T, data []byte) {
		in := Input{Data: data}
		checkProperties(t, app, in, o)
		first, err := app.Read(context.Background(), in, o)
		if err != nil {
			return
		}
		second, err := app.Read(context.Background(), in, o)
		if err != nil || len(first.Entries) != len(second.Entries) {
			t.Fatalf("the second time: %v", err)
		}
		for i, e := range first.Entries {
			if line(e.Account) != line(second.Entries[i].Account) {
				t.Fatalf("entry %d is another one the second time", i+1)
			}
		}
	})
}
