package qr

import "github.com/jangle-otp/jangle/internal/qr/raster"

// attempt is one way to look at a picture.
type attempt struct {
	name string
	make func(p *picture) *plane // nil when it does not apply
}

// plane is a picture made ready for the detector; back leads from its points
// to the picture's.
type plane struct {
	bits *raster.Bits
	back func(x, y float64) (float64, float64)
}

// attempts in order of worth.
func attempts() []attempt {
	return []attempt{
		{"native, by blocks", func(p *picture) *plane { return p.scaled(p.luma, p.luma.Hybrid()) }},
		{"native, one threshold", func(p *picture) *plane { return p.scaled(p.luma, p.luma.Otsu()) }},
	}
}

// scaled is a plane that differs from the picture only in size.
func (p *picture) scaled(_ *raster.Gray, b *raster.Bits) *plane {
	fx, fy := float64(p.w)/float64(b.W), float64(p.h)/float64(b.H)
	return &plane{bits: b, back: func(x, y float64) (float64, float64) { return x * fx, y * fy }}
}
