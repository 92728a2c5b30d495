package qr

import (
	"github.com/jangle-otp/jangle/internal/qr/detect"
	"github.com/jangle-otp/jangle/internal/qr/symbol"
)

// readModules is the detector's reader: it corrects errors and reads the text.
func readModules(m *detect.Matrix) (text string, ok bool) {
	text, err := symbol.Decode(m.N, m.At)
	return text, err == nil
}
