package detect

import "context"

// read tries to read the code between three finder patterns.
func (f *finding) read(ctx context.Context, e evidence) (Code, bool) {
	for _, n := range e.dims() {
		if ctx.Err() != nil {
			return Code{}, false
		}
		for g := range e.grids(n) {
			if c, ok := f.readGrid(e.view, g, n); ok {
				return Code{Content: c, Corners: outline(g, n)}, true
			}
		}
	}
	return Code{}, false
}

// readGrid reads the modules under one grid, then once more with five places
// a module where modules are large enough for that to differ.
func (f *finding) readGrid(v view, g grid, n int) (Content, bool) {
	if !v.fits(g, n) {
		return Content{}, false
	}
	if c, ok := f.params.Read(v.sample(g, n, middleSpot())); ok {
		return c, true
	}
	if g.at(4, 3).distance(g.at(3, 3)) < 3 {
		return Content{}, false
	}
	return f.params.Read(v.sample(g, n, fiveSpots()))
}

func outline(g grid, n int) [4]Point {
	far := float64(n)
	return [4]Point{g.at(0, 0), g.at(far, 0), g.at(far, far), g.at(0, far)}
}

// unread are the places where a code must be that was not read: both timing
// patterns were counted and agree, and no code that was read lies there.
func (f *finding) unread() []Point {
	var out []Point
	for _, t := range f.missed {
		if !f.isUsed(t) {
			out = append(out, t.topRight.add(t.bottomLeft.Point).times(0.5))
		}
	}
	return out
}
