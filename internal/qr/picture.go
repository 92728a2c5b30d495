package qr

import (
	"image"
	"runtime"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// picture is what the attempts work on: one frame.
type picture struct {
	frame  int
	origin image.Point // of the picture's own coordinates
	w, h   int         // as stored
	luma   *raster.Gray

	source image.Image                  // nil once it was let go
	views  map[raster.View]*raster.Gray // what was taken from it until then
	sizes  map[int]*raster.Gray         // luma shrunk to a long side
}

// newPicture takes from a decoded picture what the first attempts need.
func newPicture(img image.Image, frame int) *picture {
	b := img.Bounds()
	p := &picture{
		frame: frame, origin: b.Min, w: b.Dx(), h: b.Dy(), source: img,
		luma:  raster.FromImage(img, raster.OnWhite, maxWork),
		views: make(map[raster.View]*raster.Gray),
		sizes: make(map[int]*raster.Gray),
	}
	return p
}

// held is about what a decoded picture takes, in bytes.
func held(img image.Image) int {
	if m, ok := img.(*image.YCbCr); ok {
		return len(m.Y) + len(m.Cb) + len(m.Cr)
	}
	return 4 * img.Bounds().Dx() * img.Bounds().Dy()
}

// loosen lets a large decoded picture go, which may be twenty times what is
// kept of it, after taking all that later attempts may need.
func (p *picture) loosen() {
	if held(p.source) <= maxHeld {
		return
	}
	for _, v := range []raster.View{raster.OnBlack, raster.Red, raster.Green, raster.Blue} {
		p.view(v)
	}
	p.source = nil
	// Without this the planes of the attempts would pile up beside the garbage
	// until the heap has doubled.
	runtime.GC()
}

// view is the picture over black or one of its channels, at a moderate size;
// nil when that would show nothing new.
func (p *picture) view(v raster.View) *raster.Gray {
	if g, ok := p.views[v]; ok || p.source == nil {
		return g
	}
	useful := raster.IsColourful
	if v == raster.OnBlack {
		useful = raster.HasAlpha
	}
	if useful(p.source) {
		p.views[v] = raster.FromImage(p.source, v, maxDerive)
	} else {
		p.views[v] = nil
	}
	return p.views[v]
}

// sized is the brightness with a long side of at most so many pixels.
func (p *picture) sized(side int) *raster.Gray {
	if p.sizes[side] == nil {
		p.sizes[side] = p.luma.ShrinkTo(side)
	}
	return p.sizes[side]
}
