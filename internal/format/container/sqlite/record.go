package sqlite

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf16"
)

// The text encodings of the header; a database without tables has 0.
const (
	encodingUTF8    = 1
	encodingUTF16LE = 2
	encodingUTF16BE = 3
)

func errVarint() error { return fmt.Errorf("%w: a number is cut off", ErrDamaged) }

// varint reads a number of one to nine bytes, most significant first; n is 0
// when the bytes end too soon.
func varint(b []byte) (v uint64, n int) {
	for i := range min(len(b), 8) {
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	if len(b) < 9 {
		return 0, 0
	}
	return v<<8 | uint64(b[8]), 9
}

// record decodes a row: a header of serial types, then the values (file format
// 2.1).
func (db *DB) record(payload []byte) ([]any, error) {
	size, n := varint(payload)
	if n == 0 || size < uint64(n) || size > uint64(len(payload)) {
		return nil, fmt.Errorf("%w: a row's header is cut off", ErrDamaged)
	}
	types, body := payload[n:size], payload[size:]
	var values []any
	for len(types) > 0 {
		t, n := varint(types)
		if n == 0 {
			return nil, errVarint()
		}
		var size uint64
		switch {
		case t <= 4:
			size = t
		case t == 5:
			size = 6
		case t <= 7:
			size = 8
		case t == 10 || t == 11:
			return nil, fmt.Errorf("%w: serial type %d", ErrDamaged, t)
		case t >= 12:
			size = (t - 12) / 2
		}
		if size > uint64(len(body)) {
			return nil, fmt.Errorf("%w: a value is cut off", ErrDamaged)
		}
		raw := body[:size]
		types, body = types[n:], body[size:]
		switch {
		case t == 0:
			values = append(values, nil)
		case t <= 6: // two's complement, most significant byte first
			v := int64(int8(raw[0]))
			for _, b := range raw[1:] {
				v = v<<8 | int64(b)
			}
			values = append(values, v)
		case t == 7:
			values = append(values, math.Float64frombits(binary.BigEndian.Uint64(raw)))
		case t <= 9:
			values = append(values, int64(t-8))
		case t%2 == 0:
			values = append(values, raw)
		default:
			values = append(values, db.text(raw))
		}
	}
	return values, nil
}

func (db *DB) text(raw []byte) string {
	var order binary.ByteOrder = binary.LittleEndian
	switch db.encoding {
	case encodingUTF16LE:
	case encodingUTF16BE:
		order = binary.BigEndian
	default:
		return string(raw)
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}
