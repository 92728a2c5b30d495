package qr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format opens one kind of picture.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func formatOf(k kind) (format, bool) {
	switch k {
	case kindPNG:
		return format{png.DecodeConfig, png.Decode}, true
	case kindJPEG:
		return format{jpeg.DecodeConfig, jpeg.Decode}, true
	case kindGIF:
		return format{gif.DecodeConfig, gif.Decode}, true
	case kindWebP:
		return format{webp.DecodeConfig, webp.Decode}, true
	case kindBMP:
		return format{bmp.DecodeConfig, bmp.Decode}, true
	case kindTIFF:
		return format{tiff.DecodeConfig, tiff.Decode}, true
	case kindPNM:
		return format{pnmConfig, pnmDecode}, true
	}
	return format{}, false
}

// file is a picture file whose header was read and whose size is within the
// limits.
type file struct {
	data []byte
	kind kind
	cost int // bytes that decoding takes, about
	format
}

// open checks a picture file without decoding it.
func open(data []byte) (*file, error) {
	if len(data) > maxFile {
		return nil, &TooLargeError{Bytes: int64(len(data)), MaxBytes: maxFile}
	}
	k := kindOf(data)
	f, ok := formatOf(k)
	switch {
	case k == kindNone:
		return nil, ErrNotImage
	case !ok:
		return nil, fmt.Errorf("%w: HEIC or AVIF; save it as PNG or JPEG, or take a screenshot of it", ErrUnsupported)
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	perPixel := decodedBytes(k, data)
	if err := checkSize(cfg.Width, cfg.Height, perPixel); err != nil {
		return nil, err
	}
	return &file{data, k, cfg.Width * cfg.Height * perPixel, f}, nil
}

// frames calls look for the picture, or for each frame of an animation until
// look says that it has seen enough.
func (f *file) frames(ctx context.Context, look func(*picture) bool) error {
	if f.kind == kindGIF {
		return eachFrame(ctx, f.data, look)
	}
	p, err := f.still(ctx)
	if ctx.Err() != nil {
		return nil // out of time: the search says so
	}
	if err != nil {
		return damaged(err)
	}
	p.loosen()
	look(p)
	return nil
}

// still opens a picture that does not move.
func (f *file) still(ctx context.Context) (*picture, error) {
	if f.kind == kindPNG {
		if s, ok := newPNGStream(f.data); ok {
			return newPicture(ctx, s, s.w, s.h)
		}
	}
	img, err := f.decode(bytes.NewReader(f.data))
	if err != nil {
		return nil, err
	}
	if f.cost > maxHeld {
		// What the decoder worked with is garbage now. Without this the planes
		// of the attempts would pile up beside it until the heap has doubled.
		runtime.GC()
	}
	return fromMemory(ctx, img, 0), nil
}

// checkSize refuses a picture over the limits; perPixel is what decoding costs
// in bytes.
func checkSize(w, h, perPixel int) error {
	pixels := min(maxPixels, maxDecode/max(1, perPixel))
	if w < 1 || h < 1 {
		return ErrTruncated
	}
	if w > maxSide || h > maxSide || w*h > pixels {
		return &TooLargeError{W: w, H: h, MaxSide: maxSide, MaxPixels: pixels}
	}
	return nil
}

// damaged tells a format that is not supported from a file that is broken.
func damaged(err error) error {
	var p png.UnsupportedError
	var j jpeg.UnsupportedError
	var t tiff.UnsupportedError
	if errors.As(err, &p) || errors.As(err, &j) || errors.As(err, &t) || errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrTruncated, err)
}
