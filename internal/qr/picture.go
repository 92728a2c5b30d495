package qr

import (
	"image"

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
}

// newPicture takes from a decoded picture what the first attempts need.
func newPicture(img image.Image, frame int) *picture {
	b := img.Bounds()
	p := &picture{
		frame: frame, origin: b.Min, w: b.Dx(), h: b.Dy(), source: img,
		luma:  raster.FromImage(img, raster.OnWhite, maxWork),
		views: make(map[raster.View]*raster.Gray),
	}
	if b.Dx()*b.Dy() > maxWork {
		p.loosen()
	}
	return p
}

// loosen takes all that later attempts may need and lets the decoded picture
// go, which may be twenty times as large as what is kept.
func (p *picture) loosen() {
	for _, v := range []raster.View{raster.OnBlack, raster.Red, raster.Green, raster.Blue} {
		p.view(v)
	}
	p.source = nil
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
