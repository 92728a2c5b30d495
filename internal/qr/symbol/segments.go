package symbol

import "fmt"

// A code's text is a row of segments, each in a mode of its own (7.4).
const (
	modeEnd          = 0
	modeNumeric      = 1
	modeAlphanumeric = 2
	modeAppend       = 3 // part of a text that several codes share
	modeByte         = 4
	modeFNC1First    = 5
	modeECI          = 7 // the character set from here on
	modeKanji        = 8
	modeFNC1Second   = 9
	modeHanzi        = 13 // GB/T 18284
)

// segment is a run of bytes in one character set.
type segment struct {
	bytes []byte
	set   charset
}

// segments takes the data apart. ok is false if it ends within a segment or has
// a mode that is not known.
func segments(data []byte, version int) (all []segment, ok bool) {
	r := bitReader{data: data}
	set := unsaid
	for r.left() >= 4 {
		mode := r.take(4)
		if mode == modeEnd {
			break
		}
		switch mode {
		case modeAppend:
			r.take(16)
		case modeFNC1First:
		case modeFNC1Second:
			r.take(8)
		case modeECI:
			set = charset(r.eci())
		default:
			s, known := r.segment(mode, version, set)
			if !known {
				return nil, false
			}
			all = append(all, s)
		}
		if r.short {
			return nil, false
		}
	}
	return all, true
}

func (r *bitReader) segment(mode, version int, set charset) (segment, bool) {
	switch mode {
	case modeNumeric:
		return segment{r.numeric(r.take(countBits(version, 10, 12, 14))), ascii}, true
	case modeAlphanumeric:
		return segment{r.alphanumeric(r.take(countBits(version, 9, 11, 13))), ascii}, true
	case modeByte:
		return segment{r.bytes(r.take(countBits(version, 8, 16, 16))), set}, true
	case modeKanji:
		return segment{r.kanji(r.take(countBits(version, 8, 10, 12))), shiftJIS}, true
	case modeHanzi:
		if r.take(4) != 1 { // the only subset there is: GB 2312
			return segment{}, false
		}
		return segment{r.hanzi(r.take(countBits(version, 8, 10, 12))), gb18030}, true
	}
	return segment{}, false
}

// countBits is the width of a segment's length, which grows with the version.
func countBits(version, small, middle, large int) int {
	switch {
	case version <= 9:
		return small
	case version <= 26:
		return middle
	}
	return large
}

// bitReader takes bits from the front; past the end it gives zeros and says
// so.
type bitReader struct {
	data  []byte
	at    int // in bits
	short bool
}

func (r *bitReader) left() int { return 8*len(r.data) - r.at }

func (r *bitReader) take(n int) int {
	if n > r.left() {
		r.short = true
		r.at = 8 * len(r.data)
		return 0
	}
	v := 0
	for range n {
		v = v<<1 | int(r.data[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

// eci is the number of a character set: one to three bytes, their count told
// by the first bits.
func (r *bitReader) eci() int {
	first := r.take(8)
	switch {
	case first < 0x80:
		return first
	case first < 0xc0:
		return first&0x3f<<8 | r.take(8)
	}
	return first&0x1f<<16 | r.take(16)
}

// numeric reads digits, three in ten bits, two in seven, one in four. A group
// that is too large has no digits.
func (r *bitReader) numeric(n int) []byte {
	var text []byte
	for ; n > 0 && !r.short; n -= 3 {
		digits := min(n, 3)
		v := r.take([...]int{0, 4, 7, 10}[digits])
		if v >= [...]int{0, 10, 100, 1000}[digits] {
			r.short = true
			return nil
		}
		text = fmt.Appendf(text, "%0*d", digits, v)
	}
	return text
}

// alphanumeric reads pairs of 45 characters in eleven bits, a single one in
// six.
func (r *bitReader) alphanumeric(n int) []byte {
	const table = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	var text []byte
	for ; n > 0 && !r.short; n -= 2 {
		width, limit := 11, len(table)*len(table)
		if n == 1 {
			width, limit = 6, len(table)
		}
		v := r.take(width)
		if v >= limit {
			r.short = true
			return nil
		}
		if n > 1 {
			text = append(text, table[v/len(table)])
		}
		text = append(text, table[v%len(table)])
	}
	return text
}

func (r *bitReader) bytes(n int) []byte {
	if 8*n > r.left() {
		r.short = true
		return nil
	}
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(r.take(8))
	}
	return text
}

// kanji reads double bytes of Shift JIS, thirteen bits each (7.4.6).
func (r *bitReader) kanji(n int) []byte {
	var text []byte
	for ; n > 0 && !r.short; n-- {
		v := r.take(13)
		v = v/0xc0<<8 | v%0xc0
		if v += 0x8140; v >= 0xa000 {
			v += 0x4000
		}
		text = append(text, byte(v>>8), byte(v))
	}
	return text
}

// hanzi reads double bytes of GB 2312, thirteen bits each.
func (r *bitReader) hanzi(n int) []byte {
	var text []byte
	for ; n > 0 && !r.short; n-- {
		v := r.take(13)
		v = v/0x60<<8 | v%0x60
		if v < 0xa00 {
			v += 0xa1a1
		} else {
			v += 0xa6a1
		}
		text = append(text, byte(v>>8), byte(v))
	}
	return text
}
