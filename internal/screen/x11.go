package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/bits"
	"net"

	"github.com/jangle-otp/jangle/internal/screen/x11"
)

// captureX11 reads the root window, which spans all monitors.
func captureX11(ctx context.Context, display string, getenv func(string) string) (image.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	conn, err := x11.Open(ctx, display, x11.Authority(getenv))
	if err != nil {
		return nil, x11Error(ctx, display, err)
	}
	defer conn.Close()
	s := conn.Screen()
	if s.Width*s.Height > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d pixels are too many", ErrNone, s.Width, s.Height)
	}
	format, err := pixelFormatOf(s)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	const strip = 128 // rows, so that an answer stays small
	for y := 0; y < s.Height; y += strip {
		rows := min(strip, s.Height-y)
		pixels, err := conn.Rows(y, rows)
		if err == nil {
			err = format.unpack(img, y, rows, pixels)
		}
		if err != nil {
			return nil, x11Error(ctx, display, err)
		}
	}
	return img, nil
}

// x11Error says which server it is, and whether it only said nothing.
func x11Error(ctx context.Context, display string, err error) error {
	var dial *net.OpError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: the X server %s does not answer: %w", ErrNone, display, ctx.Err())
	case errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("%w: the X server %s does not answer: %w", ErrNone, display, err)
	}
	return fmt.Errorf("%w: the X server %s: %w", ErrNone, display, err)
}

// pixelFormat says how the X server packs pixels.
type pixelFormat struct {
	bytes            int // of a pixel
	pad              int // a row ends at a multiple of so many bytes
	bigEndian        bool
	red, green, blue uint32 // masks
}

func pixelFormatOf(s x11.Screen) (pixelFormat, error) {
	p := pixelFormat{s.BitsPerPixel / 8, s.RowPad / 8, s.BigEndian, s.Red, s.Green, s.Blue}
	if p.bytes < 2 || p.bytes > 4 || p.pad == 0 || p.red == 0 || p.green == 0 || p.blue == 0 {
		return p, fmt.Errorf("%w: the X server's pixels (depth %d) are of a kind that is not known", ErrNone, s.Depth)
	}
	return p, nil
}

// unpack writes rows of the server's pixels into img from row y on.
func (p pixelFormat) unpack(img *image.RGBA, y, rows int, data []byte) error {
	width := img.Rect.Dx()
	stride := (width*p.bytes + p.pad - 1) / p.pad * p.pad
	if len(data) < stride*rows {
		return fmt.Errorf("it sent %d bytes of %d", len(data), stride*rows)
	}
	for row := range rows {
		line := data[row*stride:]
		for x := range width {
			v := p.pixel(line[x*p.bytes:])
			img.SetRGBA(x, y+row, color.RGBA{channel(v, p.red), channel(v, p.green), channel(v, p.blue), 0xff})
		}
	}
	return nil
}

func (p pixelFormat) pixel(b []byte) uint32 {
	var v uint32
	for i := range p.bytes {
		if p.bigEndian {
			v = v<<8 | uint32(b[i])
		} else {
			v |= uint32(b[i]) << (8 * i)
		}
	}
	return v
}

// channel takes one colour out of a pixel and stretches it to 0…255.
func channel(v, mask uint32) uint8 {
	shift := bits.TrailingZeros32(mask)
	return uint8(uint64((v&mask)>>shift) * 255 / uint64(mask>>shift))
}
