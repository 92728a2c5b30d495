package otpauth

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	duo := "AbCdEfGhIjKlMnOpQrSt-" + base64.StdEncoding.EncodeToString([]byte("api-1234abcd.duosecurity.com"))
	for text, v := range map[string]struct {
		kind Kind
		says string
	}{
		"":                                {Empty, "empty"},
		" \n\t ":                          {Empty, "empty"},
		"otpauth://totp/a?secret=" + seed: {Account, "account"},
		"steam://" + seed:                 {Account, "account"},
		migrationText1(message(1, message(1, tenBytes))):   {Export, "Google Authenticator"},
		"otpauth-migration://offline?data=XXXX":            {Broken, "damaged"},
		"otpauth://totp/a?issuer=b":                        {Broken, "secret: the link has none"},
		"otpauth://totp/a?secret=" + seed + "&digits=99":   {Broken, "digits: 99 is not between 1 and 10"},
		"otpauth//totp/a?secret=" + seed:                   {Broken, "otpauth://totp/"},
		"https://accounts.example.com/qr/" + seed + "?s=1": {WebAddress, "a web address at accounts.example.com"},
		"HTTP://Example.COM":                               {WebAddress, "example.com"},
		"https://good.example@evil.example:8443/x":         {WebAddress, "at evil.example,"},
		"https://evil.example\\@good.example/":             {WebAddress, "at evil.example,"},
		"https://ex\u202eample.com/":                       {WebAddress, "a web address, not"},
		"FIDO:/13086400838107303667332719012595115747821895775708323189557153075146383351399743589": {Passkey, "passkey"},
		"WIFI:T:WPA;S:cafe;P:" + seed + ";;":      {WiFi, "Wi-Fi"},
		"BEGIN:VCARD\nVERSION:3.0\nN:Doe":         {Contact, "contact"},
		"MECARD:N:Doe;;":                          {Contact, "contact"},
		"tel:+491234":                             {Message, "telephone"},
		"mailto:a@b.c":                            {Message, "mail"},
		"SMSTO:123:hi":                            {Message, "text message"},
		"https://s.team/q/1/2345678901234567890":  {Login, "Steam"},
		"steam://run/440":                         {Login, "Steam"},
		"https://discord.com/ra/abcdefghijklmnop": {Login, "Discord"},
		"sgnl://linkdevice?uuid=x&pub_key=y":      {Login, "Signal"},
		"2@" + strings.Repeat("aB3+", 12) + "=," + strings.Repeat("x", 20) + "=,abc=": {Login, "WhatsApp"},
		"https://wa.me/settings/linked_devices#2@abc":                                 {Login, "WhatsApp"},
		"tg://login?token=abc": {Login, "Telegram"},
		"phonefactor://activate_account?code=123456789&url=https%3A%2F%2Fx": {Enrolment, "different authenticator app"},
		"oktaverify://email/?t=abc":                                         {Enrolment, "another authenticator app"},
		"https://example.okta.com/x?y":                                      {Enrolment, "another authenticator app"},
		"duo://ABCDEFGH-x":                                                  {Enrolment, "Duo"},
		duo:                                                                 {Enrolment, "Duo"},
		"https://m-1234.duosecurity.com/activate/x":                         {Enrolment, "Duo"},
		"lastpassmfa://x":                                                   {Unknown, "the app lastpassmfa"},
		"jbsw y3dp ehpk 3pxp":                                               {Secret, "jangle add"},
		seed:                                                                {Secret, "jangle add"},
		"ABCDEFGHIJKLMNOPQRST":                                              {Secret, "jangle add"},
		"antidisestablishmentarianism":                                      {Unknown, "it is text"},
		"hello":                                                             {Unknown, "look for the QR code"},
		"ABC":                                                               {Unknown, "it is text"},
	} {
		c := Describe(text)
		if c.Kind != v.kind || !strings.Contains(c.Sentence, v.says) {
			t.Errorf("%q: kind %d %q, want %d with %q", text, c.Kind, c.Sentence, v.kind, v.says)
		}
		if strings.Contains(c.Sentence, seed) || strings.Contains(c.Sentence, "invalid") {
			t.Errorf("%q: %q", text, c.Sentence)
		}
		if (c.Kind == Broken) != (c.Err != nil) {
			t.Errorf("%q: kind %d with error %v", text, c.Kind, c.Err)
		}
	}
	if c := Describe("https://Example.com:80/x"); c.Host != "example.com" {
		t.Errorf("host %q", c.Host)
	}
}
