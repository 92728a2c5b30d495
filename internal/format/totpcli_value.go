package format

import (
	"strconv"
	"strings"
)

// dumpValue reads a value that ends with its line: text, nil, or an empty list.
// Numbers stay text, as they were written: a secret may look like one.
func dumpValue(text string) (v any, why string) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		s, rest, ok := cutQuoted(text)
		if !ok || rest != "" && withoutComment(rest) != "" {
			return nil, "its quotation marks do not close at its end"
		}
		return s, ""
	}
	text = withoutComment(text)
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil, ""
	case "[]":
		return []any{}, ""
	}
	switch {
	case strings.ContainsAny(text[:1], "&*!"):
		return nil, "it refers to other parts of the dump"
	case strings.ContainsAny(text[:1], "[]{},|>@`%#"), strings.ContainsAny(text[:1], "?:-") && (text + " ")[1] == ' ', strings.Contains(text, ": "), strings.HasSuffix(text, ":"):
		return nil, "its value is written in a way that is not in a dump; put it into quotation marks"
	}
	return text, ""
}

// withoutComment cuts what follows a "#" that stands at the front or behind a
// blank.
func withoutComment(text string) string {
	if i := strings.Index(" "+text, " #"); i >= 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, " ")
}

// cutQuoted reads a value in quotation marks from the front of text (YAML 1.2.2,
// 7.3.1 and 7.3.2).
func cutQuoted(text string) (value, rest string, ok bool) {
	if text[0] == '\'' {
		return cutSingleQuoted(text[1:])
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], true
		case '\\':
			r, n := yamlEscape(text[i+1:])
			if n == 0 {
				return "", "", false
			}
			b.WriteRune(r)
			i += n
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}

// cutSingleQuoted: two marks are one, and nothing else is special.
func cutSingleQuoted(text string) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		part, after, closed := strings.Cut(text, "'")
		b.WriteString(part)
		if !closed {
			return "", "", false
		}
		if text, ok = strings.CutPrefix(after, "'"); !ok {
			return b.String(), after, true
		}
		b.WriteByte('\'')
	}
}

// yamlEscape reads what follows a backslash, and says how many bytes it is; 0 for
// none that exists.
func yamlEscape(text string) (rune, int) {
	if text == "" {
		return 0, 0
	}
	const names, values = `0abtnvfre "/\N_LP`, "\x00\a\b\t\n\v\f\r\x1b \"/\\\u0085\u00a0\u2028\u2029"
	if i := strings.IndexByte(names, text[0]); i >= 0 {
		return []rune(values)[i], 1
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[0]]
	if digits == 0 || len(text) <= digits {
		return 0, 0
	}
	v, err := strconv.ParseUint(text[1:1+digits], 16, 32)
	if err != nil || v > 0x10ffff || v >= 0xd800 && v < 0xe000 {
		return 0, 0
	}
	return rune(v), 1 + digits
}
