package otpauth

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

var errWireKind = errors.New("it has a field of a kind that is not used")

// field is one field of a message; number is a varint's value, bytes a string's.
type field struct {
	id     protowire.Number
	wire   protowire.Type
	number uint64
	bytes  []byte
}

// check wants bytes in the fields from 1 to lastBytes and a number in those after
// them to last: taken for an unknown field, an account could be lost without a
// word.
func (f field) check(lastBytes, last protowire.Number) error {
	if f.id <= lastBytes && f.wire != protowire.BytesType || f.id > lastBytes && f.id <= last && f.wire != protowire.VarintType {
		return fmt.Errorf("field %d is not of the right kind", f.id)
	}
	return nil
}

// eachField walks over a message. Fields of unknown types are passed on without
// a value; groups, which could nest, are refused.
func eachField(b []byte, visit func(field) error) error {
	for len(b) > 0 {
		var f field
		var n int
		if f.id, f.wire, n = protowire.ConsumeTag(b); n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		switch f.wire {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type, protowire.Fixed64Type:
			n = protowire.ConsumeFieldValue(f.id, f.wire, b)
		default:
			return errWireKind
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

func appendNumber(b []byte, id protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, id, protowire.VarintType), v)
}

func appendBytes[T string | []byte](b []byte, id protowire.Number, v T) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, id, protowire.BytesType), []byte(v))
}
