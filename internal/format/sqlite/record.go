package sqlite

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf16"
)

// The text encodings of the header; 0 stands in a database without tables.
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

// record decodes a row: a header of serial types, then the values.
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
		v, used, err := db.value(t, body)
		if err != nil {
			return nil, err
		}
		values, types, body = append(values, v), types[n:], body[used:]
	}
	return values, nil
}

// value decodes one value of serial type t (file format 2.1).
func (db *DB) value(t uint64, body []byte) (any, int, error) {
	size, err := valueSize(t)
	if err != nil {
		return nil, 0, err
	}
	if size > uint64(len(body)) {
		return nil, 0, fmt.Errorf("%w: a value is cut off", ErrDamaged)
	}
	raw, n := body[:size], int(size)
	switch {
	case t == 0:
		return nil, n, nil
	case t <= 6:
		return signed(raw), n, nil
	case t == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), n, nil
	case t <= 9:
		return int64(t - 8), n, nil
	case t%2 == 0:
		return raw, n, nil
	}
	return db.text(raw), n, nil
}

func valueSize(t uint64) (uint64, error) {
	switch {
	case t <= 4:
		return t, nil
	case t == 5:
		return 6, nil
	case t == 6 || t == 7:
		return 8, nil
	case t <= 9:
		return 0, nil
	case t <= 11:
		return 0, fmt.Errorf("%w: serial type %d", ErrDamaged, t)
	}
	return (t - 12) / 2, nil
}

// signed reads a big-endian two's complement number of 1 to 8 bytes.
func signed(raw []byte) int64 {
	v := int64(int8(raw[0]))
	for _, b := range raw[1:] {
		v = v<<8 | int64(b)
	}
	return v
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
