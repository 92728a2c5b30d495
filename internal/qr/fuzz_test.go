package qr

import (
	"context"
	"image"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// fuzzBudget is the reader's own limit; fuzzAllowed is when a run fails.
const (
	fuzzBudget  = 200 * time.Millisecond
	fuzzAllowed = 10 * time.Second
)

func checkRun(t *testing.T, start time.Duration, found []Found, err error) {
	t.Helper()
	if d := tooltest.CPU() - start; d > fuzzAllowed {
		t.Fatalf("took %v with a budget of %v", d, fuzzBudget)
	}
	if (err == nil) != (len(found) > 0) || len(found) > maxCodes {
		t.Fatalf("%d codes, error %v", len(found), err)
	}
	for _, f := range found {
		if f.Text == "" || f.Part.Count == 0 && !utf8.ValidString(f.Text) {
			t.Fatalf("text %q", f.Text)
		}
	}
}

// Any bytes: an error or codes, in time, without a panic.
func FuzzDecodeFile(f *testing.F) {
	img := alone(mustEncode(f, "https://example.org", Low), plainPen(2))
	f.Add(encodePNG(f, img))
	f.Add(headerPNG(40, 40, 8, 6, 1, 60, 160))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("P5 3 2 255\nabcdef"))
	f.Add([]byte("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x00\x00"))
	f.Add(bmpHeader(4, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		start := tooltest.CPU()
		found, err := Decode(context.Background(), data, Options{Budget: fuzzBudget})
		checkRun(t, start, found, err)
	})
}

// Any pixels: the same. The bytes are drawn as blocks, so that finder patterns
// and modules come about.
func FuzzPixels(f *testing.F) {
	s := mustEncode(f, "https://example.org", Low)
	var bits []byte
	for _, row := range s.Modules() {
		for _, dark := range row {
			bits = append(bits, pickByte(dark))
		}
	}
	f.Add(bits, uint16(len(s.Modules())), uint8(3))
	f.Add([]byte{0, 255, 0, 255}, uint16(100), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, width uint16, scale uint8) {
		img := blocks(data, 1+int(width)%120, 1+int(scale)%4)
		start := tooltest.CPU()
		found, err := DecodeImage(context.Background(), img, Options{Budget: fuzzBudget})
		checkRun(t, start, found, err)
	})
}

func pickByte(dark bool) byte {
	if dark {
		return 0
	}
	return 255
}

// blocks draws data row by row, width blocks a row, with a white margin.
func blocks(data []byte, width, scale int) *image.Gray {
	const margin = 4
	rows := min(120, max(1, (len(data)+width-1)/width))
	img := image.NewGray(image.Rect(0, 0, (width+2*margin)*scale, (rows+2*margin)*scale))
	for i := range img.Pix {
		x, y := i%img.Stride/scale-margin, i/img.Stride/scale-margin
		img.Pix[i] = 255
		if at := y*width + x; x >= 0 && x < width && y >= 0 && at < len(data) {
			img.Pix[i] = data[at]
		}
	}
	return img
}
