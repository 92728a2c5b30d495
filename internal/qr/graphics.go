package qr

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

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
