package term

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one letter. Written languages
// need up to three; more are used to paint over the lines above and below.
const maxMarks = 3

// Safe returns s with everything that a terminal obeys, hides or reorders as a
// visible escape: "\x1b", "\n", "\u202e", "\U000e0041". That is C0 and C1
// controls, DEL, bytes that are not UTF-8, line and paragraph separators, every
// format character (bidirectional controls, zero-width characters, soft hyphen,
// tags), characters that show nothing (fillers, private use, unassigned),
// variation selectors but for one after a letter, and combining marks beyond
// three. Letters of every script, symbols and emoji stay; so does what joins
// two emoji to one.
//
// Safe(Safe(s)) is Safe(s): a backslash is not escaped, so the result is for
// people to read and cannot be turned back.
func Safe(s string) string { return escape(s, escapeAll) }

// SafeLines is Safe for text of several lines: newlines stay.
func SafeLines(s string) string { return escape(s, keepNewlines) }

type newlines int

const (
	escapeAll newlines = iota
	keepNewlines
)

func escape(s string, nl newlines) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return s // the usual name
	}
	var b strings.Builder
	marks := maxMarks // nothing to put a mark on yet: the first one would land on our own text
	emoji := false    // before r, with what modifies it
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		hidden := unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
		next, nextEmoji := 0, false
		switch {
		case r == utf8.RuneError && n == 1:
			writeHex(&b, 'x', uint32(s[i]), 2)
		case unicode.Is(unicode.M, r): // a combining mark that follows so many others
			if marks >= maxMarks || hidden || marks > 0 && unicode.Is(unicode.Variation_Selector, r) {
				writeEscape(&b, r)
			} else {
				b.WriteRune(r)
				nextEmoji = emoji && unicode.Is(unicode.Variation_Selector, r)
			}
			next = marks + 1
		case r == joiner && emoji && beginsWithEmoji(s[i+n:]):
			b.WriteRune(r)
		case r == '\n' && nl == keepNewlines:
			b.WriteRune(r)
			next = maxMarks
		case unicode.IsGraphic(r) && r != '\u2800' && !hidden: // it draws something, or is a blank
			b.WriteRune(r)
			nextEmoji = isEmoji(r) || emoji && r >= 0x1f3fb && r <= 0x1f3ff // a skin tone
		default:
			writeEscape(&b, r)
		}
		i, marks, emoji = i+n, next, nextEmoji
	}
	return b.String()
}

// joiner makes one picture of two emoji: a woman and a laptop are a programmer.
const joiner = '\u200d'

func beginsWithEmoji(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isEmoji(r)
}

func isEmoji(r rune) bool {
	return unicode.Is(unicode.So, r) && (r >= 0x2190 && r <= 0x2bff || r >= 0x1f000)
}

func writeEscape(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < 0x80:
		writeHex(b, 'x', uint32(r), 2)
	case r < 0x10000:
		writeHex(b, 'u', uint32(r), 4)
	default:
		writeHex(b, 'U', uint32(r), 8)
	}
}

func writeHex(b *strings.Builder, kind byte, v uint32, digits int) {
	b.WriteByte('\\')
	b.WriteByte(kind)
	for d := digits - 1; d >= 0; d-- {
		b.WriteByte("0123456789abcdef"[v>>(4*d)&15])
	}
}
