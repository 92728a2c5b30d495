package qr

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// kind is a picture format, told by how the data begins, never by a name.
type kind int

const (
	kindNone kind = iota
	kindPNG
	kindJPEG
	kindGIF
	kindWebP
	kindBMP
	kindTIFF
	kindPNM
	kindHEIF // HEIC and AVIF
	kindSVG
)

// IsImage says whether data begins like a picture: PNG, JPEG, GIF, WebP, BMP,
// TIFF, PNM, SVG, or HEIC and AVIF, which are told apart but cannot be opened.
func IsImage(data []byte) bool { return kindOf(data) != kindNone }

func kindOf(data []byte) kind {
	has := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	brand := ""
	if len(data) >= 12 {
		brand = string(data[8:12])
	}
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return kindPNG
	case has("\xff\xd8\xff"):
		return kindJPEG
	case has("GIF87a"), has("GIF89a"):
		return kindGIF
	case has("RIFF") && brand == "WEBP":
		return kindWebP
	// A text may begin with BM too: in a picture the reserved fields are zero and
	// the pixels start within the file.
	case has("BM") && len(data) >= 18 && bytes.Equal(data[6:10], make([]byte, 4)) && bytes.Equal(data[15:18], make([]byte, 3)):
		return kindBMP
	case has("II*\x00"), has("MM\x00*"):
		return kindTIFF
	case len(data) > 3 && data[0] == 'P' && data[1] >= '4' && data[1] <= '6' &&
		strings.IndexByte(" \t\r\n", data[2]) >= 0 && strings.IndexByte("#0123456789", data[3]) >= 0:
		return kindPNM
	case isSVG(data):
		return kindSVG
	case brand == "" || string(data[4:8]) != "ftyp": // an ISO media file
		return kindNone
	}
	switch brand {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis":
		return kindHEIF
	}
	return kindNone
}

// decodedBytes estimates, from the header, what decoding costs in memory for
// each pixel. Limits on pixels alone do not bound memory: an interlaced PNG
// with 16 bits a channel takes sixteen bytes a pixel, a grey one takes one.
func decodedBytes(k kind, data []byte) int {
	switch k {
	case kindPNG:
		// A plain picture is read row by row. One that is interlaced, or has a
		// single transparent colour, is decoded as a whole; the passes of an
		// interlaced picture are pictures of their own while it is put together.
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

// jpegBytes counts a byte for each component, and four more for the
// coefficients that a progressive picture keeps until its last scan. It rounds
// up.
func jpegBytes(data []byte) int {
	for i := 2; i+9 < len(data) && data[i] == 0xff; {
		marker, length := data[i+1], int(binary.BigEndian.Uint16(data[i+2:]))
		if marker < 0xc0 || marker > 0xc2 {
			i += 2 + length
			continue
		}
		each, components := 1, int(data[i+9])
		if marker == 0xc2 { // progressive
			each = 5
		}
		switch {
		case components == 4:
			return 4*each + 4 // inks, which are copied once more when they are put together
		case components == 3 && i+17 < len(data) && data[i+11] != 0x11:
			return (3*each + 1) / 2 // 4:2:0; 4:2:2 is a third more and still within the reserve
		}
		return components * each
	}
	return 15
}
