package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// captureX11 reads the root window, which spans all monitors. xgb waits for ever
// for a server that hangs and indexes what the server says without looking, so it
// runs in a goroutine of its own that ctx leaves, and a panic in it is an error.
// The goroutine of a server that hangs ends with the program. xgb reads the file
// of cookies (Xauthority) and no other.
func captureX11(ctx context.Context, display string) (image.Image, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	type result struct {
		img image.Image
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if recover() != nil {
				r = result{err: errors.New("its answer cannot be read")}
			}
			done <- r
		}()
		r.img, r.err = readRoot(ctx, display)
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, fmt.Errorf("%w: the X server %s: %w", ErrNone, display, r.err)
		}
		return r.img, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the X server %s does not answer: %w", ErrNone, display, ctx.Err())
	}
}

func readRoot(ctx context.Context, display string) (image.Image, error) {
	xgb.Logger.SetOutput(io.Discard) // standard error otherwise
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return nil, fmt.Errorf("it does not answer as it should: %w", err)
	}
	defer conn.Close()
	setup := xproto.Setup(conn)
	if conn.DefaultScreen >= len(setup.Roots) {
		return nil, fmt.Errorf("it has no screen %d", conn.DefaultScreen)
	}
	root := setup.DefaultScreen(conn)
	width, height := int(root.WidthInPixels), int(root.HeightInPixels)
	if width*height > maxPixels {
		return nil, fmt.Errorf("%d by %d pixels are too many", width, height)
	}
	format := pixelFormat{bigEndian: setup.ImageByteOrder == xproto.ImageOrderMSBFirst}
	for _, f := range setup.PixmapFormats {
		if f.Depth == root.RootDepth {
			format.bytes, format.pad = int(f.BitsPerPixel)/8, int(f.ScanlinePad)/8
		}
	}
	for _, d := range root.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == root.RootVisual {
				format.red, format.green, format.blue = v.RedMask, v.GreenMask, v.BlueMask
			}
		}
	}
	if format.bytes < 2 || format.bytes > 4 || format.pad == 0 || format.red == 0 || format.green == 0 || format.blue == 0 {
		return nil, fmt.Errorf("its pixels (depth %d) are of a kind that is not known", root.RootDepth)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	const strip = 128 // rows, so that an answer stays small
	for y := 0; y < height && ctx.Err() == nil; y += strip {
		rows := min(strip, height-y)
		reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(root.Root),
			0, int16(y), uint16(width), uint16(rows), ^uint32(0)).Reply()
		if err == nil {
			err = format.unpack(img, y, rows, reply.Data)
		}
		if err != nil {
			return nil, err
		}
	}
	return img, ctx.Err()
}

// pixelFormat says how the X server packs pixels.
type pixelFormat struct {
	bytes            int // of a pixel
	pad              int // a row ends at a multiple of so many bytes
	bigEndian        bool
	red, green, blue uint32 // masks
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
			var v uint32
			for i, b := range line[x*p.bytes : (x+1)*p.bytes] {
				if p.bigEndian {
					v = v<<8 | uint32(b)
				} else {
					v |= uint32(b) << (8 * i)
				}
			}
			img.SetRGBA(x, y+row, color.RGBA{channel(v, p.red), channel(v, p.green), channel(v, p.blue), 0xff})
		}
	}
	return nil
}

// channel takes one colour out of a pixel and stretches it to 0…255.
func channel(v, mask uint32) uint8 {
	shift := bits.TrailingZeros32(mask)
	return uint8(uint64((v&mask)>>shift) * 255 / uint64(mask>>shift))
}
