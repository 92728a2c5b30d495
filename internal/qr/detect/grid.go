package detect

import (
	"math"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// grid maps a module's place to the picture.
type grid interface {
	at(u, v float64) Point
}

// view is the picture as one polarity sees it.
type view struct {
	bits *raster.Bits
	ink  byte
}

// dark says whether the pixel under p is ink; ok is false outside the
// picture.
func (v view) dark(p Point) (dark, ok bool) {
	x, y := int(math.Floor(p.X)), int(math.Floor(p.Y))
	if uint(x) >= uint(v.bits.W) || uint(y) >= uint(v.bits.H) {
		return false, false
	}
	return v.bits.Pix[y*v.bits.W+x] == v.ink, true
}

// isDark is dark without the difference between light and outside.
func (v view) isDark(p Point) bool {
	d, _ := v.dark(p)
	return d
}

// sample reads every module of an n-module code. The majority of the places in
// at, relative to a module's middle, decides.
func (v view) sample(g grid, n int, at ...Point) *Matrix {
	m := &Matrix{N: n, Dark: make([]bool, n*n)}
	for y := range n {
		for x := range n {
			votes := 0
			for _, s := range at {
				if v.isDark(g.at(float64(x)+0.5+s.X, float64(y)+0.5+s.Y)) {
					votes++
				}
			}
			m.Dark[y*n+x] = 2*votes > len(at)
		}
	}
	return m
}

// timing is the share of modules of the two timing patterns that are as they
// should be, the worse of the two: 1 for a grid in the right place, about a
// half for one anywhere else.
func (v view) timing(g grid, n int) float64 {
	return min(v.timingRow(g, n), v.timingColumn(g, n))
}

// timingRow is the share for the upper pattern alone.
func (v view) timingRow(g grid, n int) float64 {
	right := 0
	for i := 8; i <= n-9; i++ {
		if v.isDark(g.at(float64(i)+0.5, 6.5)) == (i%2 == 0) {
			right++
		}
	}
	return float64(right) / float64(n-16)
}

// timingColumn is the share for the left pattern alone.
func (v view) timingColumn(g grid, n int) float64 {
	right := 0
	for i := 8; i <= n-9; i++ {
		if v.isDark(g.at(6.5, float64(i)+0.5)) == (i%2 == 0) {
			right++
		}
	}
	return float64(right) / float64(n-16)
}
