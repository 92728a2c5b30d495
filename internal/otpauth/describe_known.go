package otpauth

import (
	"strings"
)

// otherApp is what to look for where a service wants its own app.
const otherApp = "where the site offers it, choose another authenticator app (or \"can't scan the code?\") to get one that works here"

// known is one thing that QR codes hold, by how its text begins.
type known struct {
	prefix   string // lower case
	kind     Kind
	sentence string
}

// knownPrefixes is a function and not a variable: it costs nothing until a
// strange QR code turns up.
func knownPrefixes() []known {
	const (
		passkey   = "it is a passkey sign-in: the phone that holds the passkey must scan it; there is no secret for one-time codes in it"
		wifi      = "it is the password of a Wi-Fi network, not an account"
		contact   = "it is a contact (a business card), not an account"
		microsoft = "it sets up push sign-in in Microsoft Authenticator, which is not a standard secret; go back and choose \"I want to use a different authenticator app\""
		okta      = "it sets up push sign-in in Okta Verify, which is not a standard secret; choose Google Authenticator or another authenticator app there"
		duo       = "it sets up Duo Mobile, which is not a standard secret; ask whether another authenticator app or a hardware token is allowed"
		whatsApp  = "it signs a computer in to WhatsApp: scan it with WhatsApp on the phone; there is no secret in it"
		signal    = "it links a device to Signal: scan it with Signal on the phone; there is no secret in it"
		telegram  = "it signs a device in to Telegram: scan it with Telegram on the phone; there is no secret in it"
		steam     = "it signs a device in to Steam: scan it with the Steam app; the secret of Steam Guard is not in it"
		discord   = "it signs a computer in to Discord: scan it with Discord on the phone; there is no secret in it"
	)
	return []known{
		{"fido:/", Passkey, passkey},
		{"wifi:", WiFi, wifi}, {"dpp:", WiFi, wifi},
		{"begin:vcard", Contact, contact}, {"mecard:", Contact, contact}, {"bizcard:", Contact, contact},
		{"tel:", Message, "it is a telephone number, not an account"},
		{"mailto:", Message, "it is a mail address, not an account"},
		{"matmsg:", Message, "it is a mail to send, not an account"},
		{"smsto:", Message, "it is a text message to send, not an account"},
		{"sms:", Message, "it is a text message to send, not an account"},
		{"geo:", Message, "it is a place on the map, not an account"},
		{"begin:vevent", Message, "it is a calendar entry, not an account"},
		{"begin:vcalendar", Message, "it is a calendar entry, not an account"},
		{"phonefactor:", Enrolment, microsoft}, {"microsoft-authenticator:", Enrolment, microsoft},
		{"oktaverify:", Enrolment, okta}, {"com.okta.", Enrolment, okta},
		{"duo://", Enrolment, duo},
		{"sgnl://", Login, signal}, {"tsdevice:", Login, signal},
		{"tg://", Login, telegram},
		{"https://s.team/", Login, steam}, {"http://s.team/", Login, steam},
		{"https://discord.com/ra/", Login, discord}, {"https://discordapp.com/ra/", Login, discord},
		{"https://wa.me/settings/linked_devices", Login, whatsApp},
		{"https://signal.link/", Login, signal},
	}
}

func describeKnown(text string) (Content, bool) {
	lower := strings.ToLower(text[:min(len(text), 256)])
	for _, k := range knownPrefixes() {
		if strings.HasPrefix(lower, k.prefix) {
			return Content{Kind: k.kind, Sentence: k.sentence}, true
		}
	}
	switch {
	case isDuo(text):
		return Content{Kind: Enrolment, Sentence: knownSentence("duo://")}, true
	case isWhatsApp(text):
		return Content{Kind: Login, Sentence: knownSentence("https://wa.me/settings/linked_devices")}, true
	}
	return Content{}, false
}

func knownSentence(prefix string) string {
	for _, k := range knownPrefixes() {
		if k.prefix == prefix {
			return k.sentence
		}
	}
	return ""
}

// isDuo knows Duo's activation code: two words joined by a dash, both base64,
// the second of which is a host name of duosecurity.com.
func isDuo(text string) bool {
	code, host, found := strings.Cut(text, "-")
	if !found || len(code) < 8 || strings.ContainsAny(text, " \n:") {
		return false
	}
	return strings.HasSuffix(decodedHost(host), ".duosecurity.com")
}

// isWhatsApp knows the sign-in code of WhatsApp on the web: "2@" and three or
// more base64 words with commas between.
func isWhatsApp(text string) bool {
	return len(text) > 60 && len(text) < 1024 && text[0] >= '1' && text[0] <= '9' && text[1] == '@' &&
		strings.Count(text, ",") >= 2 && !strings.Contains(text, " ")
}
