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

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// file is a picture file whose header was read and whose size is within the
// limits.
type file struct {
	data   []byte
	kind   kind
	cost   int // bytes that decoding takes, about
	decode func(io.Reader) (image.Image, error)
}

// open checks a picture file without decoding it.
func open(data []byte) (*file, error) {
	if len(data) > maxFile {
		return nil, &TooLargeError{Bytes: int64(len(data)), MaxBytes: maxFile}
	}
	f := &file{data: data, kind: kindOf(data)}
	var config func(io.Reader) (image.Config, error)
	switch f.kind {
	case kindPNG:
		config, f.decode = png.DecodeConfig, png.Decode
	case kindJPEG:
		config, f.decode = jpeg.DecodeConfig, jpeg.Decode
	case kindGIF:
		config = gif.DecodeConfig
	case kindWebP:
		config, f.decode = webp.DecodeConfig, webp.Decode
	case kindBMP:
		config, f.decode = bmp.DecodeConfig, bmp.Decode
	case kindTIFF:
		config, f.decode = configTIFF, decodeTIFF
	case kindPNM:
		config, f.decode = pnmConfig, pnmDecode
	case kindHEIF:
		return nil, fmt.Errorf("%w: HEIC or AVIF; save it as PNG or JPEG, or take a screenshot of it", ErrUnsupported)
	case kindSVG: // drawn within limits of its own
		return f, nil
	default:
		return nil, ErrNotImage
	}
	cfg, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	perPixel := decodedBytes(f.kind, data)
	f.cost = cfg.Width * cfg.Height * perPixel
	return f, checkSize(cfg.Width, cfg.Height, perPixel)
}

// frames calls look for the picture, or for each frame of an animation until
// look says that it has seen enough. When the time is over it returns nil: the
// search says so.
func (f *file) frames(ctx context.Context, look func(*picture) bool) error {
	if f.kind == kindGIF {
		return eachFrame(ctx, f.data, look)
	}
	if f.kind == kindSVG {
		for _, side := range []float64{svgSide, svgSmall} {
			img, err := drawSVG(f.data, side)
			if err != nil {
				return err
			}
			if !look(fromMemory(ctx, img, 0)) {
				break
			}
		}
		return nil
	}
	if f.kind == kindPNG {
		if s, ok := newPNGStream(f.data); ok {
			p, err := newPicture(ctx, s, s.w, s.h)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				return damaged(err)
			}
			look(p)
			return nil
		}
	}
	img, err := f.decode(bytes.NewReader(f.data))
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return damaged(err)
	}
	if f.cost > maxHeld {
		// What the decoder worked with is garbage now. Without this the planes
		// of the attempts would pile up next to it until the heap has doubled.
		runtime.GC()
	}
	p := fromMemory(ctx, img, 0)
	// A large decoded picture may be twenty times what is kept of it: take all that
	// later attempts may need, and let it go.
	held := 4 * p.w * p.h
	if m, ok := img.(*image.YCbCr); ok {
		held = len(m.Y) + len(m.Cb) + len(m.Cr)
	}
	if held > maxHeld {
		for _, v := range []raster.View{raster.OnBlack, raster.Red, raster.Green, raster.Blue} {
			p.view(v)
		}
		p.source, img = nil, nil
		runtime.GC()
	}
	look(p)
	return nil
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
