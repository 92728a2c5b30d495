package vault

import "encoding/json"

// member is one name and value of a JSON object. Both are slices of the
// object's text; the name still has its quotes.
type member struct {
	name  []byte
	value json.RawMessage
}

// members cuts a JSON object into its members without decoding them. The text
// has to be valid JSON (json.Valid): on valid text, brackets and quotes are all
// that has to be looked at, which is several times faster than decoding, and a
// record is decoded only when somebody wants it. It reports false for a value
// that is no object.
func members(object []byte) ([]member, bool) {
	parts, ok := cut(object, '{', '}')
	if !ok {
		return nil, false
	}
	out := make([]member, 0, len(parts))
	for _, p := range parts {
		end := stringEnd(p, 0)
		value := trim(p[end:])
		out = append(out, member{p[:end], trim(value[1:])})
	}
	return out, true
}

// elements cuts a JSON array, which has to be valid, into its elements.
func elements(array []byte) ([]json.RawMessage, bool) {
	parts, ok := cut(array, '[', ']')
	if !ok {
		return nil, false
	}
	out := make([]json.RawMessage, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out, true
}

// cut returns what stands between the commas of the outermost brackets.
func cut(text []byte, open, closing byte) ([][]byte, bool) {
	text = trim(text)
	if len(text) < 2 || text[0] != open || text[len(text)-1] != closing {
		return nil, false
	}
	var parts [][]byte
	depth, start := 0, 1
	for i := 1; i < len(text)-1; i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, trim(text[start:i]))
				start = i + 1
			}
		}
	}
	last := trim(text[start : len(text)-1])
	if len(last) > 0 {
		parts = append(parts, last)
	}
	return parts, true
}

// stringEnd returns the index behind the string that begins at i.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// trim takes JSON's blanks from both ends; the result cannot be appended to
// without being copied.
func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b[:len(b):len(b)]
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
