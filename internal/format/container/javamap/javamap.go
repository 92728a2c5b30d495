// Package javamap reads one thing out of Java's object serialization: a HashMap
// of strings, as FreeOTP 2 writes its backup. It is no deserializer: any other
// class, and any kind of object but a string, is refused. The stream protocol is
// chapter 6 of the Java Object Serialization Specification. It is own code because no
// library was found that reads a map without making objects of the classes that a
// hostile file names.
package javamap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// Magic is how a stream begins: its magic number and version 5.
const Magic = "\xac\xed\x00\x05"

// ErrDamaged says that the bytes are not such a map.
var ErrDamaged = errors.New("not a serialized map of strings")

// ErrLimit says that the map has more pairs than asked for.
var ErrLimit = errors.New("the serialized map is too large")

// Pair is one entry of the map, in the stream's order.
type Pair struct{ Key, Value string }

// The type codes that occur.
const (
	codeReference  = 0x71
	codeClass      = 0x72
	codeObject     = 0x73
	codeString     = 0x74
	codeBlock      = 0x77
	codeEnd        = 0x78
	codeLongString = 0x7c
	codeNull       = 0x70
)

// The class descriptor of java.util.HashMap: its name and serialVersionUID, then
// its fields, of which Android 6 has one less.
const (
	hashMap    = "\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03"
	usualField = "\x00\x02F\x00\x0aloadFactorI\x00\x09threshold\x78\x70"
	loneField  = "\x00\x01F\x00\x0aloadFactor\x78\x70"
)

const firstHandle = 0x7e0000

// reader keeps the strings by their handles: class descriptor and object have
// the first two, and each string gets the next.
type reader struct {
	rest    []byte
	strings []string
}

// Read returns the pairs of a stream that holds one HashMap of strings.
func Read(data []byte, maxPairs int) ([]Pair, error) {
	r := &reader{rest: data}
	if !r.skip(Magic) || !r.skip(string([]byte{codeObject, codeClass})) || !r.skip(hashMap) {
		return nil, fmt.Errorf("%w: it begins with another object", ErrDamaged)
	}
	switch {
	case r.skip(usualField):
		r.take(8) // loadFactor, threshold
	case r.skip(loneField):
		r.take(4)
	default:
		return nil, fmt.Errorf("%w: its class has other fields", ErrDamaged)
	}
	if !r.skip(string([]byte{codeBlock, 8})) || len(r.rest) < 8 {
		return nil, fmt.Errorf("%w: its size is missing", ErrDamaged)
	}
	size := binary.BigEndian.Uint32(r.take(8)[4:])
	if uint64(size) > uint64(maxPairs) {
		return nil, fmt.Errorf("%w: %d pairs", ErrLimit, size)
	}
	var pairs []Pair
	for range size {
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		value, err := r.text()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, Pair{key, value})
	}
	if !r.skip(string([]byte{codeEnd})) || len(r.rest) != 0 {
		return nil, fmt.Errorf("%w: there is more after its end", ErrDamaged)
	}
	return pairs, nil
}

func (r *reader) skip(want string) (found bool) {
	r.rest, found = bytes.CutPrefix(r.rest, []byte(want))
	return found
}

// take returns the next n bytes, nil if there are fewer.
func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest = nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// text reads a string, or null as an empty one.
func (r *reader) text() (string, error) {
	errCut := fmt.Errorf("%w: it is cut off", ErrDamaged)
	code := r.take(1)
	if code == nil {
		return "", errCut
	}
	lengthSize := uint64(2)
	switch code[0] {
	case codeNull:
		return "", nil
	case codeString:
	case codeLongString:
		lengthSize = 8
	case codeReference:
		h := r.take(4)
		if h == nil {
			return "", errCut
		}
		i := int64(binary.BigEndian.Uint32(h)) - firstHandle - 2
		if i < 0 || i >= int64(len(r.strings)) {
			return "", fmt.Errorf("%w: it refers to an object that is not a string", ErrDamaged)
		}
		return r.strings[i], nil
	default:
		return "", fmt.Errorf("%w: it holds an object of kind %#x", ErrDamaged, code[0])
	}
	length := r.take(lengthSize)
	if length == nil {
		return "", errCut
	}
	n := binary.BigEndian.Uint64(append(make([]byte, 8-lengthSize), length...))
	raw := r.take(n)
	if raw == nil && n > 0 {
		return "", errCut
	}
	s, ok := modifiedUTF8(raw)
	if !ok {
		return "", fmt.Errorf("%w: a string is not modified UTF-8", ErrDamaged)
	}
	r.strings = append(r.strings, s)
	return s, nil
}

// modifiedUTF8 decodes Java's own UTF-8: NUL has two bytes, and a character
// beyond 16 bits is a surrogate pair of three bytes each.
func modifiedUTF8(b []byte) (string, bool) {
	units := make([]uint16, 0, len(b))
	for len(b) > 0 {
		switch c := b[0]; {
		case c < 0x80:
			units, b = append(units, uint16(c)), b[1:]
		case c&0xe0 == 0xc0 && len(b) >= 2 && b[1]&0xc0 == 0x80:
			units, b = append(units, uint16(c&0x1f)<<6|uint16(b[1]&0x3f)), b[2:]
		case c&0xf0 == 0xe0 && len(b) >= 3 && b[1]&0xc0 == 0x80 && b[2]&0xc0 == 0x80:
			units, b = append(units, uint16(c&0x0f)<<12|uint16(b[1]&0x3f)<<6|uint16(b[2]&0x3f)), b[3:]
		default:
			return "", false
		}
	}
	return string(utf16.Decode(units)), true
}
