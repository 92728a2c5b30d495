package raster

import "image/color"

// Packed says how pixels are in rows of bytes, as file formats store them:
// most significant bits first, channels next to each other.
type Packed struct {
	Channels int // 1 grey or palette, 2 grey and alpha, 3 colour, 4 colour and alpha
	Depth    int // bits a channel: 1, 2, 4, 8 or 16
	Palette  color.Palette
}

// RowBytes is the length of a row of w pixels.
func (p Packed) RowBytes(w int) int { return (w*p.Channels*p.Depth + 7) / 8 }

// Brightness gives the function that turns a packed row into one view of it.
func (p Packed) Brightness(v View) func(dst, src []byte) {
	w, step := weightsOf(v), max(1, p.Depth/8) // of 16 bits the upper eight count
	switch {
	case p.Palette != nil:
		return p.indexed(paletteTable(p.Palette, v))
	case p.Channels == 1 && p.Depth < 8:
		var grey [256]byte // the few values, spread over the whole range
		top := 1<<p.Depth - 1
		for i := range top + 1 {
			grey[i] = byte(i * 255 / top)
		}
		return p.indexed(&grey)
	case p.Channels == 1:
		return func(dst, src []byte) {
			for x := range dst {
				dst[x] = src[x*step]
			}
		}
	case p.Channels == 2:
		return func(dst, src []byte) {
			for x := range dst {
				l, a := uint32(src[2*x*step]), uint32(src[(2*x+1)*step])
				dst[x] = byte((l*a + w.matte*(255-a) + 127) / 255)
			}
		}
	case p.Channels == 3:
		return func(dst, src []byte) {
			for x := range dst {
				p := src[3*step*x:]
				p = p[: 2*step+1 : 2*step+1]
				dst[x] = byte(w.mix(uint32(p[0]), uint32(p[step]), uint32(p[2*step])))
			}
		}
	}
	return func(dst, src []byte) { nrgbaRow(dst, src, step, w) }
}

// indexed looks pixels of up to eight bits up in a table.
func (p Packed) indexed(table *[256]byte) func(dst, src []byte) {
	perByte, mask := 8/p.Depth, byte(1<<p.Depth-1)
	return func(dst, src []byte) {
		for x := range dst {
			shift := (perByte - 1 - x%perByte) * p.Depth
			dst[x] = table[src[x/perByte]>>shift&mask]
		}
	}
}

// FromRows takes a picture from a function that gives its rows one after the
// other from the top, shrunk if it has more than maxArea pixels.
func FromRows(sw, sh, maxArea int, next func(dst []byte)) *Gray {
	w, h := FitArea(sw, sh, maxArea)
	if w != sw || h != sh {
		return shrink(sw, sh, w, h, next)
	}
	g := NewGray(w, h)
	for y := range h {
		next(g.Row(y))
	}
	return g
}
