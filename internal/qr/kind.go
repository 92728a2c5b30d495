package qr

import (
	"bytes"
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
)

// IsImage says whether data begins like a picture: PNG, JPEG, GIF, WebP, BMP,
// TIFF, PNM, or HEIC and AVIF, which are told apart but cannot be opened.
func IsImage(data []byte) bool { return kindOf(data) != kindNone }

func kindOf(data []byte) kind {
	has := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return kindPNG
	case has("\xff\xd8\xff"):
		return kindJPEG
	case has("GIF87a"), has("GIF89a"):
		return kindGIF
	case has("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return kindWebP
	case has("BM") && isBMP(data):
		return kindBMP
	case has("II*\x00"), has("MM\x00*"):
		return kindTIFF
	case isPNM(data):
		return kindPNM
	case isHEIF(data):
		return kindHEIF
	}
	return kindNone
}

// isBMP looks past the two letters, with which a text may begin as well: the
// reserved fields are zero and the pixels start within the file.
func isBMP(data []byte) bool {
	return len(data) >= 18 && bytes.Equal(data[6:10], make([]byte, 4)) && data[15] == 0 && data[16] == 0 && data[17] == 0
}

func isPNM(data []byte) bool {
	return len(data) > 3 && data[0] == 'P' && data[1] >= '4' && data[1] <= '6' &&
		strings.IndexByte(" \t\r\n", data[2]) >= 0 && strings.IndexByte("#0123456789", data[3]) >= 0
}

// isHEIF reads the brand of an ISO media file.
func isHEIF(data []byte) bool {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return false
	}
	switch string(data[8:12]) {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis":
		return true
	}
	return false
}
