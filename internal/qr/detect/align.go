package detect

import "math"

// alignment looks for the alignment pattern whose middle is module (u, v)
// within reach modules of where the grid puts it, and returns its place.
func (e evidence) alignment(g grid, u, v int, reach float64) (Point, bool) {
	mu, mv := float64(u)+0.5, float64(v)+0.5
	mid := g.at(mu, mv)
	right, down := g.at(mu+1, mv).sub(mid), g.at(mu, mv+1).sub(mid)
	// as counts the 25 modules around p that are as in an alignment pattern: a
	// dark one in a light ring in a dark ring.
	as := func(p Point) (score int) {
		for y := -2; y <= 2; y++ {
			for x := -2; x <= 2; x++ {
				ring := max(abs(x), abs(y))
				if e.view.isDark(p.add(right.times(float64(x))).add(down.times(float64(y)))) == (ring != 1) {
					score++
				}
			}
		}
		return score
	}
	const step = 1.0 / 3
	best, at := 0, Point{}
	steps := int(math.Ceil(reach / step))
	for i := -steps; i <= steps; i++ {
		for j := -steps; j <= steps; j++ {
			p := mid.add(right.times(float64(i) * step)).add(down.times(float64(j) * step))
			if s := as(p)*64 - i*i - j*j; s > best {
				best, at = s, p
			}
		}
	}
	if best < 64*21 {
		return Point{}, false
	}
	// Move to the middle of the dark module that the place is in.
	edge := func(dir Point) float64 {
		for d := 0.0; d < 1.2; d += 0.125 {
			if !e.view.isDark(at.add(dir.times(d))) {
				return d
			}
		}
		return math.NaN()
	}
	l, r := edge(right.times(-1)), edge(right)
	u2, d2 := edge(down.times(-1)), edge(down)
	if s := l + r + u2 + d2; math.IsNaN(s) || s == 0 {
		return at, true
	}
	return at.add(right.times((r - l) / 2)).add(down.times((d2 - u2) / 2)), true
}

// alignmentCenters are the module coordinates of the alignment patterns of a
// code of n modules a side (ISO/IEC 18004, annex E: evenly spaced from the
// last back, the remainder between the first two).
func alignmentCenters(n int) []int {
	version := (n - 17) / 4
	if version < 2 {
		return nil
	}
	count := version/7 + 2
	step := (version*8 + count*3 + 5) / (count*4 - 4) * 2
	out := make([]int, count)
	out[0] = 6
	for i := count - 1; i > 0; i-- {
		out[i] = n - 7 - (count-1-i)*step
	}
	return out
}

// bend follows the alignment patterns of a larger code.
func (e evidence) bend(base homography, n int) grid {
	lines := alignmentCenters(n)
	k := len(lines)
	m := mesh{base: base, lines: lines, moved: make([]Point, k*k)}
	for pass := range 2 {
		for j, v := range lines {
			for i, u := range lines {
				if corner := (i == 0 && (j == 0 || j == k-1)) || (j == 0 && i == k-1); corner {
					continue
				}
				flat := base.at(float64(u)+0.5, float64(v)+0.5)
				moved := m.at(float64(u)+0.5, float64(v)+0.5).sub(flat)
				if p, ok := e.alignment(shifted{base, moved}, u, v, float64(2-pass)); ok {
					m.moved[j*k+i] = p.sub(flat)
				}
			}
		}
	}
	return m
}

// shifted is a grid moved as a whole.
type shifted struct {
	base grid
	by   Point
}

func (s shifted) at(u, v float64) Point { return s.base.at(u, v).add(s.by) }

// mesh is a homography bent so that it meets the alignment patterns: between
// four of them the correction is blended.
type mesh struct {
	base  homography
	lines []int
	moved []Point // correction at each crossing of lines, row by row
}

func (m mesh) at(u, v float64) Point {
	i, fu := m.cell(u)
	j, fv := m.cell(v)
	k := len(m.lines)
	top := m.moved[j*k+i].times(1 - fu).add(m.moved[j*k+i+1].times(fu))
	bottom := m.moved[(j+1)*k+i].times(1 - fu).add(m.moved[(j+1)*k+i+1].times(fu))
	return m.base.at(u, v).add(top.times(1 - fv).add(bottom.times(fv)))
}

// cell is the interval between two lines that t is in, and how far along;
// beyond the outer lines the last interval is continued.
func (m mesh) cell(t float64) (int, float64) {
	i := 0
	for i < len(m.lines)-2 && t >= float64(m.lines[i+1])+0.5 {
		i++
	}
	from, to := float64(m.lines[i])+0.5, float64(m.lines[i+1])+0.5
	return i, (t - from) / (to - from)
}
