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

// slack is how far, in modules, a grid may reach over the picture's edge: a
// picture cropped into the outermost modules is still worth a try.
const slack = 1.5

// fits says whether the corners of an n-module grid lie in the picture.
func (v view) fits(g grid, n int) bool {
	far := float64(n) - slack
	for _, c := range [4][2]float64{{slack, slack}, {far, slack}, {slack, far}, {far, far}} {
		if _, ok := v.dark(g.at(c[0], c[1])); !ok {
			return false
		}
	}
	return true
}

// spots are the places looked at within a module, around its middle.
type spots []Point

func middleSpot() spots { return spots{{0, 0}} }

// fiveSpots lets the majority of five places decide, against specks.
func fiveSpots() spots {
	const d = 0.22
	return spots{{0, 0}, {-d, -d}, {d, -d}, {-d, d}, {d, d}}
}

// sample reads every module of an n-module code.
func (v view) sample(g grid, n int, at spots) *Matrix {
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
// should be, the worse of the two: 1 for a grid that lies right, about a half
// for one that lies anywhere.
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
