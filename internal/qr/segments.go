package qr

// A code's text is a row of segments, each in a mode of its own (ISO/IEC
// 18004, 7.4). segmentBytes joins what they hold as bytes, because an encoder
// may cut a text anywhere, also within a character of UTF-8, and a character
// set guessed for one segment then turns that character into others. ok is
// false for codes whose bytes depend on more than these modes: Kanji, FNC1, a
// character set that is not UTF-8.
func segmentBytes(data []byte, version int) (text []byte, ok bool) {
	r := bitReader{data: data}
	for {
		switch mode := r.take(4); {
		case mode == modeEnd || r.short:
			return text, true
		case mode == modeAppend:
			r.take(16)
		case mode == modeECI:
			if r.eci() != eciUTF8 {
				return nil, false
			}
		case mode == modeNumeric:
			text = r.numeric(text, countBits(version, 10, 12, 14))
		case mode == modeAlphanumeric:
			text = r.alphanumeric(text, countBits(version, 9, 11, 13))
		case mode == modeByte:
			for range r.take(countBits(version, 8, 16, 16)) {
				text = append(text, byte(r.take(8)))
			}
		default:
			return nil, false
		}
		if r.short {
			return nil, false
		}
	}
}

const (
	modeEnd          = 0
	modeNumeric      = 1
	modeAlphanumeric = 2
	modeAppend       = 3
	modeByte         = 4
	modeECI          = 7
	eciUTF8          = 26
)

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

func (r *bitReader) take(n int) int {
	if r.at+n > 8*len(r.data) {
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

// numeric reads digits, three in ten bits, two in seven, one in four.
func (r *bitReader) numeric(text []byte, width int) []byte {
	n := r.take(width)
	for ; n >= 3 && !r.short; n -= 3 {
		v := r.take(10)
		text = append(text, byte('0'+v/100%10), byte('0'+v/10%10), byte('0'+v%10))
	}
	switch n {
	case 2:
		v := r.take(7)
		text = append(text, byte('0'+v/10%10), byte('0'+v%10))
	case 1:
		text = append(text, byte('0'+r.take(4)%10))
	}
	return text
}

// alphanumeric reads pairs of 45 characters in eleven bits, a single one in
// six.
func (r *bitReader) alphanumeric(text []byte, width int) []byte {
	const table = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	n := r.take(width)
	for ; n >= 2 && !r.short; n -= 2 {
		v := r.take(11)
		text = append(text, table[v/45%45], table[v%45])
	}
	if n == 1 {
		text = append(text, table[r.take(6)%45])
	}
	return text
}
