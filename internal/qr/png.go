package qr

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"io"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// pngStream reads a PNG row by row into brightness, without ever holding the
// picture. Screenshots are PNGs, and for them unpacking is most of the time:
// this takes about half of what image/png and a conversion take, and 16 MB where
// they take 42. It leaves interlaced pictures and
// those with one transparent colour to image/png.
type pngStream struct {
	w, h    int
	pixels  raster.Packed
	clear   bool   // some pixel may be transparent
	packed  []byte // the compressed rows, without the zlib header
	rowSize int
}

const (
	pngGrey      = 0
	pngColour    = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngAlpha     = 6
)

// newPNGStream looks through the chunks; ok is false for a file that image/png
// should open, or refuse, instead. data is known to begin like a PNG.
func newPNGStream(data []byte) (s *pngStream, ok bool) {
	s = &pngStream{}
	data = data[8:]
	for len(data) >= 12 {
		n := int(binary.BigEndian.Uint32(data))
		if n > len(data)-12 || crc32.ChecksumIEEE(data[4:8+n]) != binary.BigEndian.Uint32(data[8+n:]) {
			return nil, false
		}
		kind, body := string(data[4:8]), data[8:8+n]
		if kind == "IEND" {
			break
		}
		switch kind {
		case "IHDR":
			if !s.header(body) {
				return nil, false
			}
		case "PLTE":
			for ; len(body) >= 3 && s.pixels.Palette != nil; body = body[3:] {
				s.pixels.Palette = append(s.pixels.Palette, color.NRGBA{body[0], body[1], body[2], 255})
			}
		case "tRNS":
			if s.pixels.Palette == nil {
				return nil, false
			}
			for i := range min(len(body), len(s.pixels.Palette)) {
				c := s.pixels.Palette[i].(color.NRGBA)
				c.A = body[i]
				s.pixels.Palette[i], s.clear = c, true
			}
		case "IDAT":
			if s.packed == nil {
				s.packed = body[:len(body):len(body)]
			} else {
				s.packed = append(s.packed, body...)
			}
		}
		data = data[12+n:]
	}
	if s.w == 0 || len(s.packed) < 2 || s.pixels.Channels == 0 {
		return nil, false
	}
	const presetDictionary = 0x20
	if s.packed[0]&15 != 8 || s.packed[1]&presetDictionary != 0 {
		return nil, false
	}
	s.packed = s.packed[2:]
	return s, true
}

// header is false for a picture that is not for the stream.
func (s *pngStream) header(b []byte) bool {
	if len(b) != 13 || b[10] != 0 || b[11] != 0 || b[12] != 0 || s.w != 0 {
		return false
	}
	s.w, s.h = int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:]))
	s.pixels.Depth = int(b[8])
	switch colour, depth := b[9], s.pixels.Depth; {
	case colour == pngGrey && (depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16):
		s.pixels.Channels = 1
	case colour == pngPalette && (depth == 1 || depth == 2 || depth == 4 || depth == 8):
		s.pixels.Channels, s.pixels.Palette = 1, color.Palette{}
	case colour == pngColour && (depth == 8 || depth == 16):
		s.pixels.Channels = 3
	case colour == pngGreyAlpha && (depth == 8 || depth == 16):
		s.pixels.Channels, s.clear = 2, true
	case colour == pngAlpha && (depth == 8 || depth == 16):
		s.pixels.Channels, s.clear = 4, true
	default:
		return false
	}
	s.rowSize = s.pixels.RowBytes(s.w)
	return true
}

// view unpacks the picture once. It is nil, with an error, when the rows end
// early, are damaged, or the context does. Each row has a filter byte and the
// pixels; the filter predicts a byte from the one a pixel to the left, the one
// above, and the one above left.
func (s *pngStream) view(ctx context.Context, v raster.View, maxArea int) (*raster.Gray, error) {
	from := flate.NewReader(bytes.NewReader(s.packed))
	row, above := make([]byte, 1+s.rowSize), make([]byte, 1+s.rowSize)
	step := max(1, s.pixels.Channels*s.pixels.Depth/8) // bytes from a pixel to the next
	var failed error                                   // of the first row that could not be had
	brightness, y := s.pixels.Brightness(v), 0
	g := raster.FromRows(s.w, s.h, maxArea, func(dst []byte) {
		if y++; y&63 == 0 && failed == nil {
			failed = ctx.Err()
		}
		if failed != nil {
			return
		}
		row, above = above, row
		if _, failed = io.ReadFull(from, row); failed != nil {
			return
		}
		line, up := row[1:], above[1:]
		switch row[0] {
		case 0:
		case 1:
			for i := step; i < len(line); i++ {
				line[i] += line[i-step]
			}
		case 2:
			for i, b := range up {
				line[i] += b
			}
		case 3:
			for i := range line {
				left := 0
				if i >= step {
					left = int(line[i-step])
				}
				line[i] += byte((left + int(up[i])) / 2)
			}
		case 4:
			paeth(line, up, step)
		default:
			failed = ErrTruncated
			return
		}
		brightness(dst, line)
	})
	return g, failed
}

// alpha and colourful say whether views other than the plain one can show
// something new.
func (s *pngStream) alpha() bool { return s.clear }

func (s *pngStream) colourful(ctx context.Context) bool {
	if s.pixels.Channels < 3 && s.pixels.Palette == nil {
		return false
	}
	const sample = 10_000
	var seen [3]*raster.Gray
	for i, v := range []raster.View{raster.Red, raster.Green, raster.Blue} {
		g, err := s.view(ctx, v, sample)
		if err != nil {
			return false
		}
		seen[i] = g
	}
	coloured := 0
	for i := range seen[0].Pix {
		r, g, b := seen[0].Pix[i], seen[1].Pix[i], seen[2].Pix[i]
		if max(r, g, b)-min(r, g, b) > 40 {
			coloured++
		}
	}
	return coloured*50 > len(seen[0].Pix)
}

// paeth adds whichever of left, up and up-left is nearest to left+up-upleft.
func paeth(line, up []byte, step int) {
	for c := range min(step, len(line)) {
		left, corner := int32(0), int32(0)
		for i := c; i < len(line); i += step {
			above := int32(up[i])
			pa, pb := above-corner, left-corner
			pc := pa + pb
			pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
			guess := corner
			if pa <= pb && pa <= pc {
				guess = left
			} else if pb <= pc {
				guess = above
			}
			left = int32(line[i] + byte(guess))
			line[i] = byte(left)
			corner = above
		}
	}
}
