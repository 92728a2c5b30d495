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
	"context"

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
	f := &finding{bits: b, params: p}
	all := centers(ctx, b, rowStep(b), p.Edges)
	for _, ink := range []byte{1, 0} {
		f.search(ctx, sameInk(all, ink))
	}
	f.result.Unread = f.unread()
	return f.result
}

// rowStep is fine enough to meet the inner square of the smallest code that
// can be told from noise in a picture of that size.
func rowStep(b *raster.Bits) int {
	switch area := b.W * b.H; {
	case area <= 1_000_000:
		return 1
	case area <= 3_000_000:
		return 2
	default:
		return 3
	}
}

func sameInk(all []center, ink byte) []center {
	var out []center
	for _, c := range all {
		if c.ink == ink {
			out = append(out, c)
		}
	}
	return out
}

// finding is one search over one picture.
type finding struct {
	bits   *raster.Bits
	params Params
	used   []Point  // middles of finder patterns of codes that were read
	missed []triple // that must be codes and could not be read
	result Result
}

func (f *finding) search(ctx context.Context, cs []center) {
	if len(cs) < 3 {
		return
	}
	failures := 0
	for _, t := range f.promising(ctx, triples(ctx, cs)) {
		if ctx.Err() != nil || failures >= maxFailures || len(f.result.Codes) >= f.params.Codes {
			return
		}
		if f.isUsed(t.triple) {
			continue
		}
		code, ok := f.read(ctx, t)
		if !ok {
			failures++
			if t.strength() == certain {
				f.missed = append(f.missed, t.triple)
			}
			continue
		}
		f.result.Codes = append(f.result.Codes, code)
		f.used = append(f.used, t.topLeft.Point, t.topRight.Point, t.bottomLeft.Point)
	}
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
