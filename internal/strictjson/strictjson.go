// Package strictjson reads all JSON that comes from outside: other apps' files,
// backups, the vault and its records. It is the one owner of
// github.com/go-json-experiment/json.
//
// Two programs that understand one text differently are a way to hand somebody
// another secret, so a text has one meaning here or it is refused:
//
//   - Names match exactly: "SECRET" and "ſecret" are not "secret".
//   - A name is in an object once. Names that differ in nothing but case count as
//     the same, because encoding/json and its like take one for the other.
//   - The text is valid UTF-8 and one JSON value. (Half of a surrogate pair,
//     written as \ud83d, is legal JSON and is read as U+FFFD.)
//   - Size, depth and numbers of values are bounded before anything is built.
//
// Errors say where, as a JSON Pointer (RFC 6901), and never hold a value.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Value is a JSON text that is kept as it is: what a reader does not know comes
// out as it went in.
type Value = jsontext.Value

// Limits bounds a text. A limit of 0 is none.
type Limits struct {
	Bytes  int // of the whole text
	Depth  int // of objects and arrays in one another
	Values int // in the whole text: memory grows with values, not with bytes
	Width  int // elements of one array or object
	Name   int // bytes of a member's name as it is written, without the quotes
}

// LimitError says which limit a text exceeds.
type LimitError struct{ problem string }

func (e *LimitError) Error() string { return e.problem }

func beyond(format string, args ...any) error { return &LimitError{fmt.Sprintf(format, args...)} }

// TypeError says that a value is of another kind than its reader expects.
type TypeError struct {
	Path string // of the value, without the first slash; "" for the whole text
	Kind string // of the value: "string", "number", "object", "array", "boolean", "null"
}

func (e *TypeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("a JSON %s is not what belongs here", e.Kind)
	}
	return fmt.Sprintf("a JSON %s does not belong in %q", e.Kind, clip(e.Path))
}

// Unmarshal checks a text and decodes it into v. Errors: *LimitError, *TypeError
// and others for what is not JSON.
func (l Limits) Unmarshal(text []byte, v any) error {
	if err := l.Check(text); err != nil {
		return err
	}
	return Decode(text, v)
}

// Decode decodes a text, or a part of one, that Check has passed: it does not
// look for names that are there twice. What v keeps as a Value may also be
// checked later.
func Decode(text []byte, v any) error {
	err := json.Unmarshal(text, v, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		return &TypeError{strings.TrimPrefix(string(wrong.JSONPointer), "/"), kindName(wrong.JSONKind)}
	}
	return syntaxError(err)
}

// Peek returns the string that an object has under a name, "" for none. It reads
// no further than to there, so the text may be wrong after it.
func Peek(text []byte, name string) string {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		key, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if key.String() != name {
			if d.SkipValue() != nil {
				return ""
			}
			continue
		}
		if value, err := d.ReadToken(); err == nil && value.Kind() == '"' {
			return value.String()
		}
		return ""
	}
	return ""
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '"':
		return "string"
	case '0':
		return "number"
	case '{', '}':
		return "object"
	case '[', ']':
		return "array"
	case 'n':
		return "null"
	}
	return "boolean"
}

// syntaxError says what is wrong with the text in words that hold none of it.
func syntaxError(err error) error {
	wrong, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName) && ok:
		return twice(wrong.JSONPointer)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return errors.New("the JSON text ends too early")
	case ok:
		return fmt.Errorf("it is not valid JSON (byte %d)", wrong.ByteOffset)
	}
	return err
}

// TwiceError says that an object has a name twice.
type TwiceError struct {
	Path string // of the second, without the first slash
}

func (e *TwiceError) Error() string {
	at := jsontext.Pointer("/" + e.Path)
	if parent := at.Parent(); parent != "" {
		return fmt.Sprintf("the JSON member %q is there twice in %q", clip(at.LastToken()), clip(string(parent[1:])))
	}
	return fmt.Sprintf("the JSON member %q is there twice", clip(at.LastToken()))
}

func twice(at jsontext.Pointer) error { return &TwiceError{strings.TrimPrefix(string(at), "/")} }

