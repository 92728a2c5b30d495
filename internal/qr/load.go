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
	}
	return format{}, false
}

// eachPicture opens a picture file and calls look for the picture, or for each
// frame of an animation until look says that it has seen enough.
func eachPicture(ctx context.Context, data []byte, look func(*picture) bool) error {
	if len(data) > maxFile {
		return &TooLargeError{Bytes: int64(len(data)), MaxBytes: maxFile}
	}
	k := kindOf(data)
	f, ok := formatOf(k)
	switch {
	case k == kindNone:
		return ErrNotImage
	case k == kindHEIF:
		return fmt.Errorf("%w: HEIC or AVIF; save it as PNG or JPEG, or take a screenshot of it", ErrUnsupported)
	case !ok:
		return ErrUnsupported
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return damaged(err)
	}
	if err := checkSize(cfg.Width, cfg.Height, 4); err != nil {
		return err
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return damaged(err)
	}
	look(newPicture(img, 0))
	return nil
}

// checkSize refuses a picture over the limits; perPixel is what decoding costs
// in bytes.
func checkSize(w, h, perPixel int) error {
	pixels := maxPixels
	if perPixel > 0 {
		pixels = min(pixels, maxDecode/perPixel)
	}
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
	var unsupported1 png.UnsupportedError
	var unsupported2 jpeg.UnsupportedError
	var unsupported3 tiff.UnsupportedError
	if errors.As(err, &unsupported1) || errors.As(err, &unsupported2) || errors.As(err, &unsupported3) ||
		errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrTruncated, err)
}
