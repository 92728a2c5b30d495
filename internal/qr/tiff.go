package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/tiff"
)

// decodeTIFF is tiff.Decode, and knows grey pictures with an alpha channel, which the
// library refuses (x/image/tiff, "color model"). Such a file is shown to it as a grey
// one of twice the width: the channels then are columns, and the differences of
// predictor 2 (TIFF 6.0 section 14) are undone here.
func decodeTIFF(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	img, err := tiff.Decode(bytes.NewReader(data))
	var unsupported tiff.UnsupportedError
	if !errors.As(err, &unsupported) {
		return img, err
	}
	wide, predictor, ok := asGrey(bytes.Clone(data))
	if !ok {
		return nil, err
	}
	both, failure := tiff.Decode(bytes.NewReader(wide))
	grey, isGrey := both.(*image.Gray)
	if failure != nil || !isGrey {
		return nil, err
	}
	b := grey.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx()/2, b.Dy()))
	for y := range b.Dy() {
		row := grey.Pix[y*grey.Stride : y*grey.Stride+b.Dx()]
		for x := 2; predictor == 2 && x < len(row); x++ {
			row[x] += row[x-2]
		}
		for x := range out.Rect.Dx() {
			value, alpha := int(row[2*x]), int(row[2*x+1])
			out.Pix[y*out.Stride+x] = byte(255 - alpha + value*alpha/255) // on white
		}
	}
	return out, nil
}

// configTIFF is tiff.DecodeConfig for what decodeTIFF reads.
func configTIFF(r io.Reader) (image.Config, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return image.Config{}, err
	}
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	var unsupported tiff.UnsupportedError
	if errors.As(err, &unsupported) {
		if wide, _, ok := asGrey(bytes.Clone(data)); ok {
			c, err = tiff.DecodeConfig(bytes.NewReader(wide))
		}
	}
	return c, err
}

// asGrey rewrites the header of a picture of 8-bit grey with alpha to one of grey
// alone and twice the width. It returns the predictor that was in use.
func asGrey(data []byte) (wide []byte, predictor uint32, ok bool) {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(data, []byte("MM")) {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(data[4:]))
	if at < 8 || at+2 > int64(len(data)) {
		return nil, 0, false
	}
	fits := 0
	predictor = 1
	for n := int(order.Uint16(data[at:])); n > 0; n-- {
		field := data[min(at+2+12*int64(n-1), int64(len(data))):]
		if len(field) < 12 {
			return nil, 0, false
		}
		short := order.Uint16(field[2:]) == 3
		value := order.Uint32(field[8:])
		if short {
			value = uint32(order.Uint16(field[8:]))
		}
		set := func(v uint32) {
			order.PutUint32(field[4:], 1)
			if short {
				order.PutUint16(field[8:], uint16(v))
			} else {
				order.PutUint32(field[8:], v)
			}
		}
		switch tag := order.Uint16(field); {
		case tag == 256 && 2*value < 1<<16: // width
			set(2 * value)
			fits++
		case tag == 258 && order.Uint32(field[4:]) == 2 && order.Uint16(field[8:]) == 8 && order.Uint16(field[10:]) == 8: // bits
			set(8)
			fits++
		case tag == 262 && value == 1: // black is 0
			fits++
		case tag == 277 && value == 2: // samples
			set(1)
			fits++
		case tag == 317:
			predictor = value
			set(1)
		}
	}
	return data, predictor, fits == 4
}
