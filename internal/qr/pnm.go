package qr

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	"io"
)

// The binary netpbm formats, which scanners' and programmers' tools write: P4
// bitmap, P5 grey, P6 colour. They are read as grey with the channels' mean.

var errPNM = errors.New("netpbm header is wrong")

type pnmHeader struct {
	kind      byte // '4', '5' or '6'
	w, h, max int
}

func pnmConfig(r io.Reader) (image.Config, error) {
	h, err := readPNM(bufio.NewReader(r))
	return image.Config{ColorModel: color.GrayModel, Width: h.w, Height: h.h}, err
}

func readPNM(r *bufio.Reader) (h pnmHeader, err error) {
	magic, err := r.Peek(2)
	if err != nil {
		return h, err
	}
	h.kind, h.max = magic[1], 1
	r.Discard(2)
	fields := []*int{&h.w, &h.h, &h.max}
	if h.kind == '4' {
		fields = fields[:2]
	}
	for _, f := range fields {
		if *f, err = pnmNumber(r); err != nil {
			return h, err
		}
	}
	if h.max < 1 || h.max > 65535 {
		return h, errPNM
	}
	return h, nil
}

// pnmNumber reads a number and the one blank after it, over blanks and
// comments.
func pnmNumber(r *bufio.Reader) (int, error) {
	n, digits := 0, 0
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c >= '0' && c <= '9' && digits < 9:
			n, digits = 10*n+int(c-'0'), digits+1
		case c == '#' && digits == 0:
			if _, err := r.ReadSlice('\n'); err != nil {
				return 0, err
			}
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			return 0, errPNM
		case digits > 0:
			return n, nil
		}
	}
}

func pnmDecode(rd io.Reader) (image.Image, error) {
	r := bufio.NewReader(rd)
	h, err := readPNM(r)
	if err != nil {
		return nil, err
	}
	channels, width := 1, 1 // bytes of one number
	if h.kind == '6' {
		channels = 3
	}
	if h.max > 255 {
		width = 2
	}
	line := make([]byte, h.w*channels*width)
	if h.kind == '4' {
		line = make([]byte, (h.w+7)/8)
	}
	img := image.NewGray(image.Rect(0, 0, h.w, h.h))
	for y := range h.h {
		if _, err := io.ReadFull(r, line); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		for x := range h.w {
			dst := &img.Pix[y*img.Stride+x]
			if h.kind == '4' {
				*dst = 255 * (1 - line[x/8]>>(7-x%8)&1)
				continue
			}
			sum := 0
			for c := x * channels; c < (x+1)*channels; c++ {
				if width == 2 {
					sum += int(line[2*c])<<8 | int(line[2*c+1])
				} else {
					sum += int(line[c])
				}
			}
			*dst = byte(min(255, sum*255/(channels*h.max)))
		}
	}
	return img, nil
}
