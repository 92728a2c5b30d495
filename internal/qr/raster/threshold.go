package raster

// Otsu splits the plane at the one brightness that separates its pixels best
// into two classes (N. Otsu, 1979). A picture of one brightness gives only
// light pixels.
func (g *Gray) Otsu() *Bits {
	return g.cut(otsu(g.histogram()))
}

func (g *Gray) histogram() *[256]int {
	var h [256]int
	for _, v := range g.Pix {
		h[v]++
	}
	return &h
}

// otsu is the largest brightness that still counts as dark, or -1.
func otsu(h *[256]int) int {
	var total, sum float64
	for v, n := range h {
		total += float64(n)
		sum += float64(v) * float64(n)
	}
	best, first, last := 0.0, -1, -1
	var below, sumBelow float64
	for v, n := range h {
		below += float64(n)
		sumBelow += float64(v) * float64(n)
		if below == 0 || below == total {
			continue
		}
		d := sumBelow/below - (sum-sumBelow)/(total-below)
		switch between := below * (total - below) * d * d; {
		case between > best:
			best, first, last = between, v, v
		case between == best:
			last = v
		}
	}
	// Between two clean peaks every split is equally good: take the middle.
	return (first + last) >> 1
}

func (g *Gray) cut(t int) *Bits {
	b := &Bits{W: g.W, H: g.H, Pix: make([]byte, len(g.Pix))}
	var table [256]byte
	for v := 0; v <= t; v++ {
		table[v] = 1
	}
	for i, v := range g.Pix {
		b.Pix[i] = table[v]
	}
	return b
}

// LocalMean calls a pixel dark when it is darker than the mean of the square
// of the given side around it, by more than a small bias against noise.
func (g *Gray) LocalMean(side int) *Bits {
	mean := g.Blur(max(1, side/2))
	const bias = 3
	b := &Bits{W: g.W, H: g.H, Pix: mean.Pix}
	for i, v := range g.Pix {
		d := byte(0)
		if int(v)+bias < int(mean.Pix[i]) {
			d = 1
		}
		b.Pix[i] = d
	}
	return b
}

const (
	block    = 8  // pixels on the side of one block
	flat     = 24 // a smaller range of brightness within a block is noise
	hybridAt = 40 // a smaller plane has too few blocks for a local threshold
)

// Hybrid thresholds each block of 8 by 8 pixels against the mean of the 5 by 5
// blocks around it. A block without contrast takes over the level of its
// neighbours, so that the inside of a large dark module stays dark. It reads
// uneven light that one threshold for the whole picture cannot; it misses
// codes whose contrast is under 24, which Otsu reads. (The scheme is ZXing's.)
func (g *Gray) Hybrid() *Bits {
	if g.W < hybridAt || g.H < hybridAt {
		return g.Otsu()
	}
	bw, bh := (g.W+block-1)/block, (g.H+block-1)/block
	levels := g.blockLevels(bw, bh)
	b := &Bits{W: g.W, H: g.H, Pix: make([]byte, len(g.Pix))}
	for by := range bh {
		for bx := range bw {
			g.cutBlock(b, bx, by, meanLevel(levels, bw, bh, bx, by))
		}
	}
	return b
}

func (g *Gray) blockLevels(bw, bh int) []int {
	levels := make([]int, bw*bh)
	for by := range bh {
		for bx := range bw {
			sum, lo, hi := g.blockStats(bx, by)
			level := sum / (block * block)
			if hi-lo <= flat {
				level = lo / 2
				if by > 0 && bx > 0 {
					i := by*bw + bx
					around := (levels[i-bw] + 2*levels[i-1] + levels[i-bw-1]) / 4
					if lo < around {
						level = around
					}
				}
			}
			levels[by*bw+bx] = level
		}
	}
	return levels
}

// corner is where a block starts; the last ones are moved inwards so that
// they are whole.
func (g *Gray) corner(bx, by int) (int, int) {
	return min(bx*block, g.W-block), min(by*block, g.H-block)
}

func (g *Gray) blockStats(bx, by int) (sum, lo, hi int) {
	x, y := g.corner(bx, by)
	low, high := byte(255), byte(0)
	for i := range block {
		o := (y+i)*g.W + x
		for _, v := range g.Pix[o : o+block : o+block] {
			sum += int(v)
			low, high = min(low, v), max(high, v)
		}
	}
	return sum, int(low), int(high)
}

func meanLevel(levels []int, bw, bh, bx, by int) int {
	cx := min(max(bx, 2), max(2, bw-3))
	cy := min(max(by, 2), max(2, bh-3))
	sum := 0
	for y := cy - 2; y <= cy+2; y++ {
		o := y*bw + cx
		sum += levels[o-2] + levels[o-1] + levels[o] + levels[o+1] + levels[o+2]
	}
	return sum / 25
}

func (g *Gray) cutBlock(b *Bits, bx, by, level int) {
	x, y := g.corner(bx, by)
	for i := range block {
		o := (y+i)*g.W + x
		src, dst := g.Pix[o:o+block:o+block], b.Pix[o:o+block:o+block]
		for j, v := range src {
			// 1 when v <= level, without a branch that noise would mispredict.
			dst[j] = byte(^uint32(level-int(v)) >> 31)
		}
	}
}
