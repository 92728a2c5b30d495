package otpauth

import "strings"

// FindURIs returns the links that a text holds, in their order: a list with one
// on each line, a file with comments (a line that begins with # is skipped), a
// JSON file, a page. What is returned are pieces of the text; Parse and
// ParseMigration take off the escapes. A piece may still be broken: it begins
// like an account, so the person has to hear of it. What only looks like a link
// is left out: steam://run/440, or the word otpauth: in a sentence. After maxFound
// links it stops, so that a file of nothing but their beginnings does not take
// hundreds of megabytes.
func FindURIs(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), byteOrderMark))
		if strings.HasPrefix(line, "#") {
			continue
		}
		for i, next := nextScheme(line, 0), 0; i >= 0; i = next {
			next = nextScheme(line, i+1)
			uri := line[i:]
			if next >= 0 {
				uri = line[i:next]
			}
			// A link that begins its line ends, after the question mark, at a character
			// that no link holds: names with blanks and commas exist. Any other ends at
			// the closing quote if there is an opening one, and otherwise, after the
			// question mark, at a blank or a comma too.
			if i == 0 {
				uri = endAtAny(uri, "\"<>`")
			} else if quoted, ok := endAtQuote(uri, line[i-1]); ok {
				uri = quoted
			} else {
				uri = endAtAny(uri, " \t\"<>`|,")
			}
			uri = strings.TrimRight(uri, " \t,")
			scheme, rest := cutScheme(uri)
			isLink := strings.Contains(rest, "?")
			switch scheme {
			case schemeSteam:
				isLink = IsURI(uri)
			case schemeOTPAuth:
				isLink = isLink || strings.HasPrefix(uri[len(scheme):], "/")
			}
			if !isLink {
				continue
			}
			if found = append(found, uri); len(found) == maxFound {
				return found
			}
		}
	}
	return found
}

// maxFound is more than any reader takes.
const maxFound = 20_000

// nextScheme finds where a scheme begins, but not inside a longer word.
func nextScheme(line string, from int) int {
	for i := from; i < len(line); i++ {
		if c := line[i] | 0x20; c != 'o' && c != 'm' && c != 's' {
			continue
		}
		if i > 0 {
			before := line[i-1]
			if before|0x20 >= 'a' && before|0x20 <= 'z' || before >= '0' && before <= '9' || strings.IndexByte("+.-%", before) >= 0 {
				continue
			}
		}
		if scheme, _ := cutScheme(line[i:]); scheme != "" {
			return i
		}
	}
	return -1
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
	const opening, closing = "\"'<`>([{", "\"'>`<)]}"
	i := strings.IndexByte(opening, before)
	if i < 0 {
		return uri, false
	}
	from := 0
	if strings.IndexByte("([{", before) >= 0 { // of a Markdown link; names have brackets too
		from = max(0, strings.IndexByte(uri, '?'))
	}
	end := strings.IndexByte(uri[from:], closing[i])
	if end < 0 {
		return uri, false
	}
	end += from
	return strings.TrimRight(uri[:end], `\`), true
}
