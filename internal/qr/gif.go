package qr

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/gif"
)

// gifParts are the blocks of an animation, cut apart without unpacking any
// pixels: unpacking all frames at once takes 35 s and 4.7 GB for a file of
// three megabytes.
type gifParts struct {
	head   []byte // signature, screen and global colours
	frames [][]byte
}

const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
)

// splitGIF walks over the blocks of a file. A file that ends early gives
// ErrTruncated.
func splitGIF(data []byte) (gifParts, error) {
	r := gifReader{data: data}
	screen := r.take(13)
	if screen == nil {
		return gifParts{}, ErrTruncated
	}
	r.take(colours(screen[10]))
	parts := gifParts{head: data[:min(r.at, len(data))]}
	control := 0 // where the control block of the next frame starts
	for !r.short && len(parts.frames) < maxFrames {
		start := r.at
		switch b := r.take(1); {
		case b == nil:
		case b[0] == gifTrailer:
			return parts, nil
		case b[0] == gifExtension:
			if label := r.take(1); label != nil && label[0] == gifControl {
				control = start
			}
			r.skipBlocks()
		case b[0] == gifImage:
			if d := r.take(9); d != nil {
				r.take(colours(d[8]) + 1)
			}
			r.skipBlocks()
			if control == 0 {
				control = start
			}
			if !r.short {
				parts.frames = append(parts.frames, data[control:r.at])
			}
			control = 0
		default:
			return gifParts{}, ErrTruncated
		}
	}
	if r.short {
		return gifParts{}, ErrTruncated
	}
	return parts, nil
}

// colours is the size of the colour table a flag byte announces.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

type gifReader struct {
	data  []byte
	at    int
	short bool // the file ended before what was asked for
}

// take is the next n bytes, or nil at the end.
func (r *gifReader) take(n int) []byte {
	if r.at+n > len(r.data) {
		r.short = true
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

// skipBlocks passes over length-prefixed blocks up to the empty one.
func (r *gifReader) skipBlocks() {
	for {
		n := r.take(1)
		if n == nil || n[0] == 0 || r.take(int(n[0])) == nil {
			return
		}
	}
}

// eachFrame shows look one composed frame after the other, leaving out those
// that look like the one before.
func eachFrame(ctx context.Context, data []byte, look func(*picture) bool) error {
	parts, err := splitGIF(data)
	if err != nil {
		return err
	}
	var (
		canvas  *image.RGBA
		clear   image.Rectangle // to be emptied before the next frame
		restore *image.RGBA     // to be put back before the next frame
		last    []byte
	)
	for i, frame := range parts.frames {
		if ctx.Err() != nil {
			return nil
		}
		// Unpack the frame, as a file of its own, and put it on the canvas as a
		// viewer does.
		one := append(append(bytes.Clone(parts.head), frame...), gifTrailer)
		g, err := gif.DecodeAll(bytes.NewReader(one))
		if err != nil {
			return damaged(err)
		}
		if canvas == nil {
			canvas = image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
		}
		draw.Draw(canvas, clear, image.Transparent, image.Point{}, draw.Src)
		if restore != nil {
			draw.Draw(canvas, restore.Rect, restore, restore.Rect.Min, draw.Src)
		}
		clear, restore = image.Rectangle{}, nil
		area := g.Image[0].Bounds()
		switch g.Disposal[0] {
		case gif.DisposalBackground:
			clear = area
		case gif.DisposalPrevious:
			restore = image.NewRGBA(area)
			draw.Draw(restore, area, canvas, area.Min, draw.Src)
		}
		draw.Draw(canvas, area, g.Image[0], area.Min, draw.Over)
		p := fromMemory(ctx, canvas, i)
		if bytes.Equal(last, p.luma.Pix) {
			continue
		}
		last = p.luma.Pix
		if !look(p) {
			return nil
		}
	}
	if last == nil {
		return ErrTruncated
	}
	return nil
}