// Check walks over the whole text once, without building anything from it.
func (l Limits) Check(text []byte) error {
	switch {
	case l.Bytes > 0 && len(text) > l.Bytes:
		return beyond("%d bytes of JSON are more than %d", len(text), l.Bytes)
	case !utf8.Valid(text):
		return errors.New("the text is not valid UTF-8")
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowInvalidUTF8(true))
	var open []object // of what is open; an array has none of its fields set
	var names [][]byte
	for values := 0; ; {
		container, n := d.StackIndex(d.StackDepth())
		start := d.InputOffset()
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && values > 0:
			return nil
		case err != nil:
			return syntaxError(err)
		case container == 0 && values > 0 && token.Kind() != '}' && token.Kind() != ']':
			return errors.New("there is more after the end of the JSON text")
		}
		switch kind := token.Kind(); {
		case container == '{' && n%2 == 0 && kind == '"':
			name := bytes.TrimLeft(text[start:d.InputOffset()], " \t\r\n,")
			if l.Name > 0 && len(name)-2 > l.Name {
				return beyond("a JSON member's name is longer than %d bytes", l.Name)
			}
			names = append(names, name)
			open[len(open)-1].odd = open[len(open)-1].odd || !isPlain(name)
			continue
		case kind == '}' || kind == ']':
			last := open[len(open)-1]
			if last.odd {
				if name, again := repeated(names[last.first:]); again {
					return twice(d.StackPointer().AppendToken(name))
				}
			}
			open, names = open[:len(open)-1], names[:last.first]
			continue
		case kind == '{' || kind == '[':
			open = append(open, object{first: len(names)})
			if l.Depth > 0 && len(open) > l.Depth {
				return beyond("the JSON is nested deeper than %d levels", l.Depth)
			}
		}
		if container == '{' {
			n /= 2
		}
		switch values++; {
		case l.Values > 0 && values > l.Values:
			return beyond("more than %d JSON values", l.Values)
		case l.Width > 0 && container != 0 && n >= int64(l.Width):
			return beyond("more than %d elements in one JSON array or object", l.Width)
		}
	}
}

// object is an object that Check is in.
type object struct {
	first int  // of its names
	odd   bool // a name of it is not its own folded form
}

// isPlain reports whether a quoted name is its own folded form.
func isPlain(quoted []byte) bool {
	for _, c := range quoted {
		if c >= utf8.RuneSelf || c == '\\' || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// repeated finds the first name that an earlier one equals when case does not
// count. The names are quoted.
func repeated(quoted [][]byte) (name string, again bool) {
	seen := make(map[string]bool, len(quoted))
	for _, q := range quoted {
		name = unquote(q)
		folded := Fold(name)
		if seen[folded] {
			return name, true
		}
		seen[folded] = true
	}
	return "", false
}

// unquote replaces what is no UTF-8, as Decode does; the errors beside that are
// those of a text that is not a string.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 && utf8.Valid(quoted) {
		return string(quoted[1 : len(quoted)-1]) // nothing to decode, as nearly always
	}
	name, _ := jsontext.AppendUnquote(nil, quoted)
	return string(name)
}

// Fold maps the spellings of a name that a careless reader takes for one another
// to one: besides the letters' cases, the long s is an s and the Kelvin sign a k.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return unicode.ToLower(least)
	}, name)
}

// Member is one member of an object.
type Member struct {
	Name     string
	Value    Value
	Elements []Value // of the value, if it is an array
	Text     []byte  // name, colon and value as they are in the object
}

// Members takes an object apart, for a reader to whom a fault in one value is no
// fault of the others: a value is valid JSON, but has to be checked before it is
// decoded. With an error it returns the members before the fault; the one with
// the fault has no value.
func (l Limits) Members(text []byte) ([]Member, error) {
	d := lenient(text)
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	var all []Member
	seen := map[string]bool{}
	for d.PeekKind() != '}' {
		quoted, err := d.ReadValue()
		if err != nil {
			return all, syntaxError(err)
		}
		m := Member{Name: unquote(quoted)}
		folded, start := Fold(m.Name), int(d.InputOffset())-len(quoted)
		switch {
		case seen[folded]:
			return all, twice(jsontext.Pointer("").AppendToken(m.Name))
		case l.Width > 0 && len(all) == l.Width:
			return all, beyond("more than %d elements in one JSON array or object", l.Width)
		}
		seen[folded] = true
		if d.PeekKind() == '[' {
			begin := int(d.InputOffset()) + bytes.IndexByte(text[d.InputOffset():], '[')
			if m.Elements, err = l.elements(d, text); err == nil {
				m.Value = text[begin:d.InputOffset()]
			}
		} else if m.Value, err = d.ReadValue(); err == nil {
			m.Value = at(text, d, m.Value)
		}
		if err != nil {
			return append(all, m), syntaxError(err)
		}
		end := int(d.InputOffset())
		m.Text = text[start:end:end]
		all = append(all, m)
	}
	return all, atEnd(d)
}

