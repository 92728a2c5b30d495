package format

import (
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
	} {
		t.Run(c.path, func(t *testing.T) {
			checkAccounts(t, mustRead(t, sample(t, c.path), c.app, withPassphrase(c.passphrase)), c.want)
		})
	}
}
