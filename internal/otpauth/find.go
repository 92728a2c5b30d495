package otpauth

import "strings"

// FindURIs returns the links that a text holds, in their order: a list with one
// on each line, a file with comments (a line that begins with # is skipped), a
// JSON file, a page. What is returned are pieces of the text; Parse and
// ParseMigration take off the escapes. A piece may still be broken: it begins
// like an account, so somebody has to hear of it.
func FindURIs(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), byteOrderMark))
		if strings.HasPrefix(line, "#") {
			continue
		}
		found = append(found, findInLine(line)...)
	}
	return found
}

func findInLine(line string) []string {
	var found []string
	for i := nextScheme(line, 0); i >= 0; {
		next := nextScheme(line, i+1)
		end := len(line)
		if next >= 0 {
			end = next
		}
		uri := endAtLine(line[i:end])
		if i > 0 {
			uri = endAt(line[i:end], line[i-1])
		}
		if uri = strings.TrimRight(uri, " \t,"); isFindable(uri) {
			found = append(found, uri)
		}
		i = next
	}
	return found
}

// nextScheme finds where a scheme begins, but not inside a longer word.
func nextScheme(line string, from int) int {
	for i := from; i < len(line); i++ {
		if c := line[i] | 0x20; c != 'o' && c != 'm' && c != 's' {
			continue
		}
		if i > 0 && isSchemeByte(line[i-1]) {
			continue
		}
		if scheme, _ := cutScheme(line[i:]); scheme != "" {
			return i
		}
	}
	return -1
}

func isSchemeByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("+.-%", c) >= 0
}

// endAtLine ends a link that begins its line: only, behind the question mark, at
// a character that no link holds. Names with blanks and commas exist.
func endAtLine(uri string) string { return endAtAny(uri, "\"<>`") }

// endAt ends a link that does not begin its line: at the closing quote if there
// is an opening one, and otherwise, behind the question mark, at a blank, a
// comma or a character that no link holds.
func endAt(uri string, before byte) string {
	if quoted, ok := endAtQuote(uri, before); ok {
		return quoted
	}
	return endAtAny(uri, " \t\"<>`|,")
}

func endAtAny(uri, characters string) string {
	query := max(0, strings.IndexByte(uri, '?'))
	if i := strings.IndexAny(uri[query:], characters); i >= 0 {
		return uri[:query+i]
	}
	return uri
}

// endAtQuote ends a link at the counterpart of the quote before it, if that is one.
func endAtQuote(uri string, before byte) (string, bool) {
	const opening, closing = "\"'<`>", "\"'>`<"
	i := strings.IndexByte(opening, before)
	if i < 0 {
		return uri, false
	}
	end := strings.IndexByte(uri, closing[i])
	if end < 0 {
		return uri, false
	}
	return strings.TrimRight(uri[:end], `\`), true
}

// isFindable leaves out what only looks like a link: steam://run/440, or the
// word otpauth: in a sentence.
func isFindable(uri string) bool {
	switch scheme, rest := cutScheme(uri); scheme {
	case schemeSteam:
		return IsURI(uri)
	case schemeMOTP:
		return strings.Contains(rest, "?")
	case schemeOTPAuth:
		return strings.HasPrefix(uri[len(scheme):], "/") || strings.Contains(rest, "?")
	case schemeMigration:
		return strings.Contains(rest, "?")
	}
	return false
}
