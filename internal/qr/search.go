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

// file looks at a picture file. Every frame of an animation gets the first few
// attempts before any gets them all: a code shown later is more likely than
// one that is hard to read.
func (s *search) file(f *file) error {
	all := attempts()
	if f.kind == kindGIF {
		err := f.frames(s.ctx, func(p *picture) bool { return s.look(p, all[:quickAttempts]) })
		if err != nil || len(s.found) > 0 {
			return err
		}
		all = all[quickAttempts:]
	}
	return f.frames(s.ctx, func(p *picture) bool { return s.look(p, all) })
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

// try makes one attempt and says whether a code is left that it saw but could
// not read.
func (s *search) try(p *picture, pl *plane, a attempt) (left bool) {
	r := detect.Find(s.ctx, pl.bits, detect.Params{Read: readModules, Edges: a.edges, Codes: maxCodes})
	for _, c := range r.Codes {
		s.keep(p, pl, c)
	}
	return slices.ContainsFunc(r.Unread, func(u detect.Point) bool {
		x, y := pl.back(u.X, u.Y)
		at := image.Pt(int(x), int(y)).Add(p.origin)
		return !slices.ContainsFunc(s.found, func(f Found) bool { return f.Frame == p.frame && at.In(f.Bounds) })
	})
}

// keep adds a code unless the same was found before.
func (s *search) keep(p *picture, pl *plane, c detect.Code) {
	if slices.ContainsFunc(s.found, func(f Found) bool { return f.Content == c.Content }) {
		return
	}
	s.found = append(s.found, Found{Content: c.Content, Bounds: bounds(p, pl, c), Frame: p.frame})
}

func bounds(p *picture, pl *plane, c detect.Code) image.Rectangle {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, corner := range c.Corners {
		x, y := pl.back(corner.X, corner.Y)
		x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
	}
	r := image.Rect(int(x0), int(y0), int(math.Ceil(x1)), int(math.Ceil(y1)))
	return r.Intersect(image.Rect(0, 0, p.w, p.h)).Add(p.origin)
}

// result is what was found, in reading order, or why there is nothing.
func (s *search) result(ctx context.Context) ([]Found, error) {
	if len(s.found) > 0 {
		return readingOrder(s.found), nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.ctx.Err() != nil {
		return nil, ErrBudget
	}
	return nil, ErrNoCode
}

// readingOrder is by frame, then line by line from the top, each from the
// left. Codes whose middles overlap in height stand in one line.
func readingOrder(fs []Found) []Found {
	slices.SortStableFunc(fs, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Frame, b.Frame), cmp.Compare(a.Bounds.Min.Y, b.Bounds.Min.Y))
	})
	for from := 0; from < len(fs); {
		to := from + 1
		for to < len(fs) && sameLine(fs[from], fs[to]) {
			to++
		}
		slices.SortStableFunc(fs[from:to], func(a, b Found) int { return cmp.Compare(a.Bounds.Min.X, b.Bounds.Min.X) })
		from = to
	}
	return fs
}

func sameLine(a, b Found) bool {
	return a.Frame == b.Frame && (b.Bounds.Min.Y+b.Bounds.Max.Y)/2 < a.Bounds.Max.Y
}
