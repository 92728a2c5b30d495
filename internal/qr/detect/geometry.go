package detect

import "math"

// Point is a place in the picture, in pixels; the first pixel's middle is at
// 0.5, 0.5.
type Point struct{ X, Y float64 }

func (p Point) add(q Point) Point        { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) sub(q Point) Point        { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) times(f float64) Point    { return Point{p.X * f, p.Y * f} }
func (p Point) length() float64          { return math.Hypot(p.X, p.Y) }
func (p Point) distance(q Point) float64 { return p.sub(q).length() }
func (p Point) unit() Point              { return p.times(1 / math.Max(p.length(), 1e-9)) }

// homography maps module coordinates to the picture: a flat code seen in
// perspective. Its last coefficient is one.
type homography struct{ a, b, c, d, e, f, g, h float64 }

func (m homography) at(u, v float64) Point {
	w := m.g*u + m.h*v + 1
	return Point{(m.a*u + m.b*v + m.c) / w, (m.d*u + m.e*v + m.f) / w}
}

// corners are the four places of a code whose position in the picture is
// known or assumed: the middles of its three finder patterns and a fourth
// point at module (m, m).
type corners struct {
	topLeft, topRight, bottomLeft, fourth Point
	dim                                   int
	m                                     float64
}

// fit is the homography through four points. The finder middles are 3.5
// modules from the edges.
func (c corners) fit() homography {
	far := float64(c.dim) - 3.5
	from := [4]Point{{3.5, 3.5}, {far, 3.5}, {c.m, c.m}, {3.5, far}}
	to := [4]Point{c.topLeft, c.topRight, c.fourth, c.bottomLeft}
	return through(from, to)
}

// through solves the eight equations of four point pairs by Gauss-Jordan
// elimination with row exchange. Degenerate pairs give a map with infinite or
// undefined values, which sampling refuses.
func through(from, to [4]Point) homography {
	var m [8][9]float64
	for i := range from {
		u, v, x, y := from[i].X, from[i].Y, to[i].X, to[i].Y
		m[2*i] = [9]float64{u, v, 1, 0, 0, 0, -u * x, -v * x, x}
		m[2*i+1] = [9]float64{0, 0, 0, u, v, 1, -u * y, -v * y, y}
	}
	for col := range 8 {
		pivot := col
		for r := col + 1; r < 8; r++ {
			if math.Abs(m[r][col]) > math.Abs(m[pivot][col]) {
				pivot = r
			}
		}
		m[col], m[pivot] = m[pivot], m[col]
		for r := range 8 {
			if r == col || m[r][col] == 0 {
				continue
			}
			f := m[r][col] / m[col][col]
			for k := col; k < 9; k++ {
				m[r][k] -= f * m[col][k]
			}
		}
	}
	s := func(i int) float64 { return m[i][8] / m[i][i] }
	return homography{s(0), s(1), s(2), s(3), s(4), s(5), s(6), s(7)}
}
