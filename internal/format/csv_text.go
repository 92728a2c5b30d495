package format

import (
	"encoding/hex"
	"strings"
	"time"
)

// csvFormulas begin a cell that a spreadsheet computes instead of showing
// (OWASP ASVS 5.0, 1.2.10).
const csvFormulas = "=+-@\t\r\x00"

// guardCSV puts an apostrophe before such a text, and before one that begins
// with an apostrophe, so that unguardCSV can undo it exactly.
func guardCSV(s string) string {
	if s != "" && (strings.IndexByte(csvFormulas, s[0]) >= 0 || s[0] == '\'') {
		return "'" + s
	}
	return s
}

// unguardCSV undoes guardCSV, and the same guard of other programs.
func unguardCSV(s string) string {
	if len(s) > 1 && s[0] == '\'' && (strings.IndexByte(csvFormulas, s[1]) >= 0 || s[1] == '\'') {
		return s[1:]
	}
	return s
}

func hexSecret(text string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(text), ""))
}

// csvTime reads RFC 3339 or Unix seconds; 0 for anything else.
func csvTime(text string) int64 {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UnixMilli()
	}
	return millis(looseInt{text})
}
