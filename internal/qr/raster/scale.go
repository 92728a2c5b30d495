package raster

import "math"

// FitArea shrinks w by h in proportion until it has at most area pixels.
func FitArea(w, h, area int) (int, int) {
	if w*h <= area {
		return w, h
	}
	f := math.Sqrt(float64(area) / float64(w) / float64(h))
	return max(1, int(float64(w)*f)), max(1, int(float64(h)*f))
}

// ShrinkTo makes the long side at most side pixels; a plane that is small
// enough already is returned as it is.
func (g *Gray) ShrinkTo(side int) *Gray {
	long := g.LongSide()
	if long <= side {
		return g
	}
	return g.Shrink(max(1, g.W*side/long), max(1, g.H*side/long))
}

// Shrink averages the plane down to w by h pixels, neither larger than it is.
func (g *Gray) Shrink(w, h int) *Gray {
	rest := g.Pix
	return shrink(g.W, g.H, w, h, func(dst []byte) { rest = rest[copy(dst, rest):] })
}

// shrink averages over area: each source pixel counts with the part of it
// that falls into the target pixel. It goes through the source once, in
// memory order, which for a 12-megapixel photo took 185 ms against 660 when
// done target pixel by target pixel.
func shrink(sw, sh, w, h int, next func(dst []byte)) *Gray {
	out := NewGray(w, h)
	src, line := make([]byte, sw), make([]uint32, w)
	sum := make([]uint32, w)
	spans := spansOf(sw, w)
	ratio := float64(h) / float64(sh)
	for y := range sh {
		next(src)
		for x, s := range spans { // each target pixel's mean times 256
			n := uint32(src[s.from])*s.first + uint32(src[s.to])*s.last
			for i := s.from + 1; i < s.to; i++ {
				n += uint32(src[i]) << 8
			}
			line[x] = (n << 4) / (s.total >> 4)
		}
		top, bottom := float64(y)*ratio, float64(y+1)*ratio
		ty := min(int(top), h-1)
		split := float64(ty + 1)
		if bottom < split && y < sh-1 {
			add(sum, line, 256)
			continue
		}
		// The row ends a target row, which gets the part above the border.
		part := uint32(256 * (math.Min(split, bottom) - top) / ratio)
		add(sum, line, part)
		dst, f := out.Row(ty), uint64(uint32(ratio*65536)) // sums over 1/ratio rows
		for x, v := range sum {
			dst[x] = byte(min(255, (uint64(v)*f+(1<<23))>>24))
			sum[x] = 0
		}
		add(sum, line, 256-min(256, part))
	}
	return out
}

// span is the run of source pixels under one target pixel; the first and last
// count in parts of 256.
type span struct {
	from, to    int
	first, last uint32
	total       uint32
}

func spansOf(sw, w int) []span {
	spans := make([]span, w)
	ratio := float64(sw) / float64(w)
	for x := range spans {
		left, right := float64(x)*ratio, math.Min(float64(x+1)*ratio, float64(sw))
		s := span{from: int(left), to: min(int(math.Ceil(right)), sw) - 1}
		s.first = uint32(256 * (math.Min(float64(s.from+1), right) - left))
		if s.to > s.from {
			s.last = uint32(256 * (right - float64(s.to)))
		}
		s.total = max(1, s.first+s.last+256*uint32(max(0, s.to-s.from-1)))
		spans[x] = s
	}
	return spans
}

func add(sum, line []uint32, part uint32) {
	if part == 0 {
		return
	}
	for x, v := range line {
		sum[x] += v >> 4 * part >> 4
	}
}

// Enlarge makes the plane n times as large, blending between pixels.
func (g *Gray) Enlarge(n int) *Gray {
	out := NewGray(g.W*n, g.H*n)
	for y := range out.H {
		fy := max(0, (2*y+1-n)*128/n)
		y0 := min(fy>>8, g.H-1)
		a, b := g.Row(y0), g.Row(min(y0+1, g.H-1))
		dst, part := out.Row(y), uint32(fy&255)
		for x := range dst {
			fx := max(0, (2*x+1-n)*128/n)
			x0, p := min(fx>>8, g.W-1), uint32(fx&255)
			x1 := min(x0+1, g.W-1)
			top := uint32(a[x0])*(256-p) + uint32(a[x1])*p
			bottom := uint32(b[x0])*(256-p) + uint32(b[x1])*p
			dst[x] = byte((top*(256-part) + bottom*part) >> 16)
		}
	}
	return out
}

// Rotate turns the plane by degrees, clockwise as seen; what comes into view
// at the corners is white. The map leads from a point of the result back to
// the original.
func (g *Gray) Rotate(degrees float64) (*Gray, func(x, y float64) (float64, float64)) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w := int(math.Abs(float64(g.W)*cos)+math.Abs(float64(g.H)*sin)) + 1
	h := int(math.Abs(float64(g.W)*sin)+math.Abs(float64(g.H)*cos)) + 1
	cx, cy, ox, oy := float64(g.W)/2, float64(g.H)/2, float64(w)/2, float64(h)/2
	back := func(x, y float64) (float64, float64) {
		dx, dy := x-ox, y-oy
		return cx + dx*cos + dy*sin, cy - dx*sin + dy*cos
	}
	out := NewGray(w, h)
	for y := range h {
		row := out.Row(y)
		x0, y0 := back(0.5, float64(y)+0.5)
		for x := range row {
			row[x] = g.blend(x0+float64(x)*cos-0.5, y0-float64(x)*sin-0.5)
		}
	}
	return out, back
}

// blend is the brightness between pixels, white outside.
func (g *Gray) blend(x, y float64) byte {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= g.W || y0+1 >= g.H {
		return 255
	}
	fx, fy := uint32((x-float64(x0))*256), uint32((y-float64(y0))*256)
	i := y0*g.W + x0
	top := uint32(g.Pix[i])*(256-fx) + uint32(g.Pix[i+1])*fx
	bottom := uint32(g.Pix[i+g.W])*(256-fx) + uint32(g.Pix[i+g.W+1])*fx
	return byte((top*(256-fy) + bottom*fy) >> 16)
}
