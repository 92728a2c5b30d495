package qr

import "encoding/binary"

// decodedBytes estimates, from the header, what decoding costs in memory for
// each pixel. Limits on pixels alone do not bound memory: an interlaced PNG
// with 16 bits a channel takes sixteen bytes a pixel, a grey one takes one.
func decodedBytes(k kind, data []byte) int {
	switch k {
	case kindPNG:
		return pngBytes(data)
	case kindJPEG:
		return jpegBytes(data)
	case kindGIF:
		return 10 // the canvas, frames with a palette, and what is not collected yet
	case kindWebP:
		return 8 // lossless: the pixels, and once more while they are transformed
	case kindTIFF:
		return 16 // eight, and a strip that may hold the whole picture
	case kindPNM:
		return 1
	}
	return 4
}

// pngBytes reads depth, colour type and interlacing from the first chunk. A
// plain picture is read row by row. One that is interlaced, or has a single
// transparent colour, is decoded as a whole; the passes of an interlaced
// picture are pictures of their own while it is put together.
func pngBytes(data []byte) int {
	if _, ok := newPNGStream(data); ok {
		return 1
	}
	if len(data) < 29 {
		return 4
	}
	n := 4
	if depth, colour := data[24], data[25]; colour == pngGrey || colour == pngPalette {
		n = 1
	} else if depth == 16 {
		n = 8
	}
	if interlaced := data[28]; interlaced != 0 {
		n *= 2
	}
	return n
}

// jpegBytes counts a byte for each component, and four more for the
// coefficients that a progressive picture keeps until its last scan.
func jpegBytes(data []byte) int {
	for i := 2; i+9 < len(data) && data[i] == 0xff; {
		marker, length := data[i+1], int(binary.BigEndian.Uint16(data[i+2:]))
		switch marker {
		case 0xc0, 0xc1:
			return jpegSamples(data[i:], 1)
		case 0xc2:
			return jpegSamples(data[i:], 5)
		}
		i += 2 + length
	}
	return 15
}

// jpegSamples rounds the samples a pixel up: half of them for the usual
// subsampled colour, times the bytes each costs. Four components are inks,
// which are copied once more when they are put together.
func jpegSamples(frame []byte, each int) int {
	n := int(frame[9])
	if n == 4 {
		return 4*each + 4
	}
	if n == 3 && len(frame) > 17 && frame[11] != 0x11 {
		return (3*each + 1) / 2 // 4:2:0; 4:2:2 is a third more and still within the reserve
	}
	return n * each
}
