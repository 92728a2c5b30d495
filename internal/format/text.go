package format

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// plainText returns the bytes of a text file as UTF-8: without a byte order
// mark, and decoded if it is UTF-16 (Notepad, PowerShell and RoboForm write it).
func plainText(data []byte) []byte {
	if rest, ok := bytes.CutPrefix(data, []byte("\xEF\xBB\xBF")); ok {
		return rest
	}
	order := unicode.LittleEndian
	switch head := data[:min(len(data), 256)&^1]; {
	case len(head) < 2 || len(data)%2 != 0:
		return data
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), head[0] != 0 && utf16ASCII(head[1:]):
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), head[1] != 0 && utf16ASCII(head):
		order = unicode.BigEndian
	default:
		return data
	}
	text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	if err != nil {
		return data
	}
	return text
}

// utf16ASCII reports whether three of four of every second byte are 0, as in
// UTF-16 without a mark.
func utf16ASCII(every []byte) bool {
	zeros, n := 0, 0
	for i := 0; i < len(every); i += 2 {
		n++
		if every[i] == 0 {
			zeros++
		}
	}
	return n >= 8 && zeros*4 >= n*3
}

// oldText decodes text of the time before UTF-8: Shift JIS or EUC-JP if that
// makes Japanese words, else Windows-1252, which Latin-1 is a part of. What is
// UTF-8, or no text at all, stays as it is.
func oldText(data []byte) []byte {
	if len(data) > maxOldText || utf8.Valid(data) || bytes.ContainsFunc(data, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f", r) }) {
		return data
	}
	best, most := []byte(nil), 0
	for _, e := range []encoding.Encoding{japanese.EUCJP, japanese.ShiftJIS} {
		text, err := e.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			continue
		}
		if score := japaneseWords(text); score > most {
			best, most = text, score
		}
	}
	if best != nil {
		return best
	}
	if text, err := charmap.Windows1252.NewDecoder().Bytes(data); err == nil {
		return text
	}
	return data
}

// japaneseWords counts the signs beside another one, kana twice, less the lone ones: what
// another encoding made by chance is alone among Latin letters.
func japaneseWords(text []byte) int {
	score, run, kana := 0, 0, 0
	end := func() {
		if score += run + kana; run == 1 {
			score -= 2 + kana
		}
		run, kana = 0, 0
	}
	for _, r := range string(text) {
		switch {
		case r >= 'ぁ' && r <= 'ヿ':
			run, kana = run+1, kana+1
		case r >= '一' && r <= '鿿' || r == '々':
			run++
		default:
			end()
		}
	}
	end()
	return score
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

// looksLikeJSON tells text from ciphertext.
func looksLikeJSON(data []byte) bool {
	text := strings.TrimLeft(string(data[:min(len(data), 64)]), " \t\r\n")
	return text != "" && (text[0] == '[' || text[0] == '{') && utf8.Valid(data)
}

// text is the string, or "" for null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
