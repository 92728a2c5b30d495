package otpauth

import (
	"encoding/base64"
	"strings"
)

// describeWeb names the host of a web address. The rest of the address may hold
// a session and is not repeated.
func describeWeb(text string) (Content, bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return Content{}, false
	}
	host := webHost(rest)
	switch {
	case host == "":
		return Content{Kind: WebAddress, Sentence: "it is a web address, not a secret: " + loginPages}, true
	case isDuoHost(host):
		return Content{Kind: Enrolment, Host: host, Sentence: knownSentence("duo://")}, true
	case isOktaHost(host):
		return Content{Kind: Enrolment, Host: host, Sentence: knownSentence("oktaverify:")}, true
	}
	return Content{Kind: WebAddress, Host: host, Sentence: "it is a web address at " + host + ", not a secret: " + loginPages}, true
}

const loginPages = "login pages show such codes to sign a phone in; look for the QR code that the site shows when you set up an authenticator app"

func isDuoHost(host string) bool { return strings.HasSuffix(host, ".duosecurity.com") }

func isOktaHost(host string) bool {
	return strings.HasSuffix(host, ".okta.com") || strings.HasSuffix(host, ".oktapreview.com") || strings.HasSuffix(host, ".okta-emea.com")
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

// decodedHost is the host name that a base64 word holds, or nothing.
func decodedHost(word string) string {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(word, "="))
	if err != nil {
		return ""
	}
	return webHost(string(b))
}
