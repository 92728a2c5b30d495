package qr

import (
	"strings"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"golang.org/x/text/encoding/charmap"

	"github.com/jangle-otp/jangle/internal/qr/detect"
)

// readModules is the detector's reader: gozxing's decoder corrects the errors and
// reads the text. gozxing's detectors are not used: their choice of finder patterns
// cannot be interrupted and takes half a minute for a picture of two kilobytes.
func readModules(m *detect.Matrix) (c detect.Content, ok bool) {
	defer func() { // pictures come from strangers, and the library indexes what they say
		if recover() != nil {
			c, ok = detect.Content{}, false
		}
	}()
	bits, err := gozxing.NewSquareBitMatrix(m.N)
	if err != nil {
		return c, false
	}
	for y := range m.N {
		for x := range m.N {
			if m.At(x, y) {
				bits.Set(x, y)
			}
		}
	}
	r, err := decoder.NewDecoder().Decode(bits, nil)
	if err != nil {
		return c, false
	}
	return content(r, (m.N-17)/4)
}

// Symbology modifiers say what a code's data began with (ISO/IEC 18004, annex F).
const (
	plainText       = 1
	fnc1Second      = 5 // the library forgets the eight bits that follow, and reads on wrongly
	fnc1SecondNamed = 6 // the same with a character set
)

// content is what the library read, where that is certainly what the code says. The
// library guesses the character set once for each segment, so it turns a character
// of UTF-8 that an encoder cut in two into others, without an error. Therefore the
// data is read once more with a set in which each byte is one character, and if
// all its bytes together are UTF-8, that is the text.
func content(r *common.DecoderResult, version int) (detect.Content, bool) {
	c := detect.Content{Text: r.GetText()}
	said := r.GetSymbologyModifier()
	if said == fnc1Second || said == fnc1SecondNamed {
		return detect.Content{}, false
	}
	if r.HasStructuredAppend() {
		c.Part = detect.Part{
			Index:  r.GetStructuredAppendSequenceNumber() >> 4,
			Count:  r.GetStructuredAppendSequenceNumber()&0xf + 1,
			Parity: byte(r.GetStructuredAppendParity()),
		}
	}
	if said == plainText && strings.ContainsFunc(c.Text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		// A segment of double bytes (Kanji, Hanzi) is always decoded, and fails here.
		raw := ""
		v, err := decoder.Version_GetVersionForNumber(version)
		if err == nil {
			hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: charmap.ISO8859_1}
			r, err = decoder.DecodedBitStreamParser_Decode(r.GetRawBytes(), v, decoder.ErrorCorrectionLevel_L, hints)
		}
		if err == nil {
			raw, err = charmap.ISO8859_1.NewEncoder().String(r.GetText())
		}
		if err == nil && (utf8.ValidString(raw) || c.Part.Count > 0) {
			c.Text = strings.TrimPrefix(raw, "\uFEFF")
			return c, c.Text != ""
		}
	}
	c.Text = strings.TrimPrefix(c.Text, "\uFEFF")
	// U+FFFD is in place of bytes that could not be read: a text with it is not
	// what the code says, and for a secret that is worse than no text.
	if c.Text == "" || strings.ContainsRune(c.Text, utf8.RuneError) {
		return detect.Content{}, false
	}
	return c, true
}
