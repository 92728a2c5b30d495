package otpauth

import (
	"encoding/base64"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// Kind is what a text from a QR code is.
type Kind int

// The kinds. Account and Export can be read; Broken is meant to be an account;
// Secret is the bare secret of one; all others are something else.
const (
	Unknown Kind = iota
	Empty
	Account   // Parse reads it
	Export    // ParseMigration reads it
	Broken    // begins like one of them, but cannot be read
	Secret    // base32 text alone
	Login     // signs another device in to a service
	Enrolment // sets up an app's own push sign-in
	Passkey
	WebAddress
	WiFi
	Contact
	Message // telephone, mail, text message, calendar, place
)

// Content says what a text is, in a sentence for people.
type Content struct {
	Kind Kind
	Host string // of a web address, lower case, letters, digits, dots and dashes only

	// Sentence says what the text is and, if it is no account, what to look for
	// instead. It never repeats the text, which may hold a secret.
	Sentence string
	Err      error // Broken: what is wrong with it
}

// Plainly reports whether the text was never meant to be an account, so that passing
// it over loses nothing.
func (c Content) Plainly() bool {
	switch c.Kind {
	case Empty, Passkey, WebAddress, WiFi, Contact, Message:
		return true
	}
	return false
}

// Describe says what the text of a QR code is.
func Describe(text string) Content {
	trimmed := clean(text)
	if trimmed == "" {
		return Content{Kind: Empty, Sentence: "it is empty"}
	}
	switch scheme, _ := cutScheme(trimmed); {
	case scheme == schemeMigration:
		if _, err := ParseMigration(text); err != nil {
			return broken("it is a Google Authenticator export that cannot be read", err)
		}
		return Content{Kind: Export, Sentence: "it is a Google Authenticator export"}
	case scheme == schemeSteam && !IsURI(text):
		return Content{Kind: Login, Sentence: "it opens something in the Steam app; the secret of Steam Guard is not in it"}
	case scheme != "":
		if _, _, err := Parse(text); err != nil {
			return broken("it is meant to be an account for one-time codes but cannot be read", err)
		}
		return Content{Kind: Account, Sentence: "it is an account for one-time codes"}
	}
	lower := strings.ToLower(trimmed[:min(len(trimmed), 256)])
	for _, k := range knownPrefixes() {
		if strings.HasPrefix(lower, k.prefix) {
			return Content{Kind: k.kind, Sentence: k.sentence}
		}
	}
	// Duo's activation code: two words joined by a dash, both base64, the second of
	// which is a host name of duosecurity.com.
	if code, word, found := strings.Cut(trimmed, "-"); found && len(code) >= 8 && !strings.ContainsAny(trimmed, " \n:") {
		host, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(word, "="))
		if err == nil && strings.HasSuffix(webHost(string(host)), duoHosts) {
			return Content{Kind: Enrolment, Sentence: knownSentence("duo://")}
		}
	}
	// The sign-in code of WhatsApp on the web: "2@" and three or more base64 words
	// with commas between.
	if len(trimmed) > 60 && len(trimmed) < 1024 && trimmed[0] >= '1' && trimmed[0] <= '9' && trimmed[1] == '@' &&
		strings.Count(trimmed, ",") >= 2 && !strings.Contains(trimmed, " ") {
		return Content{Kind: Login, Sentence: knownSentence("https://wa.me/settings/linked_devices")}
	}
	scheme, rest, isURL := strings.Cut(trimmed, "://")
	scheme = strings.ToLower(scheme)
	if isURL && (scheme == "https" || scheme == "http") {
		// The rest of the address may hold a session and is not repeated.
		const pages = "login pages show such codes to sign a phone in; " + setUp
		switch host := webHost(rest); {
		case host == "":
			return Content{Kind: WebAddress, Sentence: "it is a web address, not a secret: " + pages}
		case strings.HasSuffix(host, duoHosts):
			return Content{Kind: Enrolment, Host: host, Sentence: knownSentence("duo://")}
		case strings.HasSuffix(host, ".okta.com"), strings.HasSuffix(host, ".oktapreview.com"), strings.HasSuffix(host, ".okta-emea.com"):
			return Content{Kind: Enrolment, Host: host, Sentence: knownSentence("oktaverify:")}
		default:
			return Content{Kind: WebAddress, Host: host, Sentence: "it is a web address at " + host + ", not a secret: " + pages}
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	switch {
	case strings.Contains(strings.ToLower(trimmed[:min(len(trimmed), 64)]), "otpauth"):
		return Content{Kind: Broken, Err: ErrNotURI, Sentence: "it mentions otpauth but is no account link; a link begins with otpauth://totp/ or otpauth://hotp/"}
	case isBareSecret(trimmed):
		return Content{Kind: Secret, Sentence: "it looks like a secret on its own, without a name; type jangle add and paste it there"}
	case isURL && scheme != "" && len(scheme) <= 30 && strings.Contains(letters, scheme[:1]) && strings.Trim(scheme, letters+"0123456789+.-") == "":
		return Content{Kind: Unknown, Sentence: "it is a link for the app " + scheme + ", not an otpauth:// link; " + otherApp}
	}
	return Content{Kind: Unknown, Sentence: "it is text, not an otpauth:// link and not a secret; " + setUp}
}

const (
	duoHosts = ".duosecurity.com"
	setUp    = "look for the QR code that the site shows when you set up an authenticator app"
)

func broken(what string, err error) Content {
	return Content{Kind: Broken, Err: err, Sentence: what + ": " + err.Error()}
}

// isBareSecret wants at least 16 characters (80 bits) and either a digit, blanks
// in groups, or upper case throughout, so that no word is taken for a secret.
func isBareSecret(text string) bool {
	if len(text) > 1024 || strings.ContainsAny(text, "\n") {
		return false
	}
	secret, err := account.ParseBase32(text)
	if err != nil || secret.Len() < 10 {
		return false
	}
	return strings.ContainsAny(text, "234567") || text == strings.ToUpper(text)
}

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

func knownSentence(prefix string) string {
	for _, k := range knownPrefixes() {
		if k.prefix == prefix {
			return k.sentence
		}
	}
	return ""
}

// webHost returns the host without user and port, empty if it is not made of
// letters, digits, dots and dashes: what is shown of a hostile address must be
// what a browser would open.
func webHost(rest string) string {
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	host, _, _ := strings.Cut(rest, ":")
	host = strings.ToLower(host)
	if host == "" || len(host) > 253 || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return ""
	}
	return host
}
