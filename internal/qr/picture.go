package qr

import (
	"context"
	"image"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// source is where views of a picture are taken from.
type source interface {
	view(ctx context.Context, v raster.View, maxArea int) (*raster.Gray, error)
	alpha() bool                        // some pixel may be transparent
	colourful(ctx context.Context) bool // a noticeable part is not grey
}

// picture is what the attempts work on: one frame.
type picture struct {
	ctx    context.Context
	frame  int
	origin image.Point // of the picture's own coordinates
	w, h   int         // as stored
	luma   *raster.Gray

	source source                       // nil once it was let go
	views  map[raster.View]*raster.Gray // what was taken from it until then
	sizes  map[int]*raster.Gray         // luma shrunk to a long side
}

// newPicture takes from a source of w by h pixels what the first attempts
// need.
func newPicture(ctx context.Context, from source, w, h int) (*picture, error) {
	luma, err := from.view(ctx, raster.OnWhite, maxWork)
	if err != nil {
		return nil, err
	}
	return &picture{
		ctx: ctx, w: w, h: h, luma: luma, source: from,
		views: make(map[raster.View]*raster.Gray),
		sizes: make(map[int]*raster.Gray),
	}, nil
}

// memory is a decoded picture as a source.
type memory struct{ image.Image }

func (m memory) view(_ context.Context, v raster.View, maxArea int) (*raster.Gray, error) {
	return raster.FromImage(m.Image, v, maxArea), nil
}

func (m memory) alpha() bool                    { return raster.HasAlpha(m.Image) }
func (m memory) colourful(context.Context) bool { return raster.IsColourful(m.Image) }

// fromMemory is newPicture for a decoded picture, which cannot fail.
func fromMemory(ctx context.Context, img image.Image, frame int) *picture {
	b := img.Bounds()
	p, _ := newPicture(ctx, memory{img}, b.Dx(), b.Dy())
	p.frame, p.origin = frame, b.Min
	return p
}

// view is the picture over black or one of its channels, at a moderate size;
// nil when that would show nothing new.
func (p *picture) view(v raster.View) *raster.Gray {
	g, taken := p.views[v]
	if taken || p.source == nil {
		return g
	}
	differs := false
	if v == raster.OnBlack {
		differs = p.source.alpha()
	} else if red, taken := p.views[raster.Red]; taken {
		differs = red != nil // what is not colourful in red is not so in green and blue
	} else {
		differs = p.source.colourful(p.ctx)
	}
	if differs {
		g, _ = p.source.view(p.ctx, v, maxDerive) // an error here means out of time
	}
	p.views[v] = g
	return g
}

// sized is the brightness with a long side of at most so many pixels.
func (p *picture) sized(side int) *raster.Gray {
	if p.sizes[side] == nil {
		p.sizes[side] = p.luma.ShrinkTo(side)
	}
	return p.sizes[side]
}
