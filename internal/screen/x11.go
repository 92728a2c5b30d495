package screen

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"log"
	"math/bits"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// captureX11 reads the root window, which spans all monitors.
func captureX11(ctx context.Context, display string) (image.Image, error) {
	xgb.Logger = log.New(io.Discard, "", 0) // it would write to standard error by itself
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, fmt.Errorf("%w: the X server %s does not answer: %w", ErrNone, display, err)
	}
	defer conn.Close()
	setup := xproto.Setup(conn)
	root := setup.DefaultScreen(conn)
	width, height := int(root.WidthInPixels), int(root.HeightInPixels)
	if width*height > maxPixels {
		return nil, fmt.Errorf("%w: %d by %d pixels are too many", ErrNone, width, height)
	}
	format, err := pixelFormatOf(setup, root)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	// In strips, so that an answer stays small and ctx is looked at.
	const strip = 128
	for y := 0; y < height; y += strip {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := min(strip, height-y)
		reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(root.Root),
			0, int16(y), uint16(width), uint16(rows), ^uint32(0)).Reply()
		if err != nil {
			return nil, fmt.Errorf("%w: the X server refuses: %w", ErrNone, err)
		}
		if err := format.unpack(img, y, rows, reply.Data); err != nil {
			return nil, err
		}
	}
	return img, nil
}

// pixelFormat says how the X server packs pixels.
type pixelFormat struct {
	bytes            int // of a pixel
	pad              int // a row ends at a multiple of so many bytes
	bigEndian        bool
	red, green, blue uint32 // masks
}

func pixelFormatOf(setup *xproto.SetupInfo, root *xproto.ScreenInfo) (pixelFormat, error) {
	p := pixelFormat{bigEndian: setup.ImageByteOrder == xproto.ImageOrderMSBFirst}
	for _, f := range setup.PixmapFormats {
		if f.Depth == root.RootDepth {
			p.bytes, p.pad = int(f.BitsPerPixel)/8, int(f.ScanlinePad)/8
		}
	}
	for _, d := range root.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == root.RootVisual {
				p.red, p.green, p.blue = v.RedMask, v.GreenMask, v.BlueMask
			}
		}
	}
	if p.bytes < 2 || p.bytes > 4 || p.pad == 0 || p.red == 0 || p.green == 0 || p.blue == 0 {
		return p, fmt.Errorf("%w: the X server's pixels (depth %d) are of a kind that is not known", ErrNone, root.RootDepth)
	}
	return p, nil
}

// unpack writes rows of the server's pixels into img from row y on.
func (p pixelFormat) unpack(img *image.RGBA, y, rows int, data []byte) error {
	width := img.Rect.Dx()
	stride := (width*p.bytes + p.pad - 1) / p.pad * p.pad
	if len(data) < stride*rows {
		return fmt.Errorf("%w: the X server sent %d bytes of %d", ErrNone, len(data), stride*rows)
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
