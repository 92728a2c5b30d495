package qr

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// allowed is how long any picture may take. Tests run under load and with the
// race detector, so it is generous against the 6 s that are promised.
const allowed = 15 * time.Second

func TestSizeLimits(t *testing.T) {
	for _, tt := range []struct {
		w, h, perPixel int
		fits           bool
	}{
		{maxSide, 4000, 1, true},
		{maxSide + 1, 1, 1, false},
		{1, maxSide + 1, 1, false},
		{8000, 5000, 1, true},
		{8000, 5001, 1, false},
		{maxDecode / 16 / 4000, 4000, 16, true},
		{maxDecode/16/4000 + 1, 4000, 16, false},
	} {
		err := checkSize(tt.w, tt.h, tt.perPixel)
		var large *TooLargeError
		if (err == nil) != tt.fits || err != nil && !errors.As(err, &large) {
			t.Errorf("%d by %d, %d bytes: %v", tt.w, tt.h, tt.perPixel, err)
		}
	}
	if err := checkSize(0, 1, 1); !errors.Is(err, ErrTruncated) {
		t.Errorf("no width: %v", err)
	}
}

// Several screens side by side are wider than a file may be.
func TestWideCapture(t *testing.T) {
	c := newCanvas(11520, 300, white)
	c.put(mustEncode(t, uri, Low), 9000, 10, plainPen(4))
	found, err := DecodeImage(context.Background(), c.image, Options{})
	if err != nil || len(found) != 1 || found[0].Text != uri {
		t.Errorf("found %q, %v", texts(found), err)
	}
	var large *TooLargeError
	if _, err := DecodeImage(context.Background(), image.NewAlpha(image.Rect(0, 0, 8001, 5000)), Options{}); !errors.As(err, &large) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := DecodeImage(context.Background(), image.NewGray(image.Rectangle{}), Options{}); !errors.Is(err, ErrNoCode) {
		t.Errorf("empty: %v", err)
	}
}

func TestFileLimit(t *testing.T) {
	data := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, maxFile-8)...)
	if _, err := Decode(context.Background(), data, Options{}); !errors.Is(err, ErrTruncated) {
		t.Errorf("at the limit: %v", err)
	}
	var large *TooLargeError
	if _, err := Decode(context.Background(), append(data, 0), Options{}); !errors.As(err, &large) || large.MaxBytes != maxFile {
		t.Errorf("over the limit: %v", err)
	}
}

// rawPNG is a PNG of rows with their filter bytes, as they are.
func rawPNG(w, h int, depth, colour, interlaced byte, rows []byte) []byte {
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&out, binary.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		out.Write(body)
		binary.Write(&out, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	chunk("IHDR", append(head, depth, colour, 0, 0, interlaced))
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	z.Write(rows)
	z.Close()
	chunk("IDAT", pixels.Bytes())
	chunk("IEND", nil)
	return out.Bytes()
}

// headerPNG announces a picture and holds so many rows of zeros.
func headerPNG(w, h int, depth, colour, interlaced byte, rows, rowBytes int) []byte {
	return rawPNG(w, h, depth, colour, interlaced, make([]byte, rows*(1+rowBytes)))
}

// Files that are small and claim or unfold to something huge are refused
// before that happens.
func TestHugePicturesAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"20000 a side, 1 bit":      headerPNG(20000, 20000, 1, 0, 0, 0, 0),
		"20000 a side, grey":       headerPNG(20000, 20000, 8, 0, 0, 0, 0),
		"interlaced, 16 bits":      headerPNG(5000, 4000, 16, 6, 1, 0, 0),
		"progressive, full colour": {0xff, 0xd8, 0xff, 0xc2, 0, 17, 8, 0x13, 0x88, 0x13, 0x88, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0},
		"BMP header":               bmpHeader(8192, 8192),
		"PNM header":               []byte("P6\n8192 8192 255\n"),
		"GIF screen":               []byte("GIF89a\x00\x20\x00\x20\x00\x00\x00;"),
	} {
		var large *TooLargeError
		start := tooltest.CPU()
		if _, err := Decode(context.Background(), data, Options{}); !errors.As(err, &large) {
			t.Errorf("%s: %v, want *TooLargeError", name, err)
		}
		if d := tooltest.CPU() - start; d > time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
	for name, data := range map[string][]byte{
		"60000 a side": headerPNG(60000, 60000, 8, 2, 0, 0, 0),
		"2e9 a side":   headerPNG(2e9, 2e9, 8, 2, 0, 0, 0),
		"no side":      headerPNG(0, 0, 8, 2, 0, 0, 0),
		"cut off":      headerPNG(4000, 4000, 8, 2, 0, 10, 12000),
	} {
		if _, err := Decode(context.Background(), data, Options{}); err == nil || errors.Is(err, ErrNoCode) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
}

func bmpHeader(w, h uint32) []byte {
	out := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(out[10:], 54)
	binary.LittleEndian.PutUint32(out[14:], 40)
	binary.LittleEndian.PutUint32(out[18:], w)
	binary.LittleEndian.PutUint32(out[22:], h)
	out[26], out[28] = 1, 24
	return out
}

// finderGrid is a picture of n by n finder patterns: with the usual choice of
// three among all, 20 by 20 take half a minute.
func finderGrid(n int) *image.Gray {
	const pitch, module = 27, 3
	img := image.NewGray(image.Rect(0, 0, n*pitch, n*pitch))
	for i := range img.Pix {
		x, y := i%(n*pitch)%pitch/module, i/(n*pitch)%pitch/module
		ring := max(max(x-3, 3-x), max(y-3, 3-y))
		img.Pix[i] = 255
		if x < 7 && y < 7 && ring != 2 {
			img.Pix[i] = 0
		}
	}
	return img
}

func TestPicturesMadeToBeSlow(t *testing.T) {
	for _, n := range []int{20, 60} {
		start := tooltest.CPU()
		_, err := DecodeImage(context.Background(), finderGrid(n), Options{})
		if !errors.Is(err, ErrNoCode) && !errors.Is(err, ErrBudget) {
			t.Errorf("%d by %d: %v", n, n, err)
		}
		if d := tooltest.CPU() - start; d > allowed {
			t.Errorf("%d by %d finder patterns took %v", n, n, d)
		}
	}
	noise := image.NewGray(image.Rect(0, 0, 2000, 1500))
	r := rand.New(rand.NewPCG(5, 6))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.Uint32())
	}
	start := tooltest.CPU()
	if found, err := DecodeImage(context.Background(), noise, Options{}); err == nil {
		t.Errorf("found %v in noise", found)
	}
	if d := tooltest.CPU() - start; d > allowed {
		t.Errorf("noise took %v", d)
	}
}

// An animation of many frames is looked at up to the limit, one frame in
// memory at a time.
func TestManyFrames(t *testing.T) {
	frame := image.NewPaletted(image.Rect(0, 0, 100, 100), color.Palette{color.White, color.Black})
	g := gif.GIF{}
	for range 3000 {
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 1)
	}
	var data bytes.Buffer
	if err := gif.EncodeAll(&data, &g); err != nil {
		t.Fatal(err)
	}
	parts, err := splitGIF(data.Bytes())
	if err != nil || len(parts.frames) != maxFrames {
		t.Errorf("%d frames, %v; want %d", len(parts.frames), err, maxFrames)
	}
	if _, err := Decode(context.Background(), data.Bytes(), Options{}); !errors.Is(err, ErrNoCode) {
		t.Errorf("%v, want ErrNoCode", err)
	}
}
