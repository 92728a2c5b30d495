package qr

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// The ways a code looks in people's pictures, one picture each.
func TestPictures(t *testing.T) {
	s, big := mustEncode(t, uri, Medium), mustEncode(t, long, Medium)
	for _, tt := range []struct {
		name string
		img  image.Image
		want string
	}{
		{"clean", alone(s, plainPen(5)), uri},
		{"two pixels a module", alone(s, plainPen(2)), uri},
		{"inverted", alone(s, pen{white, black, 5, 4}), uri},
		{"dark mode tones", alone(s, pen{grey(0xe0), grey(0x12), 5, 4}), uri},
		{"low contrast", alone(s, pen{grey(170), grey(180), 5, 4}), uri},
		{"no margin", alone(s, pen{black, white, 5, 0}), uri},
		{"no margin on black", framed(alone(s, pen{black, white, 5, 0}), black), uri},
		{"no margin on grey", framed(alone(s, pen{black, white, 5, 0}), grey(128)), uri},
		{"turned 90", turned(alone(s, plainPen(5)), 90), uri},
		{"turned 180", turned(alone(s, plainPen(5)), 180), uri},
		{"turned 37", turned(alone(s, plainPen(6)), 37), uri},
		{"large, turned 12", turned(alone(big, plainPen(5)), 12), long},
		{"mirrored", mirrored(alone(s, plainPen(5))), uri},
		{"slanted", slanted(alone(s, plainPen(10)), 1.3), uri},
		{"large, slanted", slanted(alone(big, plainPen(10)), 1.25), long},
		{"yellow on white", alone(s, pen{color.NRGBA{255, 230, 0, 255}, white, 5, 4}), uri},
		{"red on green", alone(s, pen{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 130, 0, 255}, 5, 4}), uri},
		{"dark on transparent", alone(s, pen{black, clear, 5, 4}), uri},
		{"light on transparent", alone(s, pen{white, clear, 5, 4}), uri},
		{"logo", withLogo(mustEncode(t, uri, High), 8), uri},
		{"dots", dotted(s, 10), uri},
		{"noise", noisy(alone(s, plainPen(6)), 90), uri},
		{"uneven light", shaded(alone(s, plainPen(6))), uri},
		{"on a page", onPage(s), uri},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantTexts(t, encodePNG(t, tt.img), tt.want)
			found, err := DecodeImage(context.Background(), tt.img, Options{})
			if err != nil || len(found) != 1 || found[0].Text != tt.want {
				t.Errorf("as an image: %q, %v", texts(found), err)
			}
		})
	}
}

// long is the size of an export of several accounts: version 18 and up.
const long = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAgpACkhlbGxvId6tvu8SGEV4" +
	"YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAgpACkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAgpACkhl" +
	"YW1wbGU6Ym9iQGdvb2dsZS5jb20aB0V4YW1wbGUgASgBMAIKQApIZWxsbyHerb7vEhhFeGFtcGxlOmFsaWNlQGdvb2dsZS5jb20aB0V4YW1wbGUgASgBMAIKQApIZWxs" +
	"byHerb7vEhhFeGFtcGxlOmNhcm9sQGdvb2dsZS5jb20aB0V4YW1wbGUgASgBMAIQARgBIAAoqpqz2Pz%2F%2F%2F%2F%2FAQ%3D%3D"

func framed(img *image.NRGBA, c color.Color) *image.NRGBA {
	const border = 60
	out := newCanvas(img.Rect.Dx()+2*border, img.Rect.Dy()+2*border, c).image
	draw.Draw(out, img.Rect.Add(image.Pt(border, border)), img, image.Point{}, draw.Src)
	return out
}

func mirrored(img *image.NRGBA) *image.NRGBA {
	w := float64(img.Rect.Dx())
	return warped(img, img.Rect.Dx(), img.Rect.Dy(), func(x, y float64) (float64, float64) { return w - x, y })
}

func withLogo(s *Symbol, scale int) *image.NRGBA {
	img := alone(s, plainPen(scale))
	mid, r := img.Rect.Dx()/2, img.Rect.Dx()/10
	draw.Draw(img, image.Rect(mid-r, mid-r, mid+r, mid+r), image.NewUniform(color.NRGBA{26, 115, 232, 255}), image.Point{}, draw.Src)
	return img
}

// dotted draws each module as a disc that leaves gaps.
func dotted(s *Symbol, scale int) *image.NRGBA {
	n := len(s.Modules()) + 8
	img := newCanvas(n*scale, n*scale, white).image
	for y := range n * scale {
		for x := range n * scale {
			dx, dy := float64(x%scale)+0.5-float64(scale)/2, float64(y%scale)+0.5-float64(scale)/2
			if s.dark(x/scale-4, y/scale-4) && dx*dx+dy*dy < 0.2*float64(scale*scale) {
				img.Set(x, y, black)
			}
		}
	}
	return img
}

func noisy(img *image.NRGBA, strength int) *image.NRGBA {
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(img.Pix); i += 4 {
		d := r.IntN(2*strength) - strength
		for c := range 3 {
			img.Pix[i+c] = uint8(min(255, max(0, int(img.Pix[i+c])+d)))
		}
	}
	return img
}

