package raster

import "slices"

// Blur averages each pixel with its neighbours in a square of 2r+1 pixels.
func (g *Gray) Blur(r int) *Gray {
	mid, out := NewGray(g.W, g.H), NewGray(g.W, g.H)
	for y := range g.H {
		dst, src := mid.Row(y), g.Row(y)
		last, n, sum := g.W-1, uint32(2*r+1), uint32(0)
		for x := -r; x < r; x++ {
			sum += uint32(src[min(max(x, 0), last)])
		}
		for x := range dst {
			sum += uint32(src[min(x+r, last)])
			dst[x] = byte(sum / n)
			sum -= uint32(src[max(x-r, 0)])
		}
	}
	sums := make([]uint32, g.W)
	add := func(y int) {
		for x, v := range mid.Row(min(max(y, 0), g.H-1)) {
			sums[x] += uint32(v)
		}
	}
	for y := -r; y < r; y++ {
		add(y)
	}
	n := uint32(2*r + 1)
	for y := range g.H {
		add(y + r)
		old := mid.Row(max(y-r, 0))
		for x, s := range sums {
			out.Pix[y*g.W+x] = byte(s / n)
			sums[x] -= uint32(old[x])
		}
	}
	return out
}

// Thicken takes the darkest pixel of each square of 2r+1, so that dark shapes
// grow by r: dotted modules run together into full ones.
func (g *Gray) Thicken(r int) *Gray {
	mid, out := NewGray(g.W, g.H), NewGray(g.W, g.H)
	for y := range g.H {
		dst, src := mid.Row(y), g.Row(y)
		for x := range dst {
			dst[x] = slices.Min(src[max(0, x-r):min(len(src), x+r+1)])
		}
	}
	for y := range g.H {
		dst := out.Row(y)
		copy(dst, mid.Row(y))
		for d := max(0, y-r); d <= min(g.H-1, y+r); d++ {
			for x, v := range mid.Row(d) {
				dst[x] = min(dst[x], v)
			}
		}
	}
	return out
}

// Invert swaps light and dark.
func (g *Gray) Invert() *Gray {
	out := NewGray(g.W, g.H)
	for i, v := range g.Pix {
		out.Pix[i] = 255 - v
	}
	return out
}
