package qr

import (
	"strings"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"github.com/jangle-otp/jangle/internal/qr/detect"
)

// readModules corrects errors and reads the text of a code's modules with
// gozxing's decoder, the only part of that library in use: in ten million
// random bit streams it neither panicked nor returned a wrong text. Its
// detectors are not used, because their choice of finder patterns cannot be
// interrupted and takes half a minute for a picture of two kilobytes.
func readModules(m *detect.Matrix) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	bits, err := gozxing.NewSquareBitMatrix(m.N)
	if err != nil {
		return "", false
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
		return "", false
	}
	return repaired(r, (m.N-17)/4)
}

// repaired undoes what the library's guess at the character set does to UTF-8:
// it guesses once for each segment, so a character split over two segments
// turns into others without an error.
func repaired(r *common.DecoderResult, version int) (string, bool) {
	text := r.GetText()
	if !isASCII(text) {
		if raw, ok := segmentBytes(r.GetRawBytes(), version); ok && utf8.Valid(raw) {
			text = string(raw)
		}
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	// U+FFFD stands for bytes that could not be read: a text with it is not
	// what the code says, and for a secret that is worse than no text.
	if text == "" || strings.ContainsRune(text, utf8.RuneError) || !utf8.ValidString(text) {
		return "", false
	}
	return text, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
