package qr

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"testing"
)

var (
	black = color.NRGBA{0, 0, 0, 255}
	white = color.NRGBA{255, 255, 255, 255}
	clear = color.NRGBA{}
)

func grey(v uint8) color.NRGBA { return color.NRGBA{v, v, v, 255} }

// testCanvas is a picture to draw codes on.
type testCanvas struct{ image *image.NRGBA }

func newCanvas(w, h int, c color.Color) testCanvas {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return testCanvas{img}
}

// pen is how a code is drawn.
type pen struct {
	dark, light color.Color
	scale       int // pixels a module
	quiet       int // modules
}

func plainPen(scale int) pen { return pen{black, white, scale, 4} }

// put draws a code with its margin at x, y and returns its place without it.
func (c testCanvas) put(s *Symbol, x, y int, p pen) image.Rectangle {
	n := len(s.Modules())
	for my := -p.quiet; my < n+p.quiet; my++ {
		for mx := -p.quiet; mx < n+p.quiet; mx++ {
			colour := p.light
			if s.dark(mx, my) {
				colour = p.dark
			}
			at := image.Rect(0, 0, p.scale, p.scale).Add(image.Pt(x+(mx+p.quiet)*p.scale, y+(my+p.quiet)*p.scale))
			draw.Draw(c.image, at, image.NewUniform(colour), image.Point{}, draw.Src)
		}
	}
	at := p.quiet * p.scale
	return image.Rect(x+at, y+at, x+at+n*p.scale, y+at+n*p.scale)
}

// alone is a picture of one code.
func alone(s *Symbol, p pen) *image.NRGBA {
	side := (len(s.Modules()) + 2*p.quiet) * p.scale
	c := newCanvas(side, side, p.light)
	c.put(s, 0, 0, p)
	return c.image
}

// warped maps each pixel of a w by h picture back to the source; white
// outside.
func warped(src *image.NRGBA, w, h int, back func(x, y float64) (float64, float64)) *image.NRGBA {
	out := newCanvas(w, h, white).image
	for y := range h {
		for x := range w {
			sx, sy := back(float64(x)+0.5, float64(y)+0.5)
			if p := image.Pt(int(math.Floor(sx)), int(math.Floor(sy))); p.In(src.Rect) {
				out.SetNRGBA(x, y, src.NRGBAAt(p.X, p.Y))
			}
		}
	}
	return out
}

// turned rotates a picture about its middle.
func turned(src *image.NRGBA, degrees float64) *image.NRGBA {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	side := int(float64(src.Rect.Dx()) * (math.Abs(sin) + math.Abs(cos)))
	mid, from := float64(side)/2, float64(src.Rect.Dx())/2
	return warped(src, side, side, func(x, y float64) (float64, float64) {
		x, y = x-mid, y-mid
		return from + x*cos + y*sin, from - x*sin + y*cos
	})
}

// slanted shows a picture as if its right side were further away.
func slanted(src *image.NRGBA, far float64) *image.NRGBA {
	w, h := float64(src.Rect.Dx()), float64(src.Rect.Dy())
	return warped(src, int(w/far), int(h), func(x, y float64) (float64, float64) {
		u := x * far / w // 0 to 1
		depth := 1 / (1 - u*(1-1/far))
		return w * (depth - 1) / (far - 1), h/2 + (y-h/2)*depth
	})
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
