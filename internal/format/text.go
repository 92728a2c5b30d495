package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// plainText returns the bytes of a text file as UTF-8: without a byte order
// mark, and decoded if the mark says UTF-16 (Notepad and PowerShell write it).
func plainText(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		return data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}) && len(data)%2 == 0:
		return fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}) && len(data)%2 == 0:
		return fromUTF16(data[2:], binary.BigEndian)
	}
	return data
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// checkText refuses what cannot be lines of text.
func checkText(data []byte) error {
	switch {
	case len(data) > MaxTextBytes:
		return fmt.Errorf("%w: %d bytes of text are more than %d", ErrLimit, len(data), MaxTextBytes)
	case !utf8.Valid(data):
		return fmt.Errorf("%w: the text is not valid UTF-8", ErrDamaged)
	}
	return nil
}

// plural is a number with its noun: "1 item", "2 items".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// clip keeps a hostile value from filling a message.
func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
