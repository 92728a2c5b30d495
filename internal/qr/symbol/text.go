package symbol

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// charset is a character set by its number in an ECI segment (AIM ECI 3.3).
type charset int

const (
	unsaid   charset = -1
	shiftJIS charset = 20
	utf16BE  charset = 25
	utf8Set  charset = 26
	ascii    charset = 27
	big5     charset = 28
	gb18030  charset = 29
	eucKR    charset = 30
)

// latin1 has several numbers; 899 says "bytes", which is the same thing.
func (c charset) latin1() bool { return c == 1 || c == 3 || c == 899 || c == 0 || c == 2 }

// text joins the segments. An encoder may cut UTF-8 anywhere, also within a
// character, so what could be UTF-8 is put together before it is looked at.
func text(data []byte, version int) (string, error) {
	all, ok := segments(data, version)
	if !ok {
		return "", ErrNoText
	}
	var b strings.Builder
	for len(all) > 0 {
		if joined, n := joinUTF8(all); n > 0 {
			b.Write(joined)
			all = all[n:]
			continue
		}
		part, ok := all[0].set.decode(all[0].bytes)
		if !ok {
			return "", ErrNoText
		}
		b.WriteString(part)
		all = all[1:]
	}
	s := strings.TrimPrefix(b.String(), "\uFEFF")
	// U+FFFD stands for bytes that could not be read: a text with it is not
	// what the code says, and for a secret that is worse than no text.
	if s == "" || strings.ContainsRune(s, utf8.RuneError) {
		return "", ErrNoText
	}
	return s, nil
}

// joinUTF8 returns the longest run of segments from the front that together
// are valid UTF-8, and how many they are.
func joinUTF8(all []segment) ([]byte, int) {
	n := slices.IndexFunc(all, func(s segment) bool { return s.set != unsaid && s.set != utf8Set && s.set != ascii })
	if n < 0 {
		n = len(all)
	}
	var joined []byte
	for _, s := range all[:n] {
		joined = append(joined, s.bytes...)
	}
	if !utf8.Valid(joined) {
		return nil, 0
	}
	return joined, n
}

// decode turns the bytes of one segment into text.
func (c charset) decode(b []byte) (string, bool) {
	switch {
	case c == unsaid:
		c = guess(b)
	case c == utf16BE:
		return decodeUTF16(b)
	case isASCII(b): // means the same in all the sets, also in those not known here
		return string(b), true
	}
	switch {
	case c.latin1():
		return decodeLatin1(b), true
	case c == utf8Set, c == ascii:
		return string(b), utf8.Valid(b)
	}
	e := c.encoding()
	if e == nil {
		return "", false
	}
	text, err := e.NewDecoder().Bytes(b)
	return string(text), err == nil
}

func (c charset) encoding() encoding.Encoding {
	switch c {
	case shiftJIS:
		return japanese.ShiftJIS
	case big5:
		return traditionalchinese.Big5
	case gb18030:
		return simplifiedchinese.GB18030
	case eucKR:
		return korean.EUCKR
	}
	return nil
}

// guess finds the character set of bytes that are not UTF-8 and come without a
// word about it: Shift JIS if they are valid there and have three double bytes
// or three of its single-byte katakana in a row, else ISO 8859-1, which is what
// the standard says.
func guess(b []byte) charset {
	if utf8.Valid(b) {
		return utf8Set
	}
	double, single, longest := 0, 0, 0
	for len(b) > 0 {
		switch c := b[0]; {
		case c < 0x80:
			double, single, b = 0, 0, b[1:]
		case c > 0xa0 && c < 0xe0:
			double, single, b = 0, single+1, b[1:]
		case len(b) > 1 && (c > 0x80 && c < 0xa0 || c >= 0xe0 && c < 0xfd) && b[1] >= 0x40 && b[1] != 0x7f && b[1] < 0xfd:
			double, single, b = double+1, 0, b[2:]
		default:
			return 3
		}
		longest = max(longest, double, single)
	}
	if longest < 3 {
		return 3
	}
	return shiftJIS
}

func isASCII(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}

func decodeLatin1(b []byte) string {
	runes := make([]rune, 0, len(b))
	for _, c := range b {
		runes = append(runes, rune(c))
	}
	return string(runes)
}

func decodeUTF16(b []byte) (string, bool) {
	b = bytes.TrimPrefix(b, []byte{0xfe, 0xff})
	units := make([]uint16, 0, len(b)/2)
	for pair := range slices.Chunk(b, 2) {
		if len(pair) == 1 {
			return "", false
		}
		units = append(units, uint16(pair[0])<<8|uint16(pair[1]))
	}
	return string(utf16.Decode(units)), true
}
