package detect

import (
	"math"
)

// evidence is what the three patterns say about a code's size before any grid
// is laid: the lengths of the legs in modules, measured at both ends of each,
// and the number of modules counted along each timing pattern.
type evidence struct {
	triple
	view     view
	span     float64 // modules between two middles, from the legs; 0 if unknown
	rowDim   int     // modules a side counted along the upper timing pattern, 0 if none
	colDim   int     // the same along the left one
	topRatio float64 // module at the top right through module at the top left
	botRatio float64 // module at the bottom left through module at the top left
}

// moduleAlong is the size of a module at c in the direction of other: the way
// from c through its ring, on both sides, is seven modules.
func (e evidence) moduleAlong(c, other center) float64 {
	dir := other.sub(c.Point).unit()
	limit := 8 * c.module
	ahead, ok1 := e.ringEdge(c.Point, dir, limit)
	back, ok2 := e.ringEdge(c.Point, dir.times(-1), limit)
	switch {
	case ok1 && ok2:
		return (ahead + back) / 7
	case ok1:
		return ahead / 3.5
	case ok2:
		return back / 3.5
	}
	return c.module
}

// ringEdge is the distance from a finder's middle to the outside of its ring.
func (e evidence) ringEdge(from, dir Point, limit float64) (float64, bool) {
	const step = 0.25
	dark, changes := true, 0
	for d := 0.0; d < limit; d += step {
		if e.view.isDark(from.add(dir.times(d))) != dark {
			dark = !dark
			if changes++; changes == 3 {
				return d, true
			}
		}
	}
	return 0, false
}

// count follows the timing pattern from a towards b, three modules to the
// side of their middles, and counts its modules. It gives the side of the code
// in modules, or 0 if the count cannot be a code's.
func (e evidence) count(a, b, side center, module float64) int {
	off := side.sub(a.Point).unit().times(3 * module)
	offB := off.times(b.module / math.Max(a.module, 0.1))
	from, to := a.add(off), b.add(offB)
	way := to.sub(from)
	steps := int(way.length() * 2)
	if steps < 20 {
		return 0
	}
	need := max(1, int(module*0.4*2)) // shorter runs are specks
	runsSeen, length, dark := 1, 0, e.view.isDark(from)
	for i := 1; i <= steps; i++ {
		if e.view.isDark(from.add(way.times(float64(i)/float64(steps)))) == dark {
			length = 0
			continue
		}
		if length++; length >= need {
			dark, length = !dark, 0
			runsSeen++
		}
	}
	// The runs of the two finder patterns are one each.
	n := runsSeen - 2 + 14
	if n%4 != 1 || n < 21 || n > 177 {
		return 0
	}
	return n
}

// certain is the strength of three patterns that are a code's beyond doubt.
const certain = 3

// strength is high when several measurements agree.
func (e evidence) strength() float64 {
	s := 0.0
	for _, d := range []int{e.rowDim, e.colDim} {
		if d != 0 && math.Abs(float64(d-7)/e.span-1) < 0.25 {
			s++
		}
	}
	if s == 2 && e.rowDim == e.colDim {
		s++
	}
	return s
}
