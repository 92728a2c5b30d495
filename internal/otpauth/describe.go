package otpauth

import (
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

// Describe says what the text of a QR code is.
func Describe(text string) Content {
	trimmed := clean(text)
	if trimmed == "" {
		return Content{Kind: Empty, Sentence: "it is empty"}
	}
	if scheme, _ := cutScheme(trimmed); scheme != "" {
		if c, ok := describeURI(text, scheme); ok {
			return c
		}
	}
	if c, ok := describeKnown(trimmed); ok {
		return c
	}
	if c, ok := describeWeb(trimmed); ok {
		return c
	}
	if strings.Contains(strings.ToLower(trimmed[:min(len(trimmed), 64)]), "otpauth") {
		return Content{Kind: Broken, Err: ErrNotURI, Sentence: "it mentions otpauth but is no account link; a link begins with otpauth://totp/ or otpauth://hotp/"}
	}
	return describeText(trimmed)
}

func describeURI(text, scheme string) (Content, bool) {
	if scheme == schemeMigration {
		if _, err := ParseMigration(text); err != nil {
			return broken("it is a Google Authenticator export that cannot be read", err), true
		}
		return Content{Kind: Export, Sentence: "it is a Google Authenticator export"}, true
	}
	if scheme == schemeSteam && !IsURI(text) {
		return Content{Kind: Login, Sentence: "it opens something in the Steam app; the secret of Steam Guard is not in it"}, true
	}
	_, _, err := Parse(text)
	if err == nil {
		return Content{Kind: Account, Sentence: "it is an account for one-time codes"}, true
	}
	return broken("it is meant to be an account for one-time codes but cannot be read", err), true
}

func broken(what string, err error) Content {
	return Content{Kind: Broken, Err: err, Sentence: what + ": " + err.Error()}
}

// describeText is what is left: a secret on its own, or just text.
func describeText(text string) Content {
	if isBareSecret(text) {
		return Content{Kind: Secret, Sentence: "it looks like a secret on its own, without a name; type jangle add and paste it there"}
	}
	if scheme, _, found := strings.Cut(text, "://"); found && isScheme(scheme) {
		return Content{Kind: Unknown, Sentence: "it is a link for the app " + strings.ToLower(scheme) + ", not an otpauth:// link; " + otherApp}
	}
	return Content{Kind: Unknown, Sentence: "it is text, not an otpauth:// link and not a secret; look for the QR code that the site shows when you set up an authenticator app"}
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

func isScheme(s string) bool {
	if s == "" || len(s) > 30 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || (s[i] < '0' || s[i] > '9') && strings.IndexByte("+.-", s[i]) < 0) {
			return false
		}
	}
	return true
}
