package format

import (
	"bytes"
	"slices"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// probe is what detection knows about a file. It is made once and shared by all
// apps: asking each of forty apps to parse the file would cost seconds.
type probe struct {
	text []byte // UTF-8 without a byte order mark, leading blanks gone
	root byte   // '{' or '[' if it begins like JSON, else 0

	// members are those of the top-level object, or of the first element of a
	// top-level array. A file that is cut off shows those that came before the
	// cut; the one that was cut has a nil value.
	members map[string]strictjson.Value
}

// look returns the probe of the input.
func (in Input) look() *probe {
	if in.probe != nil {
		return in.probe
	}
	return newProbe(in.Data)
}

func newProbe(data []byte) *probe {
	p := &probe{text: bytes.TrimLeft(oldText(plainText(data)), " \t\r\n")}
	if len(p.text) == 0 || len(p.text) > MaxTextBytes || (p.text[0] != '{' && p.text[0] != '[') {
		return p
	}
	p.root = p.text[0]
	object := p.text
	if p.root == '[' {
		object = bytes.TrimLeft(p.text[1:], " \t\r\n")
	}
	p.members = membersOf(object)
	return p
}

// membersOf returns the members of the object at the beginning of a text, nil
// for another beginning. What is wrong with the text is found when it is read.
func membersOf(text []byte) map[string]strictjson.Value {
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	found, _ := strictjson.Limits{Width: maxElements}.Members(text)
	members := make(map[string]strictjson.Value, len(found))
	for _, m := range found {
		members[m.Name] = m.Value
	}
	return members
}

// object reports whether the file is a JSON object with all these members.
func (p *probe) object(names ...string) bool { return p.root == '{' && p.has(names...) }

// array reports whether the file is a JSON array whose first element has all
// these members.
func (p *probe) array(names ...string) bool {
	return p.root == '[' && p.members != nil && p.has(names...)
}

func (p *probe) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, ok := p.members[n]; return !ok })
}

// kind is the first byte of a member's value: '"' a string, '{' an object, '['
// an array, 't' or 'f' a boolean, 'n' null, a digit or '-' a number; 0 for none.
func (p *probe) kind(name string) byte {
	if v := p.members[name]; len(v) > 0 {
		return v[0]
	}
	return 0
}

// first returns the members of the first element of an array member, or nil.
func (p *probe) first(name string) map[string]strictjson.Value {
	array, ok := bytes.CutPrefix(p.members[name], []byte("["))
	if !ok {
		return nil
	}
	return membersOf(bytes.TrimLeft(array, " \t\r\n"))
}

// prefix reports whether the raw file begins with these bytes.
func (in Input) prefix(magic string) bool { return bytes.HasPrefix(in.Data, []byte(magic)) }

func hasMember(members map[string]strictjson.Value, name string) bool {
	_, ok := members[name]
	return ok
}
