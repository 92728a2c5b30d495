package qr

import (
	"github.com/jangle-otp/jangle/internal/qr/detect"
	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// attempt is one way to look at a picture.
type attempt struct {
	name  string
	edges detect.Edges
	// partial attempts do not see small codes: what they find is not all.
	partial bool
	make    func(*picture) *plane // nil when it does not apply to this picture
}

// plane is a picture made ready for the detector; back leads from its points
// to the picture's.
type plane struct {
	bits *raster.Bits
	back func(x, y float64) (float64, float64)
}

// Sizes of the planes, in pixels on the long side.
const (
	largePhoto = 5_000_000 // pixels; above it a small copy is looked at first
	overview   = 1600
	middling   = 1000
	enlarged   = 3000 // an enlarged plane stays below this
)

// quickAttempts is how many of the attempts are cheap and likely.
const quickAttempts = 3

// attempts in the order they are made. The first two read nine of ten
// pictures that can be read at all. Both polarities are looked for in each,
// so there are none for inverted codes.
func attempts() []attempt {
	return []attempt{
		{name: "large photo, overview", partial: true, make: func(p *picture) *plane {
			if p.luma.Area() <= largePhoto {
				return nil
			}
			return p.plane(p.sized(overview).Hybrid())
		}},
		{name: "as it is, by blocks", make: func(p *picture) *plane { return p.plane(p.luma.Hybrid()) }},
		{name: "as it is, one threshold", make: func(p *picture) *plane { return p.plane(p.luma.Otsu()) }},
		{name: "middling size, by blocks", make: func(p *picture) *plane { return p.shrunk(middling, (*raster.Gray).Hybrid) }},
		{name: "middling size, one threshold", make: func(p *picture) *plane { return p.shrunk(middling, (*raster.Gray).Otsu) }},
		{name: "twice as large, by blocks", make: func(p *picture) *plane { return p.grown(2, (*raster.Gray).Hybrid) }},
		{name: "twice as large, one threshold", make: func(p *picture) *plane { return p.grown(2, (*raster.Gray).Otsu) }},
		{name: "local mean", make: func(p *picture) *plane {
			g := p.sized(overview)
			return p.plane(g.LocalMean(g.LongSide() / 12))
		}},
		{name: "half size", make: func(p *picture) *plane { return p.shrunk(p.luma.LongSide()/2, (*raster.Gray).Hybrid) }},
		{name: "smoothed", make: func(p *picture) *plane { return p.plane(p.sized(overview).Blur(1).Otsu()) }},
		{name: "three times as large", make: func(p *picture) *plane { return p.grown(3, (*raster.Gray).Otsu) }},
		{name: "thickened", make: func(p *picture) *plane { return p.plane(p.sized(overview).Thicken(1).Hybrid()) }},
		{name: "small", make: func(p *picture) *plane { return p.shrunk(600, (*raster.Gray).Hybrid) }},
		{name: "tiny", make: func(p *picture) *plane { return p.shrunk(400, (*raster.Gray).Hybrid) }},
		{name: "no margin", edges: detect.Merged, make: func(p *picture) *plane { return p.plane(p.sized(overview).Otsu()) }},
		{name: "transparency on black", make: func(p *picture) *plane { return p.viewed(raster.OnBlack) }},
		{name: "red", make: func(p *picture) *plane { return p.viewed(raster.Red) }},
		{name: "green", make: func(p *picture) *plane { return p.viewed(raster.Green) }},
		{name: "blue", make: func(p *picture) *plane { return p.viewed(raster.Blue) }},
		{name: "turned by 22.5 degrees", make: func(p *picture) *plane { return p.turned(22.5) }},
		{name: "turned by 45 degrees", make: func(p *picture) *plane { return p.turned(45) }},
	}
}

// shrunk is nil where there is nothing to shrink.
func (p *picture) shrunk(side int, threshold func(*raster.Gray) *raster.Bits) *plane {
	if p.luma.LongSide() <= side || side < 30 {
		return nil
	}
	return p.plane(threshold(p.sized(side)))
}

// grown is nil where the result would be too large.
func (p *picture) grown(n int, threshold func(*raster.Gray) *raster.Bits) *plane {
	if p.luma.LongSide()*n > enlarged {
		return nil
	}
	return p.plane(threshold(p.luma.Enlarge(n)))
}

// viewed is nil where that view shows nothing new.
func (p *picture) viewed(v raster.View) *plane {
	g := p.view(v)
	if g == nil {
		return nil
	}
	return p.plane(g.Otsu())
}

func (p *picture) turned(degrees float64) *plane {
	g := p.sized(middling)
	f := float64(p.w) / float64(g.W)
	r, back := g.Rotate(degrees)
	return &plane{bits: r.Hybrid(), back: func(x, y float64) (float64, float64) {
		x, y = back(x, y)
		return x * f, y * f
	}}
}

// plane is for a plane that differs from the picture in size only.
func (p *picture) plane(b *raster.Bits) *plane {
	fx, fy := float64(p.w)/float64(b.W), float64(p.h)/float64(b.H)
	return &plane{bits: b, back: func(x, y float64) (float64, float64) { return x * fx, y * fy }}
}
