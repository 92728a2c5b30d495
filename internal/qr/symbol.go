package qr

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

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

// Style is a way to draw modules with characters.
type Style int

const (
	// HalfBlocks draws two modules in one character cell.
	HalfBlocks Style = iota
	// Spaces draws one module as two spaces, for terminals that put space
	// between lines or draw block characters badly.
	Spaces
)

// Quiet zones, in modules. The standard asks for four; every reader that was
// tried is content with two.
const (
	QuietFull  = 4
	QuietSmall = 2
)

// Both colours of every cell are set, as numbers 16 and 231 of the 256-colour
// cube, which themes do not change. Only the lower half block is used, because
// fonts draw the seams of ▀ and █ differently. Of all the ways tried this and
// the one with spaces were read by all of six readers, on dark and on light
// themes; the usual half-block drawings failed in four of six on a light one.
const (
	darkBack, lightBack = "48;5;16", "48;5;231"
	darkInk, lightInk   = "38;5;16", "38;5;231"
	plain               = "\x1b[0m"
)

// Size is the room the code takes when drawn with half blocks and the given
// quiet zone.
func (s *Symbol) Size(quiet int) (rows, cols int) {
	n := len(s.modules) + 2*quiet
	return (n + 1) / 2, n
}

// Terminal draws the code with escape sequences, lines ending in a newline.
// The quiet zone is four modules.
func (s *Symbol) Terminal(style Style) string { return s.TerminalQuiet(style, QuietFull) }

// TerminalQuiet is Terminal with a quiet zone of the given width.
func (s *Symbol) TerminalQuiet(style Style, quiet int) string {
	var b strings.Builder
	n := len(s.modules)
	rows, cell := 2, "▄"
	if style == Spaces {
		rows, cell = 1, "  "
	}
	for y := -quiet; y < n+quiet; y += rows {
		last := ""
		for x := -quiet; x < n+quiet; x++ {
			colours := pick(s.dark(x, y), darkBack, lightBack)
			if style != Spaces {
				colours += ";" + pick(s.dark(x, y+1), darkInk, lightInk)
			}
			if colours != last {
				b.WriteString("\x1b[" + colours + "m")
				last = colours
			}
			b.WriteString(cell)
		}
		b.WriteString(plain + "\n")
	}
	return b.String()
}

func pick(dark bool, ifDark, ifLight string) string {
	if dark {
		return ifDark
	}
	return ifLight
}

// Fits gives the widest of the two quiet zones with which the code fits a
// terminal of rows by cols, drawn with half blocks, with one line left for the
// prompt; ok is false when it fits with neither.
func (s *Symbol) Fits(rows, cols int) (quiet int, ok bool) {
	for _, quiet := range []int{QuietFull, QuietSmall} {
		if r, c := s.Size(quiet); r <= rows-1 && c <= cols {
			return quiet, true
		}
	}
	return QuietSmall, false
}

// PNG is the code as a picture file, scale pixels a module, with the full
// quiet zone.
func (s *Symbol) PNG(scale int) ([]byte, error) {
	scale = max(1, scale)
	n := len(s.modules) + 2*QuietFull
	img := image.NewPaletted(image.Rect(0, 0, n*scale, n*scale), color.Palette{color.White, color.Black})
	for y := range n * scale {
		for x := range n * scale {
			if s.dark(x/scale-QuietFull, y/scale-QuietFull) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// pngText is the picture in base64.
func (s *Symbol) pngText(scale int) string {
	data, err := s.PNG(scale)
	if err != nil {
		return "" // cannot happen: a palette picture into memory
	}
	return base64.StdEncoding.EncodeToString(data)
}

// Kitty draws the code with the kitty graphics protocol, scale pixels a module:
// transmit and show a PNG (a=T, f=100) in pieces of at most 4,096 characters, no
// answer wanted.
func (s *Symbol) Kitty(scale int) string {
	var b strings.Builder
	rest, control := s.pngText(scale), "a=T,f=100,q=2,"
	for {
		piece := rest[:min(4096, len(rest))]
		rest = rest[len(piece):]
		more := 0
		if rest != "" {
			more = 1
		}
		fmt.Fprintf(&b, "\x1b_G%sm=%d;%s\x1b\\", control, more, piece)
		if control = ""; rest == "" {
			return b.String() + "\n"
		}
	}
}

// KittyErase takes all pictures off the screen and out of the terminal's memory.
const KittyErase = "\x1b_Ga=d,d=A,q=2\x1b\\"

// ITerm2 draws the code with iTerm2's inline picture sequence, scale pixels a
// module.
func (s *Symbol) ITerm2(scale int) string {
	text := s.pngText(scale)
	return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d:%s\a\n", base64.StdEncoding.DecodedLen(len(text)), text)
}

// sixelHeight is how many rows of pixels a sixel has.
const sixelHeight = 6

// Sixel draws the code with DEC sixels, scale pixels a module: bands six pixels
// high, one pass for each of the two colours.
func (s *Symbol) Sixel(scale int) string {
	side := (len(s.modules) + 2*QuietFull) * scale
	var b strings.Builder
	fmt.Fprintf(&b, "\x1bP0;0;0q\"1;1;%d;%d#0;2;100;100;100#1;2;0;0;0", side, side)
	for top := 0; top < side; top += sixelHeight {
		for colour, dark := range []bool{false, true} {
			fmt.Fprintf(&b, "#%d", colour)
			s.sixelBand(&b, top, scale, dark)
			b.WriteString(pick(dark, "-", "$"))
		}
	}
	return b.String() + "\x1b\\\n"
}

// sixelBand writes the columns of one colour, run-length coded.
func (s *Symbol) sixelBand(b *strings.Builder, top, scale int, dark bool) {
	end := len(s.modules) + QuietFull
	for x := -QuietFull; x < end; {
		from, bits := x, s.sixel(x, top, scale, dark)
		for x < end && s.sixel(x, top, scale, dark) == bits {
			x++
		}
		fmt.Fprintf(b, "!%d%c", (x-from)*scale, '?'+bits)
	}
}

// sixel has a bit for each of the six rows of pixels from top on, the lowest for
// the first: set where the module has that colour.
func (s *Symbol) sixel(x, top, scale int, dark bool) (bits byte) {
	for i := range sixelHeight {
		y := (top+i)/scale - QuietFull
		if y < len(s.modules)+QuietFull && s.dark(x, y) == dark {
			bits |= 1 << i
		}
	}
	return bits
}
