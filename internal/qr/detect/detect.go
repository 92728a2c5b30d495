// Package detect finds QR codes in a picture of dark and light pixels and
// takes their modules out of it.
//
// A code is found by its three corner squares. The usual readers choose one
// set of three and make one guess at the code's size; where that fails the
// code is lost. Here many sets are tried, each with the sizes that come into
// question, and the two timing patterns (the lines of alternating modules
// between the corners) tell a right guess from a wrong one: they are laid
// over each guess until both alternate. From version 7 on a code has a net of
// small alignment squares, and these bend the grid to follow a curved page.
//
// The error correction is not done here: the caller's Reader is handed the
// modules and says whether they make sense.
package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// Matrix is a code's modules, N by N, true for dark.
type Matrix struct {
	N    int
	Dark []bool
}

// At is the module in column x, row y.
func (m *Matrix) At(x, y int) bool { return m.Dark[y*m.N+x] }

// Reader turns modules into what they say, or says that they are not a valid code.
type Reader func(*Matrix) (Content, bool)

// Content is what a code holds.
type Content struct {
	Text string // UTF-8; of a part, its bytes, which may begin or end within a character
	Part Part
}

// Part is a code's place in a text that up to 16 codes share ("structured append",
// ISO/IEC 18004, 8). It is zero for a code with a text of its own.
type Part struct {
	Index  int  // from 0
	Count  int  // of codes, 1 to 16
	Parity byte // all bytes of the whole text joined by exclusive or; the same in each part
}

// Code is one code that was read. The corners of its outline go round from
// the top left, as the code itself is oriented.
type Code struct {
	Content
	Corners [4]Point
}

// Params say how to look.
type Params struct {
	Read  Reader
	Edges Edges
	Codes int // stop after so many codes
}

// Result is what one search found.
type Result struct {
	Codes  []Code
	Unread []Point // where a code almost certainly is that could not be read
}

// maxFailures is how many sets of corners that look right may fail before the
// search gives up on a picture.
const maxFailures = 24

// Find looks for codes of both polarities. It stops when ctx ends, with what
// it has.
func Find(ctx context.Context, b *raster.Bits, p Params) Result {
	// Fine enough to meet the inner square of the smallest code that can be told
	// from noise in a picture of that size.
	step := 3
	switch area := b.W * b.H; {
	case area <= 1_000_000:
		step = 1
	case area <= 3_000_000:
		step = 2
	}
	f := &finding{bits: b, params: p}
	all := centers(ctx, b, step, p.Edges)
	for _, ink := range []byte{1, 0} {
		other := func(c center) bool { return c.ink != ink }
		f.search(ctx, slices.DeleteFunc(slices.Clone(all), other))
	}
	for _, t := range f.missed {
		if !f.isUsed(t) {
			f.result.Unread = append(f.result.Unread, t.topRight.add(t.bottomLeft.Point).times(0.5))
		}
	}
	return f.result
}

// finding is one search over one picture.
type finding struct {
	bits   *raster.Bits
	params Params
	used   []Point  // middles of finder patterns of codes that were read
	missed []triple // that must be codes and could not be read
	result Result
}

