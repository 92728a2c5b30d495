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

// graphicsScale is the size of a module, in pixels, of codes sent to a
// terminal as a picture.
const graphicsScale = 6

// PNG is the code as a picture file, scale pixels a module, with the full
// quiet zone.
func (s *Symbol) PNG(scale int) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, s.image(scale)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (s *Symbol) image(scale int) *image.Paletted {
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
	return img
}

// pngText is the picture in base64.
func (s *Symbol) pngText() string {
	data, err := s.PNG(graphicsScale)
	if err != nil {
		return "" // cannot happen: a palette picture into memory
	}
	return base64.StdEncoding.EncodeToString(data)
}

// Kitty draws the code with the kitty graphics protocol: transmit and show a
// PNG (a=T, f=100) in pieces of at most 4,096 characters, no answer wanted.
func (s *Symbol) Kitty() string {
	var b strings.Builder
	rest, control := s.pngText(), "a=T,f=100,q=2,"
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

// ITerm2 draws the code with iTerm2's inline picture sequence.
func (s *Symbol) ITerm2() string {
	text := s.pngText()
	return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d:%s\a\n", base64.StdEncoding.DecodedLen(len(text)), text)
}

// Sixel draws the code with DEC sixels: bands six pixels high, one pass for
// each of the two colours.
func (s *Symbol) Sixel() string {
	n := len(s.modules) + 2*QuietFull
	side := n * graphicsScale
	var b strings.Builder
	fmt.Fprintf(&b, "\x1bP0;0;0q\"1;1;%d;%d#0;2;100;100;100#1;2;0;0;0", side, side)
	// A band is exactly one row of modules, so a column is all dark or all light.
	for y := range n {
		for colour, dark := range []bool{false, true} {
			fmt.Fprintf(&b, "#%d", colour)
			s.sixelRow(&b, y-QuietFull, dark)
			b.WriteString(pick(dark, "-", "$"))
		}
	}
	return b.String() + "\x1b\\\n"
}

// sixelRow writes the columns of one colour, run-length coded.
func (s *Symbol) sixelRow(b *strings.Builder, y int, dark bool) {
	n := len(s.modules) + QuietFull
	for x := -QuietFull; x < n; {
		from := x
		for x < n && s.dark(x, y) == s.dark(from, y) {
			x++
		}
		sixels := byte('?')
		if s.dark(from, y) == dark {
			sixels = '~'
		}
		fmt.Fprintf(b, "!%d%c", (x-from)*graphicsScale, sixels)
	}
}