// Elements takes an array apart as Members does an object.
func (l Limits) Elements(text []byte) ([]Value, error) {
	d := lenient(text)
	if d.PeekKind() != '[' {
		return nil, errors.New("it is not a JSON array")
	}
	all, err := l.elements(d, text)
	if err != nil {
		return all, syntaxError(err)
	}
	return all, atEnd(d)
}

// smallest is less than a record can have, in bytes.
const smallest = 64

func (l Limits) elements(d *jsontext.Decoder, text []byte) ([]Value, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	lines := bytes.Count(text, []byte("\n")) // about as many as elements, where we wrote it
	all := make([]Value, 0, min(lines, len(text)/smallest))
	for d.PeekKind() != ']' {
		value, err := d.ReadValue()
		if err != nil {
			return all, err
		}
		if l.Width > 0 && len(all) == l.Width {
			return all, beyond("more than %d elements in one JSON array or object", l.Width)
		}
		all = append(all, at(text, d, value))
	}
	_, err := d.ReadToken()
	return all, err
}

// at returns the value that the decoder has just read as a part of the text: its
// own is valid only until it reads on.
func at(text []byte, d *jsontext.Decoder, value Value) Value {
	end := int(d.InputOffset())
	return text[end-len(value) : end : end]
}

// Scanner looks through many objects for a few of their values, in little time
// and memory. The zero value is ready.
type Scanner struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
}

// Scalars sets out[i] to the value of the member names[i]: a string's text, or a
// number or boolean as it is written. It reads no further than it must and checks
// nothing beyond.
func (s *Scanner) Scalars(object []byte, names, out []string) {
	s.buffer = *bytes.NewBuffer(object)
	s.decoder.Reset(&s.buffer, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	token, err := s.decoder.ReadToken()
	if err != nil || token.Kind() != '{' {
		return
	}
	for missing := len(names); missing > 0 && s.decoder.PeekKind() == '"' && err == nil; {
		var name, value Value
		name, err = s.decoder.ReadValue()
		i := slices.IndexFunc(names, func(n string) bool { return err == nil && string(name[1:len(name)-1]) == n })
		if i < 0 {
			err = errors.Join(err, s.decoder.SkipValue())
			continue
		}
		value, err = s.decoder.ReadValue()
		switch value.Kind() {
		case '"':
			out[i] = unquote(value)
		case 't', 'f', '0':
			out[i] = string(value)
		}
		missing--
	}
}

func lenient(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// atEnd reads the closing bracket, if it was not read, and wants nothing after it.
func atEnd(d *jsontext.Decoder) error {
	if d.StackDepth() > 0 {
		if _, err := d.ReadToken(); err != nil {
			return syntaxError(err)
		}
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the JSON text")
	}
	return nil
}

// Marshal writes v on one line. Letters are not escaped for HTML, because people
// read this with jq, and a Value is written as it is but for its blanks.
func Marshal(v any) ([]byte, error) { return marshal(v) }

// MarshalIndent writes v with two blanks of indentation and a line break at the
// end, as most apps do.
func MarshalIndent(v any) ([]byte, error) {
	out, err := marshal(v, jsontext.WithIndent("  "))
	return append(out, '\n'), err
}

func marshal(v any, more ...json.Options) ([]byte, error) {
	return json.Marshal(v, append(more, json.Deterministic(true), jsontext.PreserveRawStrings(true),
		jsontext.EscapeForJS(true),                                          // as every version did: digests of records are kept (vault.BackupProof)
		jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true), // for damaged records that are kept
		json.FormatNilSliceAsNull(true), json.FormatNilMapAsNull(true))...)
}

// clip keeps a hostile name from filling a message.
func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
