package format

import (
	"errors"
	"io"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/otpauth"
)

// errQuotedPrintable: "secret=3D…" alone is either a secret that begins with 3D or
// one that a mail program has encoded.
var errQuotedPrintable = errors.New(`its "secret=3D" may be an e-mail's encoding (quoted-printable) or the secret itself; save the whole message as a file and import that, or type the secret with: jangle add`)

// foundLink is a link of a text, or why it is not clear what it says.
type foundLink struct {
	uri string
	err error
}

// findLinks is otpauth.FindURIs for a text that may have been cut out of an
// e-mail, where every "=" is "=3D" and lines end with "=" (RFC 2045 section 6.7),
// or out of another address, where all is percent-encoded once more.
func findLinks(text string) []foundLink {
	joined := strings.NewReplacer("=\r\n", "", "=\n", "").Replace(text) // lines that end with "="
	if uris := otpauth.FindURIs(joined); joined != text && len(uris) > 0 && !slices.ContainsFunc(uris, func(uri string) bool { return !isQuoted(uri) }) {
		text = joined
	}
	text = joinWrapped(text)
	quotedElsewhere := strings.Count(text, "=3D")
	uris := otpauth.FindURIs(text)
	for _, uri := range uris {
		quotedElsewhere -= strings.Count(uri, "=3D")
	}
	var found []foundLink
	for _, uri := range uris {
		f := foundLink{uri: uri}
		switch equals := strings.Count(uri, "="); {
		case !isQuoted(uri):
		case equals > 1 || quotedElsewhere > 0:
			if out, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(uri))); err == nil {
				f.uri = string(out)
			}
		default:
			f.err = errQuotedPrintable
		}
		found = append(found, f)
	}
	if len(found) > 0 {
		return found
	}
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t\r\n\"'<>&=()", c) }) {
		if i := strings.Index(strings.ToLower(word), "otpauth%3a%2f%2f"); i >= 0 {
			if uri, err := url.PathUnescape(word[i:]); err == nil && otpauth.IsURI(uri) {
				found = append(found, foundLink{uri: uri})
			}
		}
	}
	return found
}

// joinWrapped joins a link that was wrapped where lines end: what follows it goes
// on with a parameter that links have.
func joinWrapped(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := len(lines) - 2; i >= 0; i-- {
		link, next := strings.TrimRight(lines[i], "\r\n"), strings.TrimLeft(lines[i+1], " \t>")
		uris := otpauth.FindURIs(link)
		if len(uris) == 0 || !strings.HasSuffix(link, uris[len(uris)-1]) || len(otpauth.FindURIs(next)) > 0 {
			continue
		}
		rest, _, _ := strings.Cut(strings.TrimRight(next, "\r\n"), " ")
		_, after, found := strings.Cut(rest, "&")
		name, _, isParam := strings.Cut(after, "=")
		known := []string{"secret", "issuer", "algorithm", "digits", "period", "counter"}
		if found && isParam && slices.Contains(known, strings.ToLower(name)) {
			lines[i], lines[i+1] = link+next, ""
		}
	}
	return strings.Join(lines, "")
}

// isQuoted reports whether every "=" of a link is written as "=3D".
func isQuoted(uri string) bool {
	_, query, _ := strings.Cut(uri, "?")
	n := strings.Count(query, "=")
	return n > 0 && n == strings.Count(query, "=3D")+strings.Count(query, "=3d")
}