// shaded darkens a picture towards one corner until its light modules are
// darker than the dark ones were at the other.
func shaded(img *image.NRGBA) *image.NRGBA {
	w := img.Rect.Dx()
	for i := 0; i < len(img.Pix); i += 4 {
		x, y := i/4%w, i/4/w
		for c := range 3 {
			img.Pix[i+c] = uint8((60 + int(img.Pix[i+c])*2/3) * (2*w - x - y) / (2 * w))
		}
	}
	return img
}

func onPage(s *Symbol) *image.NRGBA {
	c := newCanvas(1600, 900, grey(0xf1))
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 { // text-like specks
		x, y := r.IntN(1600), r.IntN(900)
		draw.Draw(c.image, image.Rect(x, y, x+2+r.IntN(6), y+1+r.IntN(9)), image.NewUniform(grey(0x20)), image.Point{}, draw.Src)
	}
	c.put(s, 700, 300, plainPen(4))
	return c.image
}

// Several codes in one picture are all found, in reading order, also when they
// differ in size, polarity and contrast.
func TestSeveralCodes(t *testing.T) {
	a, b, l := mustEncode(t, uri, Low), mustEncode(t, other, Low), mustEncode(t, long, Low)
	c := newCanvas(1100, 900, grey(200))
	at := []image.Rectangle{
		c.put(b, 20, 30, plainPen(5)),
		c.put(a, 500, 10, pen{white, black, 6, 4}),
		c.put(l, 300, 420, plainPen(4)),
	}
	found := wantTexts(t, encodePNG(t, c.image), other, uri, long)
	for i, f := range found {
		if f.Bounds.Intersect(at[i]).Empty() || !f.Bounds.In(at[i].Inset(-8)) {
			t.Errorf("code %d found at %v, drawn at %v", i, f.Bounds, at[i])
		}
	}
}

func TestSameCodeTwiceIsOne(t *testing.T) {
	s := mustEncode(t, uri, Low)
	c := newCanvas(600, 300, white)
	c.put(s, 0, 0, plainPen(5))
	c.put(s, 300, 0, plainPen(5))
	wantTexts(t, encodePNG(t, c.image), uri)
}

func TestFormats(t *testing.T) {
	img := alone(mustEncode(t, uri, Low), plainPen(4))
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"jpeg": func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 10}) },
		"gif":  func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) },
		"bmp":  func(b *bytes.Buffer) error { return bmp.Encode(b, img) },
		"tiff": func(b *bytes.Buffer) error {
			return tiff.Encode(b, img, &tiff.Options{Compression: tiff.Deflate})
		},
		"pgm": func(b *bytes.Buffer) error { return encodePNM(b, img, "P5") },
		"pbm": func(b *bytes.Buffer) error { return encodePNM(b, img, "P4") },
		"ppm": func(b *bytes.Buffer) error { return encodePNM(b, img, "P6") },
	} {
		t.Run(name, func(t *testing.T) {
			var data bytes.Buffer
			if err := encode(&data); err != nil {
				t.Fatal(err)
			}
			wantTexts(t, data.Bytes(), uri)
			for tenths := 1; tenths < 10; tenths++ {
				_, err := Decode(context.Background(), data.Bytes()[:data.Len()*tenths/10], Options{})
				if err == nil {
					t.Errorf("%d0 %% of the file was read as if it were whole", tenths)
				}
			}
		})
	}
	for _, file := range []string{"testdata/lossy.webp", "testdata/lossless.webp"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wantTexts(t, data, uri)
	}
}

// A code may be shown late in an animation, and each frame may show another.
func TestAnimation(t *testing.T) {
	pal := color.Palette{color.White, color.Black, color.Transparent}
	frame := func(img image.Image, r image.Rectangle) *image.Paletted {
		p := image.NewPaletted(r, pal)
		draw.Draw(p, r, img, r.Min, draw.Src)
		return p
	}
	first, second := alone(mustEncode(t, uri, Low), plainPen(4)), alone(mustEncode(t, other, Low), plainPen(4))
	blank := newCanvas(second.Rect.Dx(), second.Rect.Dy(), white).image
	var data bytes.Buffer
	err := gif.EncodeAll(&data, &gif.GIF{
		Image:    []*image.Paletted{frame(blank, blank.Rect), frame(first, first.Rect), frame(first, first.Rect), frame(second, second.Rect)},
		Delay:    []int{1, 1, 1, 1},
		Disposal: []byte{gif.DisposalNone, gif.DisposalNone, gif.DisposalPrevious, gif.DisposalNone},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := wantTexts(t, data.Bytes(), uri, other)
	if found[0].Frame != 1 || found[1].Frame != 3 {
		t.Errorf("in frames %d and %d, want 1 and 3", found[0].Frame, found[1].Frame)
	}
}

func encodePNM(b *bytes.Buffer, img *image.NRGBA, magic string) error {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	b.WriteString(magic + "\n# made by a test\n" + strconv.Itoa(w) + " " + strconv.Itoa(h) + "\n")
	if magic != "P4" {
		b.WriteString("255\n")
	}
	for y := range h {
		bits := make([]byte, (w+7)/8)
		for x := range w {
			c := img.NRGBAAt(x, y)
			switch magic {
			case "P4":
				if c.R < 128 {
					bits[x/8] |= 0x80 >> (x % 8)
				}
			case "P5":
				b.WriteByte(c.R)
			case "P6":
				b.Write([]byte{c.R, c.G, c.B})
			}
		}
		if magic == "P4" {
			b.Write(bits)
		}
	}
	return nil
}
