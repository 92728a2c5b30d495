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
	"context"
	"image"
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
