package otpauth

import (
	"encoding/binary"
	"errors"
	"io"
)

// The wire format of Protocol Buffers, as much as a migration link needs:
// https://protobuf.dev/programming-guides/encoding/. Google's package reads the
// program's own file at every start to mix up its hashes, which costs each
// command as much as computing hundreds of codes.

// wireType is the low three bits of a field's tag: how long its value is.
type wireType uint64

const (
	wireVarint  wireType = 0
	wireFixed64 wireType = 1
	wireBytes   wireType = 2
	wireFixed32 wireType = 5
)

const maxFieldNumber = 1<<29 - 1

var (
	errWireOverflow = errors.New("a number in it has more than 64 bits")
	errWireNumber   = errors.New("a field in it has a number that does not exist")
	errWireKind     = errors.New("it has a field of a kind that is not used")
)

// field is one field of a message; number is a varint's value, bytes a string's.
type field struct {
	id     uint64
	wire   wireType
	number uint64
	bytes  []byte
}

// eachField walks over a message. Fields of unknown types are passed on without
// a value; groups, which could nest, are refused.
func eachField(b []byte, visit func(field) error) error {
	for len(b) > 0 {
		tag, rest, err := takeVarint(b)
		if err != nil {
			return err
		}
		f := field{id: tag >> 3, wire: wireType(tag & 7)}
		if f.id < 1 || f.id > maxFieldNumber {
			return errWireNumber
		}
		if b, err = f.take(rest); err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// take reads the field's value and returns what is behind it.
func (f *field) take(b []byte) (rest []byte, err error) {
	switch f.wire {
	case wireVarint:
		f.number, rest, err = takeVarint(b)
		return rest, err
	case wireBytes:
		size, rest, err := takeVarint(b)
		if err != nil {
			return nil, err
		}
		f.bytes, rest, err = takeBytes(rest, size)
		return rest, err
	case wireFixed32:
		_, rest, err = takeBytes(b, 4)
		return rest, err
	case wireFixed64:
		_, rest, err = takeBytes(b, 8)
		return rest, err
	}
	return nil, errWireKind
}

func takeVarint(b []byte) (v uint64, rest []byte, err error) {
	v, n := binary.Uvarint(b)
	switch {
	case n == 0:
		return 0, nil, io.ErrUnexpectedEOF
	case n < 0:
		return 0, nil, errWireOverflow
	}
	return v, b[n:], nil
}

func takeBytes(b []byte, size uint64) (taken, rest []byte, err error) {
	if size > uint64(len(b)) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return b[:size], b[size:], nil
}

func appendNumber(b []byte, id, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, id<<3|uint64(wireVarint)), v)
}

func appendBytes[T string | []byte](b []byte, id uint64, v T) []byte {
	b = binary.AppendUvarint(b, id<<3|uint64(wireBytes))
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}
