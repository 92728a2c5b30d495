// Package jsonsplit cuts JSON objects and arrays into their parts without decoding
// them, and all but without taking memory: looking for one name in a thousand
// records would touch a megabyte of it otherwise.
//
// The text has to be valid JSON (json.Valid): on valid text, brackets and quotes
// are all that has to be looked at, which is several times faster than decoding,
// and a record is decoded only when somebody wants it.
package jsonsplit

import (
	"bytes"
	"encoding/json"
)

// Member is one name and value of a JSON object. Both are slices of the object's
// text; the name still has its quotes.
type Member struct {
	Name  []byte
	Value json.RawMessage
}

// Members calls f with the members of an object. It reports false for a value that
// is no object.
func Members(object []byte, f func(Member)) bool {
	return eachPart(object, '{', '}', func(part []byte) {
		end := StringEnd(part, 0)
		value := trim(part[end:])
		f(Member{part[:end], trim(value[1:])})
	})
}

// smallestRecord is less than a record can have, in bytes.
const smallestRecord = 64

// Elements cuts an array into its elements. It reports false for a value that is
// no array.
func Elements(array []byte) ([]json.RawMessage, bool) {
	lines := bytes.Count(array, []byte("\n")) // about as many as elements, where we wrote it
	out := make([]json.RawMessage, 0, min(lines, len(array)/smallestRecord))
	ok := eachPart(array, '[', ']', func(part []byte) { out = append(out, part) })
	return out, ok
}

// eachPart calls f with what stands between the commas of the outermost brackets.
func eachPart(text []byte, open, closing byte, f func(part []byte)) bool {
	text = trim(text)
	if len(text) < 2 || text[0] != open || text[len(text)-1] != closing {
		return false
	}
	depth, start := 0, 1
	for i := 1; i < len(text)-1; i++ {
		switch text[i] {
		case '"':
			i = StringEnd(text, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				f(trim(text[start:i]))
				start = i + 1
			}
		}
	}
	if last := trim(text[start : len(text)-1]); len(last) > 0 {
		f(last)
	}
	return true
}

// StringEnd returns the index behind the string that begins at i.
func StringEnd(text []byte, i int) int {
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
