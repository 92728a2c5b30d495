package qr

import (
	"image"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// picture is what the attempts work on: one frame.
type picture struct {
	frame  int
	origin image.Point
	w, h   int
	img    image.Image
	luma   *raster.Gray // at most maxWork pixels
}

func newPicture(img image.Image, frame int) *picture {
	b := img.Bounds()
	return &picture{
		frame: frame, origin: b.Min, w: b.Dx(), h: b.Dy(), img: img,
		luma: raster.FromImage(img, raster.OnWhite, maxWork),
	}
}
