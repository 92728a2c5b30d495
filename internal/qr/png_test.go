package qr

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// pngSamples is a picture in each of the ways image/png stores one.
func pngSamples() map[string]image.Image {
	r := image.Rect(0, 0, 37, 23)
	out := map[string]image.Image{
		"grey 8": image.NewGray(r), "grey 16": image.NewGray16(r),
		"colour 8": image.NewNRGBA(r), "colour 16": image.NewNRGBA64(r),
		"alpha 8": image.NewNRGBA(r), "alpha 16": image.NewNRGBA64(r),
	}
	for bits, n := range map[string]int{"palette 1": 2, "palette 2": 4, "palette 4": 16, "palette 8": 200} {
		var p color.Palette
		for i := range n {
			p = append(p, color.NRGBA{uint8(i * 97), uint8(i * 31), uint8(255 - i), uint8(255 - i%3*100)})
		}
		out[bits] = image.NewPaletted(r, p)
	}
	rnd := rand.New(rand.NewPCG(1, 9))
	for name, img := range out {
		for y := range 23 {
			for x := range 37 { // smooth with a few jumps, so that every filter is chosen somewhere
				c := color.NRGBA{uint8(x * 6), uint8(y * 9), uint8(x*y + rnd.IntN(9)), 255}
				if name == "alpha 8" || name == "alpha 16" {
					c.A = uint8(x * 7)
				}
				img.(interface{ Set(x, y int, c color.Color) }).Set(x, y, c)
			}
		}
	}
	return out
}

// Reading by rows gives the same brightness as decoding the whole picture.
func TestPNGStreamAgreesWithImagePNG(t *testing.T) {
	for name, img := range pngSamples() {
		data := encodePNG(t, img)
		s, ok := newPNGStream(data)
		if !ok {
			t.Errorf("%s: not taken", name)
			continue
		}
		whole, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []raster.View{raster.OnWhite, raster.OnBlack, raster.Red, raster.Green, raster.Blue} {
			got, err := s.view(context.Background(), v, 1<<20)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want := raster.FromImage(whole, v, 1<<20)
			for i := range want.Pix {
				if d := int(got.Pix[i]) - int(want.Pix[i]); d > 2 || d < -2 {
					t.Errorf("%s, view %d, pixel %d: %d, want %d", name, v, i, got.Pix[i], want.Pix[i])
					break
				}
			}
		}
		m := memory{whole}
		// By rows it is not known which colours of a palette are in use.
		if m.alpha() && !s.alpha() || s.colourful(context.Background()) != m.colourful(context.Background()) {
			t.Errorf("%s: alpha %v, colourful %v", name, s.alpha(), s.colourful(context.Background()))
		}
	}
}

// Every filter type, on bytes that image/png would not choose it for.
func TestPNGFilters(t *testing.T) {
	for filter := range 5 {
		data := refiltered(t, byte(filter))
		s, ok := newPNGStream(data)
		if !ok {
			t.Fatal("not taken")
		}
		got, err := s.view(context.Background(), raster.Green, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if want := raster.FromImage(whole, raster.Green, 1<<20); !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("filter %d: pixels differ", filter)
		}
	}
}

// refiltered is a colour PNG of random bytes, each row marked with a filter.
func refiltered(t *testing.T, filter byte) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(filter), 3))
	rows := make([]byte, 0, 20*(1+3*16))
	for range 20 {
		rows = append(rows, filter)
		for range 3 * 16 {
			rows = append(rows, byte(r.Uint32()))
		}
	}
	return rawPNG(16, 20, 8, 2, 0, rows)
}

// A file that is cut off or damaged anywhere is an error, never a picture with
// something missing.
func TestDamagedPNG(t *testing.T) {
	data := encodePNG(t, alone(mustEncode(t, uri, Low), plainPen(4)))
	for n := 8; n < len(data)-12; n++ { // without the end mark alone nothing is missing
		if _, err := Decode(context.Background(), data[:n], Options{}); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v, want ErrTruncated", n, len(data), err)
		}
	}
	for i := 16; i < len(data)-12; i += 3 {
		bad := bytes.Clone(data)
		bad[i] ^= 0x10
		if _, err := Decode(context.Background(), bad, Options{}); err == nil {
			t.Fatalf("byte %d changed: no error", i)
		}
	}
}
