// Package symbol reads the text of a QR code from its modules: which of them
// hold data, what the mask is, the correction of errors, and the segments that
// the text is cut into (ISO/IEC 18004:2015).
//
// Finding a code in a picture is package detect's task. What it hands over may
// be a wrong guess, so most calls must fail, fast and never with a wrong text.
//
// It is own code because gozxing's decoder builds the tables of seven Galois
// fields and an index of all character sets before main begins: a tenth of the
// start of every command (measured), also of those that read no picture. That
// decoder is the judge in the tests. It cuts texts of mixed segments wrongly, and
// guesses a character set for each segment; a secret must not depend on that.
package symbol

import "errors"

// ErrNoCode says that the modules are not a code, or one with more errors than
// it can correct.
var ErrNoCode = errors.New("the modules are not a QR code")

// ErrNoText says that a code was read, but what it holds is not text, or text in
// a character set that is not known here.
var ErrNoText = errors.New("the QR code does not hold text that can be read")

// Decode reads the code of n by n modules; dark is called with a column and a
// row from 0 to n-1. A mirrored code is read too. The errors are ErrNoCode and
// ErrNoText.
func Decode(n int, dark func(x, y int) bool) (string, error) {
	version := (n - 17) / 4
	if n != 17+4*version || version < 1 || version > maxVersion {
		return "", ErrNoCode
	}
	text, err := decode(version, dark)
	if err == ErrNoCode {
		text, err = decode(version, func(x, y int) bool { return dark(y, x) })
	}
	return text, err
}

func decode(version int, dark func(x, y int) bool) (string, error) {
	f, ok := readFormat(17+4*version, dark)
	if !ok {
		return "", ErrNoCode
	}
	data, ok := correct(codewords(version, f.mask, dark), version, f.level)
	if !ok {
		return "", ErrNoCode
	}
	return text(data, version)
}