// search looks for the codes among patterns of one polarity.
func (f *finding) search(ctx context.Context, cs []center) {
	if len(cs) < 3 {
		return
	}
	// Order the triples by what their timing patterns say.
	var es []evidence
	for _, t := range triples(ctx, cs) {
		if ctx.Err() != nil {
			return
		}
		e := evidence{triple: t, view: view{f.bits, t.topLeft.ink}}
		tr, tl := e.moduleAlong(t.topRight, t.topLeft), e.moduleAlong(t.topLeft, t.topRight)
		bl, lt := e.moduleAlong(t.bottomLeft, t.topLeft), e.moduleAlong(t.topLeft, t.bottomLeft)
		across := t.topLeft.distance(t.topRight.Point) * 2 / (tr + tl)
		down := t.topLeft.distance(t.bottomLeft.Point) * 2 / (bl + lt)
		e.span = (across + down) / 2
		e.topRatio, e.botRatio = tr/tl, bl/lt
		e.rowDim = e.count(t.topLeft, t.topRight, t.bottomLeft, lt)
		e.colDim = e.count(t.topLeft, t.bottomLeft, t.topRight, tl)
		es = append(es, e)
	}
	slices.SortStableFunc(es, func(a, b evidence) int {
		return cmp.Compare(a.cost-0.7*a.strength(), b.cost-0.7*b.strength())
	})
	failures := 0
	for _, e := range es {
		if ctx.Err() != nil || failures >= maxFailures || len(f.result.Codes) >= f.params.Codes {
			return
		}
		if f.isUsed(e.triple) {
			continue
		}
		code, ok := f.read(ctx, e)
		if !ok {
			failures++
			if e.strength() == certain {
				f.missed = append(f.missed, e.triple)
			}
			continue
		}
		f.result.Codes = append(f.result.Codes, code)
		f.used = append(f.used, e.topLeft.Point, e.topRight.Point, e.bottomLeft.Point)
	}
}

// read tries to read the code between three finder patterns: in each size that
// comes into question, the likeliest first, the cheap guesses of its grid first.
func (f *finding) read(ctx context.Context, e evidence) (code Code, ok bool) {
	var sizes []int
	put := func(n int) {
		if n >= 21 && n <= 177 && !slices.Contains(sizes, n) {
			sizes = append(sizes, n)
		}
	}
	if e.rowDim == e.colDim {
		put(e.rowDim)
	}
	if e.span > minSpan && e.span < maxSpan {
		guess := int(math.Round((e.span+7-17)/4))*4 + 17
		near := []int{guess}
		for d := 4; d <= 4*(1+guess/60); d += 4 {
			near = append(near, guess-d, guess+d)
		}
		exact := e.span + 7
		slices.SortStableFunc(near, func(a, b int) int {
			return cmp.Compare(math.Abs(float64(a)-exact), math.Abs(float64(b)-exact))
		})
		put(near[0])
		put(e.rowDim)
		put(e.colDim)
		for _, n := range near {
			put(n)
		}
	}
	for _, n := range sizes {
		if ctx.Err() != nil {
			return Code{}, false
		}
		try := func(g grid) bool {
			// A picture cropped into the outermost modules is still worth a try.
			const slack = 1.5
			far := float64(n) - slack
			for _, c := range [4][2]float64{{slack, slack}, {far, slack}, {slack, far}, {far, far}} {
				if _, inside := e.view.dark(g.at(c[0], c[1])); !inside {
					return false
				}
			}
			var c Content
			c, ok = f.params.Read(e.view.sample(g, n, Point{}))
			if !ok && !(g.at(4, 3).distance(g.at(3, 3)) < 3) {
				// Modules are large enough for five places each to differ, against specks.
				const d = 0.22
				c, ok = f.params.Read(e.view.sample(g, n, Point{}, Point{-d, -d}, Point{d, -d}, Point{-d, d}, Point{d, d}))
			}
			end := float64(n)
			code = Code{c, [4]Point{g.at(0, 0), g.at(end, 0), g.at(end, end), g.at(0, end)}}
			return ok
		}
		if e.offer(e.corners(n, tilt{1, 1}), try) {
			return code, true
		}
		for _, t := range e.tilts(n) {
			if e.offer(e.corners(n, t), try) {
				return code, true
			}
		}
	}
	return Code{}, false
}

// isUsed says whether one of the three belongs to a code that was read.
func (f *finding) isUsed(t triple) bool {
	for _, u := range f.used {
		for _, c := range [3]center{t.topLeft, t.topRight, t.bottomLeft} {
			if c.distance(u) < 3*c.module {
				return true
			}
		}
	}
	return false
}
