// Package termtest has what the tests of every package that prints need: names
// that attack a terminal, and the check that none of it got through.
package termtest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hostile returns some 200 names as they could stand in a QR code, a file name
// or an error text, each different: complete attacks first, then every kind of
// harmful character at the beginning, in the middle and at the end of a name.
func Hostile() []string {
	all := attacks()
	for _, c := range harmful() {
		all = append(all, c+"Bank", "My"+c+"Bank (ann@example.com)", "Bank"+c)
	}
	return all
}

func attacks() []string {
	return []string{
		"\x1b[31mred", "\x1b]0;new title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[H", "\x1b[?1049h",
		"\x1b[6n", "\x1bP+q544e\x1b\\", "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x1b[8mhidden\x1b[28m",
		"\u009b31mred", "\u009d0;title\u009c", "\x9b31mred", "\x9d0;title\x9c", "\xc2\x9b31m",
		"GitHub\rGoogle", "GitHub\b\b\b\b\b\bGoogle", "GitHub\nadded  Bank", "GitHub\r\nadded  Bank", "a\tb",
		"\u202Emoc.elpmaxe@nna", "ann\u202Eelpmaxe\u202C.com", "\u2066a\u2069", "\u200Fabc", "\u061Cabc",
		"pay\u200Bpal", "pay\u200Cpal", "pay\u200Dpal", "pay\u2060pal", "pay\uFEFFpal", "pay\u00ADpal", "pay\u034Fpal",
		"\u3164", "\u115F\u1160", "\uFFA0", "\u2800\u2800", "\u17B4\u17B5", "\u180E",
		"a" + strings.Repeat("\u0301", 50), strings.Repeat("\u0489", 20), "\u0301lone", "e\u0301\u0302\u0303\u0304\u0305",
		"\U000E0041\U000E0042\U000E007F", "flag\U0001F3F4\U000E0067\U000E0062\U000E007F",
		"a\uFE0F\uFE0F\uFE0F", "a\uFE0E", "a\U000E0100", "\uFE0F",
		"\u2028next", "\u2029next", "\u0085next", "\u000bnext", "\u000cnext",
		"\ue000private", "\U000F0000private", "\U0010FFFDprivate", "\uFFFEnon", "\uFDD0non", "\U0001FFFFnon", "\u0378unassigned",
		"\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\xe2\x82", "\x80", "ok\xffok",
		"\U0001F468\u200D\U0001F469\u200D\U0001F467", "\uFFF9a\uFFFAb\uFFFB", "\u0600digits", "\u110BDcell", "\U000110BD", "\U0001D173",
		strings.Repeat("A", 10_000), strings.Repeat("日", 5_000), strings.Repeat("\x1b[31m", 500),
		"$(touch pwned)", "`id`", "; rm -rf ~", "%s%n%d", "../../etc/passwd", "{{.Secret}}", "=cmd|' /C calc'!A0", "-rf",
	}
}

// harmful has one of every kind, and the ends of the ranges.
func harmful() []string {
	runes := []rune{
		0x00, 0x01, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x13, 0x14, 0x18, 0x1a, 0x1b, 0x1f, 0x7f,
		0x80, 0x84, 0x85, 0x8d, 0x90, 0x98, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xad,
		0x200b, 0x200e, 0x200f, 0x2028, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2061, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0xfeff, 0xe0001,
	}
	var all []string
	for _, r := range runes {
		all = append(all, string(r))
	}
	return append(all, "\x9b", "\xe2\x80")
}

// Check returns an error that names the first thing in printed which a terminal
// would obey, hide or reorder. Newlines are allowed, and what joins two emoji.
func Check(printed string) error {
	before := rune(0)
	for i, r := range printed {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(printed[i:], "\uFFFD"):
			return fmt.Errorf("byte %d is not UTF-8: %q", i, clip(printed, i))
		case r == '\n':
		case r == 0x200d && (before == 0xfe0f || before > 0x1f000 || unicode.Is(unicode.So, before)) && joinable(printed[i+3:]):
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
			return fmt.Errorf("%U at byte %d: %q", r, i, clip(printed, i))
		}
		before = r
	}
	return nil
}

func joinable(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r != utf8.RuneError && unicode.Is(unicode.So, r)
}

// CheckScreen is Check for the output of something that draws: escape sequences
// that begin with ESC [ and consist of digits and semicolons are its own.
func CheckScreen(printed string) error {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(printed, "\x1b[")
		b.WriteString(before)
		if !found {
			break
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r >= 0x40 && r <= 0x7e })
		if end < 0 || strings.Trim(after[:end], "0123456789;?") != "" {
			return fmt.Errorf("an escape sequence that is not ours: %q", clip(after, 0))
		}
		printed = after[end+1:]
	}
	return Check(strings.NewReplacer("\r", "").Replace(b.String()))
}

func clip(s string, at int) string { return s[max(0, at-10):min(len(s), at+20)] }
