package format

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDumpBytes bounds a dump: 10,000 accounts have half of it.
const maxDumpBytes = 2 << 20

// dumpReader reads what "totp-cli dump" writes: a list of names with a list of
// accounts each, in YAML. Of YAML it knows what such a list is written with by
// any program, one name and value a line; all the rest (references, which are
// YAML's bomb, tags, brackets, text of several lines) is refused by line. A whole
// YAML library would cost every start of the program a twentieth (measured: it
// compiles expressions and fills tables before main); it is the judge in the tests.
type dumpReader struct {
	number     int // of the line
	namespaces []map[string]any
	accounts   []any          // of the last namespace
	account    map[string]any // the last one, nil outside of the list
	open       bool           // "accounts:" was the last name of the namespace

	// The columns of the dashes and the names, of namespaces and of accounts.
	outerDash, outer, innerDash, inner int
}

// dumpToJSON turns the dump into JSON, so that the same checks hold for both.
func dumpToJSON(text []byte) ([]byte, error) {
	if len(text) > maxDumpBytes {
		return nil, fmt.Errorf("%w: %d bytes of YAML are more than %d", ErrLimit, len(text), maxDumpBytes)
	}
	r := dumpReader{}
	for raw := range bytes.Lines(text) {
		r.number++
		line := strings.TrimRight(strings.TrimRight(string(raw), "\r\n"), " ")
		body := strings.TrimLeft(line, " ")
		if !utf8.ValidString(line) || strings.ContainsFunc(line, isNotInDump) {
			return nil, r.damaged("it has a character that is not in a dump")
		}
		if body == "" || body[0] == '#' || line == "---" && r.namespaces == nil {
			continue
		}
		if why := r.line(body, len(line)-len(body)); why != "" {
			return nil, r.damaged(why)
		}
	}
	if r.namespaces == nil {
		return nil, fmt.Errorf("%w: the dump is empty", ErrDamaged)
	}
	r.close()
	return mustJSON(r.namespaces), nil
}

func (r *dumpReader) damaged(why string) error {
	return fmt.Errorf("%w: line %d of the dump: %s", ErrDamaged, r.number, why)
}

// line takes "name: value" or "- name: value" at a column, and returns what is
// wrong with it.
func (r *dumpReader) line(body string, column int) string {
	rest, dash := strings.CutPrefix(body, "- ")
	rest = strings.TrimLeft(rest, " ")
	at := column + len(body) - len(rest)
	name, text, ok := cutDumpName(rest)
	if !ok {
		return "it is not “name: value”"
	}
	value, why := dumpValue(text)
	if why != "" {
		return why
	}
	into := r.place(dash, column, at)
	if into == nil {
		return "it does not belong to what is above it"
	}
	if _, twice := into[name]; twice {
		return "its name is there twice"
	}
	into[name] = value
	r.open = r.account == nil && name == "accounts" && value == nil
	return ""
}

// place is the namespace or account that a line at a column belongs to, or nil.
func (r *dumpReader) place(dash bool, column, at int) map[string]any {
	switch {
	case dash && (r.namespaces == nil || column == r.outerDash):
		r.close()
		r.namespaces = append(r.namespaces, map[string]any{})
		r.outerDash, r.outer = column, at
	case dash && r.open && column >= r.outer, dash && r.account != nil && column == r.innerDash:
		r.account = map[string]any{}
		r.accounts = append(r.accounts, r.account)
		r.innerDash, r.inner = column, at
	case !dash && r.account != nil && at == r.inner:
	case !dash && r.namespaces != nil && at == r.outer:
		r.close()
	default:
		return nil
	}
	if r.account != nil {
		return r.account
	}
	return r.namespaces[len(r.namespaces)-1]
}

// close ends a list of accounts.
func (r *dumpReader) close() {
	if r.account != nil {
		r.namespaces[len(r.namespaces)-1]["accounts"] = r.accounts
	}
	r.accounts, r.account, r.open = nil, nil, false
}

// isNotInDump finds what YAML takes for the end of a line, or does not allow
// outside of quotation marks; a dump escapes it.
func isNotInDump(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == '\uFEFF'
}

// cutDumpName cuts a name of letters from its value, which may be empty.
func cutDumpName(text string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(text, ":")
	letter := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	if !ok || name == "" || strings.TrimFunc(name, letter) != "" || value != "" && value[0] != ' ' {
		return "", "", false
	}
	return name, strings.TrimLeft(value, " "), true
}
