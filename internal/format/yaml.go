package format

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// The limits of YAML.
const (
	maxYAMLBytes = 1 << 20
	maxYAMLNodes = 200_000
)

// yamlToJSON turns the YAML of a dump into JSON, so that the same checks hold for
// both: lists and maps in lines, with plain and quoted values, as every library
// writes what is not text of several lines. Everything else is refused by name:
// references (the bomb of YAML), tags, lists in brackets, folded text.
func yamlToJSON(text []byte) ([]byte, error) {
	if len(text) > maxYAMLBytes {
		return nil, fmt.Errorf("%w: %d bytes of YAML are more than %d", ErrLimit, len(text), maxYAMLBytes)
	}
	r := yamlReader{}
	if err := r.split(text); err != nil {
		return nil, err
	}
	if len(r.lines) == 0 {
		return nil, fmt.Errorf("%w: the YAML is empty", ErrDamaged)
	}
	v, err := r.node(0)
	if err == nil && r.at < len(r.lines) {
		err = r.damaged("it does not belong to what is above it")
	}
	if err != nil {
		return nil, err
	}
	return mustJSON(v), nil
}

// yamlLine is a line that says something, without its indentation. What stands
// behind a dash is a line of its own, further in.
type yamlLine struct {
	number, indent int
	text           string
}

type yamlReader struct {
	lines     []yamlLine
	at, nodes int
}

func (r *yamlReader) damaged(why string) error {
	n := 0
	if len(r.lines) > 0 {
		n = r.lines[min(r.at, len(r.lines)-1)].number
	}
	return fmt.Errorf("%w: line %d of the YAML: %s", ErrDamaged, n, why)
}

// split takes the lines that are neither empty nor comments.
func (r *yamlReader) split(text []byte) error {
	number := 0
	for l := range bytes.Lines(text) {
		number++
		line := strings.TrimRight(strings.TrimRight(string(l), "\r\n"), " ")
		body := strings.TrimLeft(line, " ")
		switch {
		case body == "" || body[0] == '#' || line == "---" && len(r.lines) == 0:
			continue
		case line == "---" || line == "..." || body[0] == '%', strings.ContainsFunc(line, isYAMLBreak):
			return fmt.Errorf("%w: line %d of the YAML: it is of a kind that is not in a dump", ErrDamaged, number)
		}
		r.lines = append(r.lines, yamlLine{number, len(line) - len(body), body})
	}
	return nil
}

// isYAMLBreak finds what YAML takes for the end of a line, or does not allow
// outside of quotation marks, or may be both; a dump escapes all of it.
func isYAMLBreak(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == '\uFEFF' || c == unicode.ReplacementChar
}

// node reads the list, map or value that begins on the present line.
func (r *yamlReader) node(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: the YAML is nested deeper than %d", ErrLimit, maxDepth)
	}
	if err := r.count(); err != nil {
		return nil, err
	}
	l := r.lines[r.at]
	if isYAMLItem(l.text) {
		return r.list(l.indent, depth)
	}
	if _, _, ok := cutYAMLKey(l.text); ok {
		return r.mapping(l.indent, depth)
	}
	return r.value(l.text, l.indent)
}

func (r *yamlReader) count() error {
	if r.nodes++; r.nodes > maxYAMLNodes {
		return fmt.Errorf("%w: the YAML has too many parts", ErrLimit)
	}
	return nil
}

func isYAMLItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

