package detect

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Timing scores: a grid below goodTiming is not worth the error correction.
const goodTiming = 0.70

// grids lays n-module grids over the code, the cheap guesses first.
func (e evidence) grids(n int) iter.Seq[grid] {
	return func(yield func(grid) bool) {
		flat := e.corners(n, Point{})
		if !e.offer(flat, yield) {
			return
		}
		for _, c := range e.perspectives(n) {
			if !e.offer(c, yield) {
				return
			}
		}
	}
}

// offer yields the grid of c, corrected by the alignment patterns where they
// are found; false means stop.
func (e evidence) offer(c corners, yield func(grid) bool) bool {
	plain := c.fit()
	if n := c.dim; n >= 25 {
		if a, ok := e.alignment(plain, n-7, n-7, 4); ok {
			c.fourth, c.m = a, float64(n)-6.5
			fixed := c.fit()
			if n >= 45 && !yield(e.bend(fixed, n)) {
				return false
			}
			if e.view.timing(fixed, n) >= goodTiming && !yield(fixed) {
				return false
			}
		}
	}
	if e.view.timing(plain, c.dim) < goodTiming {
		return true
	}
	return yield(plain)
}

// corners assumes the fourth corner where a parallelogram has it, moved by
// shift times the two legs.
func (e evidence) corners(n int, shift Point) corners {
	across, down := e.topRight.sub(e.topLeft.Point), e.bottomLeft.sub(e.topLeft.Point)
	fourth := e.topRight.add(down).add(across.times(shift.X)).add(down.times(shift.Y))
	return corners{
		topLeft: e.topLeft.Point, topRight: e.topRight.Point, bottomLeft: e.bottomLeft.Point,
		fourth: fourth, dim: n, m: float64(n) - 3.5,
	}
}

// scored is a guess at the fourth corner with its timing score.
type scored struct {
	corners
	score float64
}

// perspectives searches the fourth corner for places that make both timing
// patterns alternate: the three best that differ.
func (e evidence) perspectives(n int) []corners {
	const reach = 0.4
	step := math.Max(0.012, 1.4/float64(n))
	var all []scored
	for x := -reach; x <= reach; x += step {
		for y := -reach; y <= reach; y += step {
			c := e.corners(n, Point{x, y})
			if s := e.view.timing(c.fit(), n); s >= goodTiming {
				all = append(all, scored{c, s})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []corners
	for _, s := range all[:min(len(all), 3)] {
		out = append(out, s.corners)
	}
	return out
}
