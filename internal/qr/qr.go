// Package qr reads QR codes from pictures and draws them.
//
// Reading is a list of named attempts (attempts.go), cheapest and likeliest
// first: the picture as it is, with one threshold for all of it, smaller,
// larger, thickened, by colour channel, turned. Most pictures are read by the
// first. Each attempt hands a plane of dark and light pixels to package
// detect, which finds codes in it; package raster makes the planes.
//
// gozxing reads the modules of a code that was found. Its own search is not used: it
// reads 77 of 100 such pictures where this one reads 97, and cannot be interrupted.
// PNG is read by rows (png.go) and animations frame by frame (gif.go) by own code,
// because the standard library holds whole pictures: 42 MB instead of 16 for a
// screenshot, 4.7 GB for a GIF of three megabytes.
//
// Pictures come from strangers. Sizes are checked before anything is decoded,
// the search has a time budget, and no step takes longer than a small part of
// it between two looks at the clock.
package qr

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"
	"time"

	"github.com/jangle-otp/jangle/internal/qr/detect"
)

// Found is one code in a picture.
type Found struct {
	detect.Content
	Bounds image.Rectangle // in the picture, as stored
	Frame  int             // of an animation, from 0
}

// Options for reading. The zero value is right for people's pictures.
type Options struct {
	Budget time.Duration // how long to look, 5 s when zero
}

// Decode reads every code in a picture file, each once, in reading order.
//
// Errors: ErrNotImage, ErrUnsupported, ErrTruncated, *TooLargeError for a
// picture that is not opened; ErrNoCode and ErrBudget when nothing was found;
// the context's error when it ended.
func Decode(ctx context.Context, data []byte, o Options) ([]Found, error) {
	f, err := open(data)
	if err != nil {
		return nil, err
	}
	s, done := newSearch(ctx, o)
	defer done()
	// Every frame of an animation gets the first few attempts before any gets them
	// all: a code shown later is more likely than one that is hard to read.
	all := attempts()
	if f.kind == kindGIF {
		err = f.frames(s.ctx, func(p *picture) bool { return s.look(p, all[:quickAttempts]) })
		all = all[quickAttempts:]
	}
	if err == nil && len(s.found) == 0 {
		err = f.frames(s.ctx, func(p *picture) bool { return s.look(p, all) })
	}
	if err != nil {
		return nil, err
	}
	return s.result(ctx)
}

// DecodeImage reads every code in a picture that is in memory already, such as
// a capture of the screen. Several screens side by side may be wider than a
// picture file; the number of pixels is limited all the same.
func DecodeImage(ctx context.Context, img image.Image, o Options) ([]Found, error) {
	b := img.Bounds()
	if b.Empty() {
		return nil, ErrNoCode
	}
	if b.Dx() > maxPixels/b.Dy() {
		return nil, &TooLargeError{W: b.Dx(), H: b.Dy(), MaxSide: maxPixels, MaxPixels: maxPixels}
	}
	s, done := newSearch(ctx, o)
	defer done()
	s.look(fromMemory(s.ctx, img, 0), attempts())
	return s.result(ctx)
}

// search goes through pictures and keeps what it finds.
type search struct {
	ctx   context.Context
	found []Found
}

func newSearch(ctx context.Context, o Options) (*search, context.CancelFunc) {
	budget := o.Budget
	if budget <= 0 {
		budget = defaultBudget
	}
	timed, cancel := context.WithDeadline(ctx, time.Now().Add(budget))
	return &search{ctx: timed}, cancel
}

// patience is how many more attempts are made for a second code that is
// certainly there but was not read along with the first.
const patience = 8

// look makes one attempt after the other until the picture is read; false
// means that no more frames are wanted.
func (s *search) look(p *picture, all []attempt) bool {
	before, more := len(s.found), patience
	for _, a := range all {
		if s.ctx.Err() != nil || len(s.found) >= maxCodes {
			return false
		}
		pl := a.make(p)
		if pl == nil {
			continue
		}
		left := s.try(p, pl, a)
		if len(s.found) == before || a.partial {
			continue
		}
		if more--; !left || more == 0 {
			break
		}
	}
	return true
}

// try makes one attempt, keeps the codes that were not found before, and says
// whether a code is left that it saw but could not read.
func (s *search) try(p *picture, pl *plane, a attempt) (left bool) {
	r := detect.Find(s.ctx, pl.bits, detect.Params{Read: readModules, Edges: a.edges, Codes: maxCodes})
	for _, c := range r.Codes {
		if slices.ContainsFunc(s.found, func(f Found) bool { return f.Content == c.Content }) {
			continue
		}
		x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, corner := range c.Corners {
			x, y := pl.back(corner.X, corner.Y)
			x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
		}
		bounds := image.Rect(int(x0), int(y0), int(math.Ceil(x1)), int(math.Ceil(y1)))
		bounds = bounds.Intersect(image.Rect(0, 0, p.w, p.h)).Add(p.origin)
		s.found = append(s.found, Found{Content: c.Content, Bounds: bounds, Frame: p.frame})
	}
	return slices.ContainsFunc(r.Unread, func(u detect.Point) bool {
		x, y := pl.back(u.X, u.Y)
		at := image.Pt(int(x), int(y)).Add(p.origin)
		return !slices.ContainsFunc(s.found, func(f Found) bool { return f.Frame == p.frame && at.In(f.Bounds) })
	})
}

// result is what was found, or why there is nothing. The order is by frame, then
// line by line from the top, each from the left. Codes whose middles overlap in
// height are in one line.
func (s *search) result(ctx context.Context) ([]Found, error) {
	if len(s.found) == 0 {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case s.ctx.Err() != nil:
			return nil, ErrBudget
		}
		return nil, ErrNoCode
	}
	fs := s.found
	slices.SortStableFunc(fs, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Frame, b.Frame), cmp.Compare(a.Bounds.Min.Y, b.Bounds.Min.Y))
	})
	for from := 0; from < len(fs); {
		first, to := fs[from], from+1
		for to < len(fs) && fs[to].Frame == first.Frame && (fs[to].Bounds.Min.Y+fs[to].Bounds.Max.Y)/2 < first.Bounds.Max.Y {
			to++
		}
		slices.SortStableFunc(fs[from:to], func(a, b Found) int { return cmp.Compare(a.Bounds.Min.X, b.Bounds.Min.X) })
		from = to
	}
	return fs, nil
}
