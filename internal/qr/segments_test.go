package qr

import "testing"

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

// The two examples of ISO/IEC 18004 (7.4.3, 7.4.4), and a character split over
// two byte segments.
func TestSegmentBytes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version int
		data    []byte
		want    string
		ok      bool
	}{
		{"numeric", 1, bitsOf([2]int{1, 4}, [2]int{8, 10}, [2]int{12, 10}, [2]int{345, 10}, [2]int{67, 7}, [2]int{0, 4}), "01234567", true},
		{"alphanumeric", 1, bitsOf([2]int{2, 4}, [2]int{5, 9}, [2]int{462, 11}, [2]int{1849, 11}, [2]int{2, 6}, [2]int{0, 4}), "AC-42", true},
		{"é over two segments", 1, bitsOf([2]int{4, 4}, [2]int{1, 8}, [2]int{0xc3, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{0xa9, 8}, [2]int{0, 4}), "é", true},
		{"wider counts from version 10", 10, bitsOf([2]int{4, 4}, [2]int{1, 16}, [2]int{'x', 8}, [2]int{1, 4}, [2]int{1, 12}, [2]int{7, 4}), "x7", true},
		{"UTF-8 announced", 1, bitsOf([2]int{7, 4}, [2]int{26, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{'x', 8}, [2]int{0, 4}), "x", true},
		{"other character set", 1, bitsOf([2]int{7, 4}, [2]int{20, 8}, [2]int{4, 4}, [2]int{1, 8}, [2]int{'x', 8}), "", false},
		{"Kanji", 1, bitsOf([2]int{8, 4}, [2]int{1, 8}, [2]int{0, 13}), "", false},
		{"cut off", 1, bitsOf([2]int{4, 4}, [2]int{200, 8}, [2]int{'x', 8}), "", false},
		{"no end mark, full", 1, bitsOf([2]int{4, 4}, [2]int{1, 8}, [2]int{'x', 8}, [2]int{0, 4}), "x", true},
	} {
		got, ok := segmentBytes(tt.data, tt.version)
		if string(got) != tt.want || ok != tt.ok {
			t.Errorf("%s: %q, %v; want %q, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
