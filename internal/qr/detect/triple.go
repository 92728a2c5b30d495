package detect

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// triple is three finder patterns that may belong to one code.
type triple struct {
	topLeft, topRight, bottomLeft center
	cost                          float64 // 0 for a flat code seen straight on
}

// Plausible bounds, wide enough for a photo taken at a slant.
const (
	maxModuleRatio = 2.2  // largest to smallest pattern
	maxLegRatio    = 2.2  // longer to shorter leg
	maxCosine      = 0.65 // angle between the legs: 50 to 130 degrees
	minSpan        = 9    // modules between two middles; version 1 has 14
	maxSpan        = 290  // version 40 has 170 along a side, 240 across
	keptTriples    = 256
	maxNeighbours  = 40
)

// triples ranks all plausible choices of three, best first. Each center is
// tried as the top left one, with the others near it.
func triples(ctx context.Context, all []center) []triple {
	slices.SortFunc(all, func(a, b center) int {
		return cmp.Or(cmp.Compare(b.firmness(), a.firmness()), cmp.Compare(b.seen, a.seen))
	})
	all = all[:min(len(all), maxCenters)]
	var out []triple
	for i, a := range all {
		if ctx.Err() != nil {
			return nil
		}
		var near []center // the nearest that can belong to one code with this one
		for j, b := range all {
			if j != i && alike(a, b) {
				near = append(near, b)
			}
		}
		slices.SortFunc(near, func(b, c center) int { return cmp.Compare(a.distance(b.Point), a.distance(c.Point)) })
		near = near[:min(len(near), maxNeighbours)]
		for j, b := range near {
			for _, c := range near[j+1:] {
				if t, ok := arrange(a, b, c); ok {
					out = append(out, t)
				}
			}
		}
		if len(out) > 8*keptTriples {
			out = best(out)
		}
	}
	return best(out)
}

func best(ts []triple) []triple {
	slices.SortFunc(ts, func(a, b triple) int { return cmp.Compare(a.cost, b.cost) })
	return ts[:min(len(ts), keptTriples)]
}

// alike says whether two patterns can belong to one code.
func alike(a, b center) bool {
	if a.ink != b.ink {
		return false
	}
	lo, hi := min(a.module, b.module), max(a.module, b.module)
	if hi > lo*maxModuleRatio {
		return false
	}
	d := a.distance(b.Point)
	return d >= minSpan*lo && d <= maxSpan*hi
}

// arrange makes a triple with a at the top left, the other two set so that the
// code is not mirrored; ok is false when it would not look like a code.
func arrange(a, b, c center) (triple, bool) {
	legB, legC := b.sub(a.Point), c.sub(a.Point)
	if legB.X*legC.Y-legB.Y*legC.X < 0 {
		b, c, legB, legC = c, b, legC, legB
	}
	lb, lc := legB.length(), legC.length()
	cosine := math.Abs(legB.X*legC.X+legB.Y*legC.Y) / (lb * lc)
	ratio := max(lb, lc) / min(lb, lc)
	if cosine > maxCosine || ratio > maxLegRatio || !alike(b, c) {
		return triple{}, false
	}
	spread := max(a.module, b.module, c.module) / min(a.module, b.module, c.module)
	span := (lb + lc) / (a.module + b.module + c.module)
	t := triple{topLeft: a, topRight: b, bottomLeft: c}
	t.cost = 2*cosine + 2*math.Log(ratio*spread) + span/400
	t.cost += 1.2 * (1 - min(a.firmness(), b.firmness(), c.firmness()))
	return t, true
}
