package format

import (
	"errors"
	"strings"
	"testing"
)

// FreeOTP 2 keeps the secrets under a key that does not leave the phone: its two
// files of settings are of no use, so the message names the backup to make.
func TestFreeOTPInnerStoreNamesTheBackup(t *testing.T) {
	for name, settings := range map[string]string{
		"tokens": `<string name="tokenOrder">["u1"]</string><string name="u1-token">{"algo":"SHA1","digits":6,"issuerExt":"b","label":"a","period":30,"type":"TOTP"}</string>`,
		"keys":   `<string name="u1">{"key":"{\&quot;mCipher\&quot;:\&quot;AES/GCM/NoPadding\&quot;,\&quot;mCipherText\&quot;:[1,2]}"}</string>`,
	} {
		file := `<?xml version="1.0" encoding="utf-8"?><map>` + settings + `</map>`
		_, app, err := Read(t.Context(), Input{Data: []byte(file)}, "", Options{})
		if app.ID != "freeotp" || !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "menu > Backup") {
			t.Errorf("%s: %q, %v", name, app.ID, err)
		}
	}
}
