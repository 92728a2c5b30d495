package qr

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// Level is how much of a code may be damaged: about 7, 15, 25 and 30 percent.
type Level int

const (
	Low      Level = iota // for screens, where nothing gets damaged: the smallest code
	Medium                // for paper and saved pictures
	Quartile              //
	High                  //
)

// EncodeOptions for drawing. The zero value gives the smallest code.
type EncodeOptions struct {
	Level   Level
	Version int // 1 to 40 forces a size; 0 takes the smallest that fits
}

// Symbol is a QR code ready to be drawn.
type Symbol struct {
	version int
	modules [][]bool
}

// Encode makes a code of text. It returns ErrTooLong when no version, or not
// the one asked for, has room.
func Encode(text string, o EncodeOptions) (*Symbol, error) {
	level := qrcode.Low
	switch o.Level {
	case Medium:
		level = qrcode.Medium
	case Quartile:
		level = qrcode.High
	case High:
		level = qrcode.Highest
	}
	var code *qrcode.QRCode
	var err error
	if o.Version != 0 {
		code, err = qrcode.NewWithForcedVersion(text, o.Version, level)
	} else {
		code, err = qrcode.New(text, level)
	}
	if err != nil {
		// The library's own message could quote its input; ours cannot.
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLong, len(text))
	}
	code.DisableBorder = true
	return &Symbol{version: code.VersionNumber, modules: code.Bitmap()}, nil
}

// Version is the size class, 1 to 40; a side has 17 + 4 times that modules.
func (s *Symbol) Version() int { return s.version }

// Modules are the rows of the code without a margin, true for dark.
func (s *Symbol) Modules() [][]bool { return s.modules }

// dark is a module, light everywhere outside.
func (s *Symbol) dark(x, y int) bool {
	return y >= 0 && y < len(s.modules) && x >= 0 && x < len(s.modules) && s.modules[y][x]
}
