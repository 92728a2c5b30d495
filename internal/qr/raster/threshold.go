package raster

import "github.com/makiuchi-d/gozxing"

// Otsu splits the plane at the one brightness that separates its pixels best
// into two classes (N. Otsu, 1979). A picture of one brightness gives only
// light pixels.
func (g *Gray) Otsu() *Bits {
	var count [256]int
	for _, v := range g.Pix {
		count[v]++
	}
	var sum, below, sumBelow float64
	for v, n := range count {
		sum += float64(v) * float64(n)
	}
	total := float64(len(g.Pix))
	best, first, last := 0.0, -1, -1
	for v, n := range count {
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
	var dark [256]byte
	for v := 0; v <= (first+last)>>1; v++ {
		dark[v] = 1
	}
	b := &Bits{W: g.W, H: g.H, Pix: make([]byte, len(g.Pix))}
	for i, v := range g.Pix {
		b.Pix[i] = dark[v]
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

// Hybrid thresholds each block of 8 by 8 pixels against the mean of the 5 by 5
// blocks around it, which gozxing does. A block without contrast takes over the
// level of its neighbours, so that the inside of a large dark module stays dark.
// It reads uneven light that one threshold for the whole picture cannot; it
// misses codes whose contrast is under 24, which Otsu reads.
func (g *Gray) Hybrid() *Bits {
	const least = 40 // a smaller plane has too few blocks for a local threshold
	if g.W < least || g.H < least {
		return g.Otsu()
	}
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.W, g.H, 0, 0, g.W, g.H, false)
	if err != nil {
		return g.Otsu() // cannot be: the plane has the size that it says
	}
	dark, err := gozxing.NewHybridBinarizer(source).GetBlackMatrix()
	if err != nil {
		return g.Otsu()
	}
	// Every bit of the library's matrix becomes a byte.
	b := &Bits{W: dark.GetWidth(), H: dark.GetHeight(), Pix: make([]byte, dark.GetWidth()*dark.GetHeight())}
	var bits *gozxing.BitArray
	for y := range b.H {
		bits = dark.GetRow(y, bits)
		row := b.Row(y)
		for i, word := range bits.GetBitArray() {
			for j := range row[min(32*i, b.W):min(32*i+32, b.W)] {
				row[32*i+j] = byte(word >> j & 1)
			}
		}
	}
	return b
}
