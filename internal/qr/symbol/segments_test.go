package symbol

import (
	"errors"
	"testing"
)

// bitsOf packs fields of a value and a width into bytes.
func bitsOf(fields ...[2]int) []byte {
	var out []byte
	at := 0
	for _, f := range fields {
		for i := f[1] - 1; i >= 0; i-- {
			if at%8 == 0 {
				out = append(out, 0)
			}
			out[at/8] |= byte(f[0]>>i&1) << (7 - at%8)
			at++
		}
	}
	return out
}

// The examples of ISO/IEC 18004 (7.4.3, 7.4.4, 7.4.6), and texts that encoders
// cut in odd places or write in other character sets.
func TestText(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version int
		data    []byte
		want    string
	}{
		{"numeric", 1, bitsOf([2]int{1, 4}, [2]int{8, 10}, [2]int{12, 10}, [2]int{345, 10}, [2]int{67, 7}, [2]int{0, 4}), "01234567"},
		{"alphanumeric", 1, bitsOf([2]int{2, 4}, [2]int{5, 9}, [2]int{462, 11}, [2]int{1849, 11}, [2]int{2, 6}, [2]int{0, 4}), "AC-42"},
		{"Kanji", 1, bitsOf([2]int{8, 4}, [2]int{2, 8}, [2]int{0xd9f, 13}, [2]int{0x1aaa, 13}, [2]int{0, 4}), "点茗"},
		{"Hanzi", 1, bitsOf([2]int{13, 4}, [2]int{1, 4}, [2]int{1, 8}, [2]int{0xb0a1 - 0xa6a1 - 0xa00 + 0x3c0, 13}, [2]int{0, 4}), "啊"},
		{"é over two segments", 1, bitsOf([2]int{4, 4}, [2]int{1, 8}, [2]int{0xc3, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{0xa9, 8}, [2]int{0, 4}), "é"},
		{"wider counts from version 10", 10, bitsOf([2]int{4, 4}, [2]int{1, 16}, [2]int{120, 8}, [2]int{1, 4}, [2]int{1, 12}, [2]int{7, 4}), "x7"},
		{"UTF-8 announced", 1, bitsOf([2]int{7, 4}, [2]int{26, 8}, [2]int{4, 4}, [2]int{2, 8}, [2]int{0xc3, 8}, [2]int{0xa9, 8}, [2]int{0, 4}), "é"},
		{"Latin 1 announced", 1, bitsOf([2]int{7, 4}, [2]int{3, 8}, [2]int{4, 4}, [2]int{2, 8}, [2]int{0xc3, 8}, [2]int{0xa9, 8}, [2]int{0, 4}), "Ã©"},
		{"Latin 1 unsaid", 1, bitsOf([2]int{4, 4}, [2]int{2, 8}, [2]int{0xe9, 8}, [2]int{116, 8}, [2]int{0, 4}), "ét"},
		{"Shift JIS announced", 1, bitsOf([2]int{7, 4}, [2]int{20, 8}, [2]int{4, 4}, [2]int{2, 8}, [2]int{0x93, 8}, [2]int{0x5f, 8}, [2]int{0, 4}), "点"},
		{"Shift JIS unsaid", 1, bitsOf([2]int{4, 4}, [2]int{6, 8}, [2]int{0x93, 8}, [2]int{0xfa, 8}, [2]int{0x96, 8}, [2]int{0x7b, 8}, [2]int{0x8c, 8}, [2]int{0xea, 8}, [2]int{0, 4}), "日本語"},
		{"UTF-16 announced", 1, bitsOf([2]int{7, 4}, [2]int{25, 8}, [2]int{4, 4}, [2]int{2, 8}, [2]int{0x70, 8}, [2]int{0xb9, 8}, [2]int{0, 4}), "点"},
		{"part of several codes", 1, bitsOf([2]int{3, 4}, [2]int{0x01, 8}, [2]int{0x55, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{120, 8}, [2]int{0, 4}), "x"},
		{"no end mark, full", 1, bitsOf([2]int{4, 4}, [2]int{1, 8}, [2]int{120, 8}), "x"},
		{"unknown character set", 1, bitsOf([2]int{7, 4}, [2]int{5, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{0xe9, 8}, [2]int{0, 4}), ""},
		{"ASCII in an unknown character set", 1, bitsOf([2]int{7, 4}, [2]int{5, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{120, 8}, [2]int{0, 4}), "x"},
		{"unknown mode", 1, bitsOf([2]int{6, 4}, [2]int{1, 8}), ""},
		{"cut off", 1, bitsOf([2]int{4, 4}, [2]int{200, 8}, [2]int{120, 8}), ""},
		{"digits over 999", 1, bitsOf([2]int{1, 4}, [2]int{3, 10}, [2]int{1000, 10}, [2]int{0, 4}), ""},
		{"bytes that are no text", 1, bitsOf([2]int{7, 4}, [2]int{26, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{0xff, 8}, [2]int{0, 4}), ""},
		{"empty", 1, bitsOf([2]int{0, 4}), ""},
	} {
		got, err := text(tt.data, tt.version)
		if got != tt.want || (tt.want == "") != errors.Is(err, ErrNoText) {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}
