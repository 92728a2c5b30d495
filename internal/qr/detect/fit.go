package detect

import (
	"cmp"
	"math"
	"slices"
)

// Timing scores: a grid below goodTiming is not worth the error correction.
const goodTiming = 0.70

// offer tries the grid of c, corrected by the alignment patterns where they are
// found, until one is read.
func (e evidence) offer(c corners, read func(grid) bool) bool {
	plain := c.fit()
	if n := c.dim; n >= 25 {
		if a, ok := e.alignment(plain, n-7, n-7, 4); ok {
			c.fourth, c.m = a, float64(n)-6.5
			fixed := c.fit()
			if n >= 45 && read(e.bend(fixed, n)) || e.view.timing(fixed, n) >= goodTiming && read(fixed) {
				return true
			}
		}
	}
	return e.view.timing(plain, c.dim) >= goodTiming && read(plain)
}

// tilt is how far away the code's right and lower ends are, relative to its
// top left corner: the two terms that three points leave open. Both are one
// for a code that faces the camera.
type tilt struct{ right, down float64 }

// corners places the fourth corner. In homogeneous coordinates it is the sum
// of its neighbours less the corner opposite, each weighed by its distance.
func (e evidence) corners(n int, t tilt) corners {
	sum := e.topRight.times(t.right).add(e.bottomLeft.times(t.down)).sub(e.topLeft.Point)
	return corners{
		topLeft: e.topLeft.Point, topRight: e.topRight.Point, bottomLeft: e.bottomLeft.Point,
		fourth: sum.times(1 / (t.right + t.down - 1)), dim: n, m: float64(n) - 3.5,
	}
}

// tilts searches for those that make both timing patterns alternate. The two
// terms hardly affect each other's pattern, so each is searched alone and the
// best of both are tried together; the three best pairs are returned.
func (e evidence) tilts(n int) []tilt {
	// Size falls with the square of distance, seen along the line of sight.
	guess := tilt{1 / math.Sqrt(e.topRatio), 1 / math.Sqrt(e.botRatio)}
	right := peaks(n, guess.right, func(w float64) float64 {
		return e.view.timingRow(e.corners(n, tilt{w, guess.down}).fit(), n)
	})
	if right == nil {
		return nil
	}
	down := peaks(n, guess.down, func(w float64) float64 {
		return e.view.timingColumn(e.corners(n, tilt{guess.right, w}).fit(), n)
	})
	type scored struct {
		tilt
		score float64
	}
	var all []scored
	for _, r := range right {
		for _, d := range down {
			t := tilt{r, d}
			if s := e.view.timing(e.corners(n, t).fit(), n); s >= goodTiming {
				all = append(all, scored{t, s})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []tilt
	for _, s := range all[:min(len(all), 3)] {
		out = append(out, s.tilt)
	}
	return out
}

// peaks are the values between about a half and two that score best: the
// middles of the highest runs of equal score, the nearest to guess first. A
// step moves the middle of a timing pattern by a quarter of a module. There
// are none where no value scores well.
func peaks(n int, guess float64, score func(float64) float64) []float64 {
	type peak struct{ at, score float64 }
	const low, high = 0.5, 2.0
	step := 1.0 / float64(n)
	var all []peak
	for w := low; w < high; {
		s, from := score(w), w
		for w += step; w < high && score(w) == s; w += step {
		}
		if s >= goodTiming {
			all = append(all, peak{(from + w - step) / 2, s})
		}
	}
	near := func(p peak) float64 { return p.score - 0.15*math.Abs(math.Log(p.at/guess)) }
	slices.SortStableFunc(all, func(a, b peak) int { return cmp.Compare(near(b), near(a)) })
	var out []float64
	for _, p := range all[:min(len(all), 5)] {
		out = append(out, p.at)
	}
	return out
}
