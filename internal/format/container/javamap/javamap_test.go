package javamap

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// stream writes a map as Java does, with the field list that is given.
func stream(fields string, state int, pairs ...string) []byte {
	out := append([]byte(Magic), codeObject, codeClass)
	out = append(out, hashMap...)
	out = append(out, fields...)
	out = append(out, make([]byte, state)...)
	out = append(out, codeBlock, 8, 0, 0, 0, 16)
	out = binary.BigEndian.AppendUint32(out, uint32(len(pairs)/2))
	for _, p := range pairs {
		out = append(out, p...)
	}
	return append(out, codeEnd)
}

func str(s string) string { return string([]byte{codeString, byte(len(s) >> 8), byte(len(s))}) + s }

func TestRead(t *testing.T) {
	long := string([]byte{codeLongString, 0, 0, 0, 0, 0, 1, 0, 0}) + strings.Repeat("x", 65536)
	same := string([]byte{codeReference, 0, 0x7e, 0, 2}) // the first string
	for name, c := range map[string]struct {
		data []byte
		want []Pair
	}{
		"usual":     {stream(usualField, 8, str("a"), str("b")), []Pair{{"a", "b"}}},
		"Android 6": {stream(loneField, 4, str("a"), str("b")), []Pair{{"a", "b"}}},
		"empty":     {stream(usualField, 8), nil},
		"long":      {stream(usualField, 8, str("a"), long), []Pair{{"a", strings.Repeat("x", 65536)}}},
		"reference": {stream(usualField, 8, str("a"), same), []Pair{{"a", "a"}}},
		"null":      {stream(usualField, 8, str("a"), string([]byte{codeNull})), []Pair{{"a", ""}}},
		"letters":   {stream(usualField, 8, str("ü\xc0\x80€"), str("\xed\xa0\xbd\xed\xb8\x80")), []Pair{{"ü\x00€", "😀"}}},
	} {
		got, err := Read(c.data, 1)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %.60v, %v", name, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":           {nil, ErrDamaged},
		"other class":     {append([]byte(Magic), "sr\x00\x04evil"...), ErrDamaged},
		"object inside":   {stream(usualField, 8, str("a"), "sr\x00\x04evil"), ErrDamaged},
		"false reference": {stream(usualField, 8, str("a"), "q\x00\x7e\x00\x00"), ErrDamaged},
		"cut off":         {stream(usualField, 8, str("a"), "t\xff\xff"), ErrDamaged},
		"huge string":     {stream(usualField, 8, str("a"), "|\xff\xff\xff\xff\xff\xff\xff\xff"), ErrDamaged},
		"bad UTF-8":       {stream(usualField, 8, str("a"), str("\xff")), ErrDamaged},
		"more after it":   {append(stream(usualField, 8), 0), ErrDamaged},
		"pairs L+1":       {stream(usualField, 8, str("a"), str("b"), str("c"), str("d")), ErrLimit},
	} {
		if _, err := Read(c.data, 1); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// FuzzRead: no panic, and no more pairs than allowed.
func FuzzRead(f *testing.F) {
	f.Add(stream(usualField, 8, str("a"), str("b")))
	f.Add(stream(loneField, 4, str("a"), "q\x00\x7e\x00\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if pairs, err := Read(data, 10); err == nil && len(pairs) > 10 {
			t.Fatalf("%d pairs", len(pairs))
		}
	})
}
