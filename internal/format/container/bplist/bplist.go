// Package bplist reads Apple's binary property lists, and the object graphs that
// NSKeyedArchiver stores in them, as far as an authenticator's backup needs it.
//
// A property list is a table of objects that refer to each other by number. A
// hostile one refers in circles, or to the same list a thousand times inside a
// list that is itself referred to a thousand times. So each object is built once
// and shared, an object inside itself is refused, and all elements are counted.
//
// howett.net/plist was weighed: it builds a shared object anew wherever it is
// referred to. 22 lists, each twice in the next, are 131 bytes and took it 288 MB,
// 30 would take 72 GB (TestSharedObjectsAreBuiltOnce), and a limit on the size of
// the file or recover is no help against that.
package bplist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf16"
)

// Magic is how a binary property list of version 0 begins.
const Magic = "bplist00"

// ErrDamaged says that the bytes are not a property list that is read here.
var ErrDamaged = errors.New("damaged property list")

// UID refers to an object of a keyed archive.
type UID uint64

// maxElements bounds the objects, and the references in all lists and
// dictionaries together.
const maxElements = 1 << 20

// maxDepth of objects inside objects.
const maxDepth = 64

// Date is a moment in seconds since 2001-01-01 UTC.
type Date float64

type reader struct {
	data     []byte
	offsets  []byte // the table: where each object begins
	width    int    // bytes of an entry of the table
	refWidth int    // bytes of a reference
	built    []any
	open     []bool // being built: an object inside itself
	elements int
}

// Parse returns the top object: nil, bool, int64, float64, Date, string, []byte,
// UID, []any, or map[string]any.
func Parse(data []byte) (any, error) {
	if len(data) < len(Magic)+32 || string(data[:len(Magic)]) != Magic {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	trailer := data[len(data)-32:]
	count, top := binary.BigEndian.Uint64(trailer[8:]), binary.BigEndian.Uint64(trailer[16:])
	table := binary.BigEndian.Uint64(trailer[24:])
	r := &reader{data: data[:len(data)-32], width: int(trailer[6]), refWidth: int(trailer[7])}
	room := uint64(len(r.data))
	if r.width < 1 || r.width > 8 || r.refWidth < 1 || r.refWidth > 8 ||
		table > room || count > (room-table)/uint64(r.width) || count > maxElements || top >= count {
		return nil, fmt.Errorf("%w: its table of objects does not fit", ErrDamaged)
	}
	r.offsets = r.data[table:]
	r.built, r.open = make([]any, count), make([]bool, count)
	return r.object(top, 0)
}

func (r *reader) object(n uint64, depth int) (any, error) {
	switch {
	case n >= uint64(len(r.built)):
		return nil, fmt.Errorf("%w: there is no object %d", ErrDamaged, n)
	case r.built[n] != nil:
		return r.built[n], nil
	case r.open[n] || depth > maxDepth:
		return nil, fmt.Errorf("%w: object %d is inside itself", ErrDamaged, n)
	}
	r.open[n] = true
	at := bigEndian(r.offsets[int(n)*r.width:][:r.width])
	if at >= uint64(len(r.data)) {
		return nil, fmt.Errorf("%w: object %d is beyond the end", ErrDamaged, n)
	}
	v, err := r.read(r.data[at:], depth)
	r.open[n] = false
	r.built[n] = v
	return v, err
}

// read decodes an object: the high half of the first byte is its kind, the low half
// its size, or 15 if the size is the number that follows.
func (r *reader) read(b []byte, depth int) (any, error) {
	kind, size := b[0]>>4, int(b[0]&0x0f)
	b = b[1:]
	switch kind {
	case 0x0:
		switch size {
		case 8:
			return false, nil
		case 9:
			return true, nil
		}
		return nil, nil
	case 0x1, 0x2, 0x3, 0x8:
		return number(kind, size, b)
	}
	if size == 0x0f {
		if len(b) == 0 || b[0]>>4 != 1 || b[0]&0x0f > 3 || len(b) < 1+1<<(b[0]&0x0f) {
			return nil, errCut()
		}
		width := 1 << (b[0] & 0x0f)
		size, b = int(min(bigEndian(b[1:1+width]), math.MaxInt32)), b[1+width:]
	}
	unit := 1
	switch kind {
	case 0x4, 0x5:
	case 0x6:
		unit = 2
	case 0xa:
		unit = r.refWidth
	case 0xd:
		unit = 2 * r.refWidth // a key and its value
	default:
		return nil, fmt.Errorf("%w: an object of kind %#x", ErrDamaged, kind)
	}
	if size > len(b)/unit {
		return nil, errCut()
	}
	b = b[: size*unit : size*unit]
	switch kind {
	case 0x4:
		return b, nil
	case 0x5:
		return string(b), nil
	case 0x6:
		units := make([]uint16, size)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(b[2*i:])
		}
		return string(utf16.Decode(units)), nil
	}
	if r.elements += len(b) / r.refWidth; r.elements > maxElements {
		return nil, fmt.Errorf("%w: more than %d elements", ErrDamaged, maxElements)
	}
	refs := slices.Collect(slices.Chunk(b, r.refWidth))
	get := func(ref []byte) (any, error) { return r.object(bigEndian(ref), depth+1) }
	if kind == 0xd {
		return dictionary(refs[:size], refs[size:], get)
	}
	return list(refs, get)
}

func list[R any](refs []R, get func(R) (any, error)) (any, error) {
	out := make([]any, len(refs))
	for i, ref := range refs {
		var err error
		if out[i], err = get(ref); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func dictionary[R any](keys, values []R, get func(R) (any, error)) (any, error) {
	out := make(map[string]any, len(keys))
	for i := range keys {
		key, err := get(keys[i])
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, fmt.Errorf("%w: a key that is not text", ErrDamaged)
		}
		if out[name], err = get(values[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// number reads one of 2^low bytes, or a UID of low+1.
func number(kind byte, low int, b []byte) (any, error) {
	width := 1 << low
	if kind == 0x8 {
		width = low + 1
	}
	if width > 16 || width > len(b) {
		return nil, errCut()
	}
	raw := b[:width]
	switch {
	case kind == 0x8 && width <= 8:
		return UID(bigEndian(raw)), nil
	case kind == 0x1 && width == 16:
		return int64(bigEndian(raw[8:])), nil // only for numbers beyond 63 bits
	case kind == 0x1 && width <= 8:
		return int64(bigEndian(raw)), nil
	case kind == 0x2 && width == 4:
		return float64(math.Float32frombits(uint32(bigEndian(raw)))), nil
	case kind == 0x2 && width == 8:
		return math.Float64frombits(bigEndian(raw)), nil
	case kind == 0x3 && width == 8:
		return Date(math.Float64frombits(bigEndian(raw))), nil
	}
	return nil, fmt.Errorf("%w: a number of %d bytes", ErrDamaged, width)
}

func errCut() error { return fmt.Errorf("%w: it is cut off", ErrDamaged) }

func bigEndian(b []byte) uint64 {
	v := uint64(0)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}
