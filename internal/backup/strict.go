package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/jsonsplit"
)

// This file is the strict layer under the JSON of a backup. encoding/json takes
// {"secret":"A","SECRET":"B"} for "B" without a word, and whatever two readers
// understand differently is a way to hand somebody another secret. Here the
// members of an object are taken apart one by one, and the same name twice, in
// whatever case, is an error.

// member is one member of an object.
type member struct {
	name   string
	folded string // what fold makes of the name
	quoted []byte // the name's JSON text
	value  []byte // the value's JSON text
}

// plausible is what any JSON text has to be before it is taken apart: one
// value, valid UTF-8, not too deep.
func plausible(text []byte) error {
	switch {
	case !utf8.Valid(text):
		return errors.New("it is not valid UTF-8")
	case depth(text) > MaxDepth:
		return fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
	case !json.Valid(text):
		return errors.New("it is not one JSON value")
	}
	return nil
}

// depth is the greatest number of open brackets; it is right for any text of
// which json.Valid says yes.
func depth(text []byte) int {
	deepest, open := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = jsonsplit.StringEnd(text, i) - 1
		case '{', '[':
			open++
			deepest = max(deepest, open)
		case '}', ']':
			open--
		}
	}
	return deepest
}

// valueEnd returns the index behind the value that begins at i.
func valueEnd(text []byte, i int) int {
	open := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = jsonsplit.StringEnd(text, i) - 1
		case '{', '[':
			open++
		case '}', ']':
			if open--; open < 0 {
				return i
			}
		case ',':
			if open == 0 {
				return i
			}
		}
	}
	return i
}

// members takes a plausible object apart. With an error about names it returns
// the members all the same.
func members(object []byte) ([]member, error) {
	object = bytes.TrimSpace(object)
	if len(object) == 0 || object[0] != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	found := make([]member, 0, usualMembers)
	for i := next(object, 1); object[i] != '}'; {
		end := jsonsplit.StringEnd(object, i)
		m, err := newMember(object[i:end])
		if err != nil {
			return nil, err
		}
		start := next(object, end) + 1 // behind the colon
		end = valueEnd(object, start)
		m.value = bytes.TrimSpace(object[start:end])
		found = append(found, m)
		i = next(object, end)
		if object[i] == ',' {
			i = next(object, i+1)
		}
	}
	return found, distinct(found)
}

// usualMembers is enough for nearly every record.
const usualMembers = 24

// newMember reads a name. Nearly all are plain and need no decoding.
func newMember(quoted []byte) (member, error) {
	m := member{quoted: quoted, name: string(quoted[1 : len(quoted)-1])}
	if bytes.IndexByte(quoted, '\\') >= 0 && json.Unmarshal(quoted, &m.name) != nil {
		return m, errors.New("a member's name cannot be read")
	}
	m.folded = fold(m.name)
	return m, nil
}

// elements takes a plausible array apart.
func elements(array []byte) ([][]byte, error) {
	array = bytes.TrimSpace(array)
	if len(array) == 0 || array[0] != '[' {
		return nil, errors.New("it is not a JSON array")
	}
	var found [][]byte
	for i := next(array, 1); array[i] != ']'; {
		end := valueEnd(array, i)
		found = append(found, bytes.TrimSpace(array[i:end]))
		if len(found) > MaxAccounts {
			return nil, fmt.Errorf("more than %d entries: %w", MaxAccounts, ErrLimit)
		}
		i = next(array, end)
		if array[i] == ',' {
			i = next(array, i+1)
		}
	}
	return found, nil
}

// next skips white space.
func next(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// distinct refuses two members whose names differ in case at most. Of a few
// names each is compared with each, which is quicker than a map.
func distinct(all []member) error {
	twice := func(m member) error { return fmt.Errorf("the member %q occurs twice", clip(m.name)) }
	if len(all) <= usualMembers {
		for i, m := range all {
			if slices.ContainsFunc(all[:i], func(o member) bool { return o.folded == m.folded }) {
				return twice(m)
			}
		}
		return nil
	}
	seen := make(map[string]bool, len(all))
	for _, m := range all {
		if seen[m.folded] {
			return twice(m)
		}
		seen[m.folded] = true
	}
	return nil
}

// fold maps the spellings of a name that encoding/json takes for one another
// to one: besides the letters' cases, the long s is an s and the Kelvin sign a k.
func fold(name string) string {
	if isPlain(name) {
		return name
	}
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return unicode.ToLower(least)
	}, name)
}

// isPlain reports whether folding would not change the name.
func isPlain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// clip keeps a hostile text from filling a message.
func clip(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
