package bplist

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

// plist joins objects, as they stand in a file, with their table and trailer.
// References have one byte.
func plist(top int, objects ...string) []byte {
	out := []byte(Magic)
	var offsets []byte
	for _, o := range objects {
		offsets = append(offsets, byte(len(out)))
		out = append(out, o...)
	}
	table := len(out)
	out = append(append(out, offsets...), 0, 0, 0, 0, 0, 0, 1, 1)
	for _, n := range []int{len(objects), top, table} {
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	return out
}

// The bytes are those that Python's plistlib and Apple's plutil write.
func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want any
	}{
		"null":   {plist(0, "\x00"), nil},
		"true":   {plist(0, "\x09"), true},
		"false":  {plist(0, "\x08"), false},
		"byte":   {plist(0, "\x10\xff"), int64(255)},
		"minus":  {plist(0, "\x13\xff\xff\xff\xff\xff\xff\xff\xff"), int64(-1)},
		"real":   {plist(0, "\x23\x3f\xf8\x00\x00\x00\x00\x00\x00"), 1.5},
		"single": {plist(0, "\x22\x3f\xc0\x00\x00"), 1.5},
		"date":   {plist(0, "\x33\x3f\xf8\x00\x00\x00\x00\x00\x00"), Date(1.5)},
		"data":   {plist(0, "\x43abc"), []byte("abc")},
		"ASCII":  {plist(0, "\x53abc"), "abc"},
		"long":   {plist(0, "\x5f\x10\x10aaaaaaaaaaaaaaaa"), "aaaaaaaaaaaaaaaa"},
		"UTF-16": {plist(0, "\x62\x00\xfc\x20\xac"), "ü€"},
		"UID":    {plist(0, "\x80\x07"), UID(7)},
		"array":  {plist(2, "\x51a", "\x51b", "\xa2\x00\x01"), []any{"a", "b"}},
		"dict":   {plist(2, "\x51a", "\x51b", "\xd1\x00\x01"), map[string]any{"a": "b"}},
	} {
		got, err := Parse(c.data)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":           nil,
		"no magic":        make([]byte, 64),
		"inside itself":   plist(0, "\xa1\x00"),
		"in a circle":     plist(0, "\xa1\x01", "\xa1\x00"),
		"no such object":  plist(0, "\xa1\x07"),
		"cut off":         plist(0, "\x5f\x10\xffabc"),
		"huge length":     plist(0, "\x5f\x13\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"key not text":    plist(1, "\x10\x01", "\xd1\x00\x00"),
		"unknown kind":    plist(0, "\x70"),
		"top beyond":      plist(9, "\x09"),
		"no root":         plist(0, "\xd0"),
		"number too wide": plist(0, "\x15aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	} {
		if name == "no root" {
			if _, err := Unarchive(data); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if _, err := Parse(data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Thirty lists, each twice in the next, would be 2^30 elements if each was
// built anew.
func TestSharedObjectsAreBuiltOnce(t *testing.T) {
	objects := []string{"\x51a"}
	for i := range 30 {
		objects = append(objects, "\xa2"+string([]byte{byte(i), byte(i)}))
	}
	got, err := Parse(plist(30, objects...))
	if err != nil || len(got.([]any)) != 2 {
		t.Errorf("%v", err)
	}
	deep := []string{"\x51a"}
	for i := range maxDepth + 1 {
		deep = append(deep, "\xa1"+string([]byte{byte(i)}))
	}
	if _, err := Parse(plist(maxDepth, deep...)); err != nil {
		t.Errorf("depth L: %v", err)
	}
	if _, err := Parse(plist(maxDepth+1, deep...)); !errors.Is(err, ErrDamaged) {
		t.Errorf("depth L+1: %v", err)
	}
}

// FuzzUnarchive: no panic, and an end.
func FuzzUnarchive(f *testing.F) {
	f.Add(plist(2, "\x51a", "\x51b", "\xd1\x00\x01"))
	f.Add(plist(6, "\x54$top", "\x58$objects", "\x54root", "\x80\x00", "\xd1\x02\x03", "\xa1\x00", "\xd2\x00\x01\x04\x05"))
	f.Fuzz(func(t *testing.T, data []byte) {
		Unarchive(data)
	})
}