func (r *yamlReader) list(indent, depth int) (any, error) {
	list := []any{}
	for r.at < len(r.lines) && r.lines[r.at].indent == indent && isYAMLItem(r.lines[r.at].text) {
		v, err := r.item(indent, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (r *yamlReader) item(indent, depth int) (any, error) {
	l := &r.lines[r.at]
	rest := strings.TrimLeft(l.text[1:], " ")
	if rest == "" || rest[0] == '#' {
		r.at++
		return r.below(indent+1, depth)
	}
	l.indent, l.text = l.indent+len(l.text)-len(rest), rest
	return r.node(depth + 1)
}

// below reads what stands on the next lines if they are further in, else it is
// null.
func (r *yamlReader) below(indent, depth int) (any, error) {
	if r.at < len(r.lines) && r.lines[r.at].indent >= indent {
		return r.node(depth + 1)
	}
	return nil, r.count()
}

func (r *yamlReader) mapping(indent, depth int) (any, error) {
	m := map[string]any{}
	for r.at < len(r.lines) && r.lines[r.at].indent == indent && !isYAMLItem(r.lines[r.at].text) {
		l := r.lines[r.at]
		key, rest, ok := cutYAMLKey(l.text)
		if _, twice := m[key]; !ok || twice {
			return nil, r.damaged("it is not a name that is there once, with a colon and a value")
		}
		var v any
		var err error
		if rest != "" {
			v, err = r.value(rest, indent)
		} else {
			r.at++
			if r.at < len(r.lines) && isYAMLItem(r.lines[r.at].text) {
				indent-- // a list may stand as far out as its name
			}
			v, err = r.below(indent+1, depth)
			indent = l.indent
		}
		if err != nil {
			return nil, err
		}
		m[key] = v
	}
	return m, nil
}

// value reads a value that ends with its line.
func (r *yamlReader) value(text string, indent int) (any, error) {
	if err := r.count(); err != nil {
		return nil, err
	}
	v, why := yamlScalar(text)
	if why != "" {
		return nil, r.damaged(why)
	}
	r.at++
	if r.at < len(r.lines) && r.lines[r.at].indent > indent {
		return nil, r.damaged("a value that goes on for several lines is not in a dump")
	}
	return v, nil
}

// yamlScalar reads a value: text, nil, or an empty list or map. Numbers stay
// text, as they were written.
func yamlScalar(text string) (v any, why string) {
	switch text[0] {
	case '"', '\'':
		s, rest, ok := cutYAMLQuoted(text)
		if !ok || yamlPlain(rest) != "" {
			return nil, "its quotation marks do not close"
		}
		return s, ""
	case '&', '*', '!':
		return nil, "it refers to other parts of itself"
	}
	plain := yamlPlain(text)
	switch plain {
	case "", "~", "null", "Null", "NULL":
		return nil, ""
	case "[]":
		return []any{}, ""
	case "{}":
		return map[string]any{}, ""
	}
	switch {
	case strings.ContainsAny(plain[:1], "[{") && strings.ContainsAny(plain, "*&"):
		return nil, "it refers to other parts of itself"
	case strings.ContainsAny(plain[:1], "[]{},|>@`%#"), strings.ContainsAny(plain[:1], "?:-") && strings.ContainsAny((plain + " ")[1:2], " \t"),
		strings.Contains(plain, ": "), strings.HasSuffix(plain, ":"):
		return nil, "it is written in a way that is not in a dump"
	}
	return plain, ""
}

// yamlPlain is text without the comment behind it.
func yamlPlain(text string) string {
	if strings.HasPrefix(text, "#") {
		return ""
	}
	text, _, _ = strings.Cut(text, " #")
	return strings.TrimSpace(text)
}

// cutYAMLKey cuts "name: value"; the value of "name:" is empty.
func cutYAMLKey(text string) (key, rest string, ok bool) {
	if text[0] == '"' || text[0] == '\'' {
		if key, rest, ok = cutYAMLQuoted(text); !ok {
			return "", "", false
		}
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ":"); !ok {
			return "", "", false
		}
	} else {
		if strings.ContainsAny(text[:1], "&*![]{},|>@`%#?") {
			return "", "", false
		}
		key, rest, ok = strings.Cut(text+" ", ": ")
		if !ok || strings.Contains(key, " #") {
			return "", "", false
		}
	}
	rest = strings.TrimSpace(rest)
	if strings.HasPrefix(rest, "#") {
		rest = ""
	}
	return strings.TrimSpace(key), rest, true
}
