package otpauth

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The examples of https://protobuf.dev/programming-guides/encoding/.
func TestWireExamples(t *testing.T) {
	if got := appendNumber(nil, 1, 150); !bytes.Equal(got, []byte{0x08, 0x96, 0x01}) {
		t.Errorf("a = 150: % x", got)
	}
	if got := appendBytes(nil, 2, "testing"); string(got) != "\x12\x07testing" {
		t.Errorf("b = testing: % x", got)
	}
	minusTwo := append([]byte{0x08, 0xfe}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)
	if got := appendNumber(nil, 1, ^uint64(1)); !bytes.Equal(got, minusTwo) {
		t.Errorf("a = -2: % x", got)
	}
}

func TestEachFieldReadsWhatThereIs(t *testing.T) {
	message := "\x08\x96\x01" + // 1: 150
		"\x12\x07testing" + // 2
		"\x1d\x01\x02\x03\x04" + // 3, four bytes
		"\x21\x01\x02\x03\x04\x05\x06\x07\x08" + // 4, eight bytes
		"\x2a\x00" // 5: ""
	var ids []protowire.Number
	err := eachField([]byte(message), func(f field) error {
		ids = append(ids, f.id)
		if f.id == 1 && f.number != 150 || f.id == 2 && string(f.bytes) != "testing" {
			t.Errorf("field %d: %d, %q", f.id, f.number, f.bytes)
		}
		return nil
	})
	if err != nil || !slices.Equal(ids, []protowire.Number{1, 2, 3, 4, 5}) {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestEachFieldRefusesDamage(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		want    error // nil: any
	}{
		"half a tag":          {"\x88", io.ErrUnexpectedEOF},
		"no value":            {"\x08", io.ErrUnexpectedEOF},
		"half a number":       {"\x08\x96", io.ErrUnexpectedEOF},
		"65 bits":             {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", nil},
		"text cut short":      {"\x12\x07testin", io.ErrUnexpectedEOF},
		"length over 1<<63":   {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", io.ErrUnexpectedEOF},
		"three of four bytes": {"\x1d\x01\x02\x03", io.ErrUnexpectedEOF},
		"seven of eight":      {"\x21\x01\x02\x03\x04\x05\x06\x07", io.ErrUnexpectedEOF},
		"field 0":             {"\x00\x01", nil},
		"a group":             {"\x0b\x0c", errWireKind},
		"kind 7":              {"\x0f\x01", errWireKind},
	} {
		if err := eachField([]byte(c.message), func(field) error { return nil }); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
