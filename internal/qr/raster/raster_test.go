package raster

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// sources are one picture in every pixel type that has a fast way.
func sources() map[string]image.Image {
	r := image.Rect(0, 0, 6, 4)
	out := map[string]image.Image{
		"NRGBA": image.NewNRGBA(r), "RGBA": image.NewRGBA(r), "NRGBA64": image.NewNRGBA64(r), "RGBA64": image.NewRGBA64(r),
		"Gray": image.NewGray(r), "Gray16": image.NewGray16(r), "CMYK": image.NewCMYK(r),
		"Paletted": image.NewPaletted(r, color.Palette{color.Black, color.White, color.NRGBA{200, 30, 90, 255}, color.NRGBA{10, 20, 200, 128}}),
	}
	for _, img := range out {
		for i := range 24 {
			img.(interface{ Set(x, y int, c color.Color) }).Set(i%6, i/6, color.NRGBA{uint8(i * 10), uint8(255 - i*9), uint8(i * 37), uint8(255 - i*7)})
		}
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio410} {
		m := image.NewYCbCr(r, ratio)
		for i := range m.Y {
			m.Y[i] = uint8(30 + i*8)
		}
		for i := range m.Cb {
			m.Cb[i], m.Cr[i] = uint8(122+i%14), uint8(136-i%15)
		}
		out["YCbCr "+ratio.String()] = m
	}
	return out
}

// opaqueOnly hides the type of a picture, so that the slow way is taken.
type opaqueOnly struct{ image.Image }

// Every fast way gives what the slow way through image.Image.At gives.
func TestFastRowsAgreeWithSlow(t *testing.T) {
	for name, img := range sources() {
		for _, v := range []View{OnWhite, OnBlack, Red, Green, Blue} {
			fast, slow := FromImage(img, v, 1000), FromImage(opaqueOnly{img}, v, 1000)
			for i := range fast.Pix {
				if d := int(fast.Pix[i]) - int(slow.Pix[i]); d > 3 || d < -3 {
					t.Errorf("%s, view %d, pixel %d: %d, want %d", name, v, i, fast.Pix[i], slow.Pix[i])
				}
			}
		}
	}
}

// A part of a picture is read from where it starts.
func TestSubImage(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	img.Set(3, 2, color.Black)
	g := FromImage(img.SubImage(image.Rect(2, 1, 6, 6)), OnWhite, 1000)
	if g.W != 4 || g.H != 5 || g.Row(1)[1] != 0 || g.Row(0)[0] != 255 {
		t.Errorf("%d by %d, %v", g.W, g.H, g.Pix)
	}
}

func TestTransparency(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	img.Set(0, 0, color.NRGBA{0, 0, 0, 0})
	img.Set(1, 0, color.NRGBA{255, 255, 255, 128})
	img.Set(2, 0, color.NRGBA{0, 0, 0, 128})
	if g := FromImage(img, OnWhite, 100); g.Pix[0] != 255 || g.Pix[1] < 254 || g.Pix[2] != 127 {
		t.Errorf("on white: %v", g.Pix)
	}
	if g := FromImage(img, OnBlack, 100); g.Pix[0] != 0 || g.Pix[1] != 128 || g.Pix[2] != 0 {
		t.Errorf("on black: %v", g.Pix)
	}
	if !HasAlpha(img) || HasAlpha(image.NewGray(img.Rect)) {
		t.Error("HasAlpha is wrong")
	}
}

// Shrinking keeps the mean, whatever the ratio.
func TestShrinkKeepsMean(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	g := NewGray(97, 61)
	for i := range g.Pix {
		g.Pix[i] = byte(r.UintN(256))
	}
	for _, size := range [][2]int{{97, 61}, {96, 60}, {50, 31}, {48, 30}, {10, 7}, {1, 1}} {
		s := g.Shrink(size[0], size[1])
		if d := mean(s) - mean(g); math.Abs(d) > 1.5 {
			t.Errorf("%v: the mean moves by %v", size, d)
		}
	}
	if s := g.Shrink(97, 61); string(s.Pix) != string(g.Pix) {
		t.Error("shrinking to the same size changes pixels")
	}
}

func mean(g *Gray) float64 {
	sum := 0
	for _, v := range g.Pix {
		sum += int(v)
	}
	return float64(sum) / float64(len(g.Pix))
}

func TestFitArea(t *testing.T) {
	for _, tt := range [][5]int{{100, 100, 10000, 100, 100}, {200, 200, 10000, 100, 100}, {8000, 5000, 10_000_000, 4000, 2500}, {8000, 1, 100, 894, 1}} {
		if w, h := FitArea(tt[0], tt[1], tt[2]); w != tt[3] || h != tt[4] {
			t.Errorf("%v: %d by %d", tt, w, h)
		}
	}
}

func TestEnlarge(t *testing.T) {
	g := &Gray{2, 1, []byte{0, 240}}
	if e := g.Enlarge(2); e.W != 4 || e.H != 2 || e.Pix[0] != 0 || e.Pix[3] != 240 || e.Pix[1] != 60 || e.Pix[2] != 180 {
		t.Errorf("%d by %d: %v", e.W, e.H, e.Pix)
	}
}

// A turned plane shows each place where its map says.
func TestRotate(t *testing.T) {
	g := NewGray(40, 20)
	for i := range g.Pix {
		g.Pix[i] = byte(i % 251)
	}
	for _, degrees := range []float64{0, 22.5, 45, 90} {
		r, back := g.Rotate(degrees)
		same, inside := 0, 0
		for y := range r.H {
			for x := range r.W {
				sx, sy := back(float64(x)+0.5, float64(y)+0.5)
				if sx < 1 || sy < 1 || sx > 38 || sy > 18 {
					continue
				}
				inside++
				if d := int(r.Row(y)[x]) - int(g.blend(sx-0.5, sy-0.5)); d <= 1 && d >= -1 {
					same++
				}
			}
		}
		if inside < 500 || same < inside*98/100 {
			t.Errorf("%v degrees: %d of %d", degrees, same, inside)
		}
	}
}

func TestOtsu(t *testing.T) {
	two := &Gray{4, 1, []byte{170, 180, 170, 180}}
	if b := two.Otsu(); string(b.Pix) != "\x01\x00\x01\x00" {
		t.Errorf("two shades: %v", b.Pix)
	}
	for _, v := range []byte{0, 128, 255} {
		if b := (&Gray{2, 1, []byte{v, v}}).Otsu(); b.Pix[0]+b.Pix[1] != 0 {
			t.Errorf("one shade, %d: %v", v, b.Pix)
		}
	}
}

// A gradient that one threshold would cut in two: the local ones follow it.
func TestLocalThresholds(t *testing.T) {
	g := NewGray(160, 160)
	for i := range g.Pix {
		x, y := i%160, i/160
		g.Pix[i] = byte(40 + x)
		if (x/5+y/5)%2 == 0 {
			g.Pix[i] += 50
		}
	}
	for name, b := range map[string]*Bits{"blocks": g.Hybrid(), "mean": g.LocalMean(40)} {
		right := 0
		for i, d := range b.Pix {
			x, y := i%160, i/160
			if (d == 1) == ((x/5+y/5)%2 == 1) {
				right++
			}
		}
		if right < len(b.Pix)*95/100 {
			t.Errorf("%s: %d of %d", name, right, len(b.Pix))
		}
	}
}

func TestThickenAndBlur(t *testing.T) {
	g := NewGray(9, 9)
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	g.Row(4)[4] = 0
	dark := 0
	for _, v := range g.Thicken(1).Pix {
		if v == 0 {
			dark++
		}
	}
	if dark != 9 {
		t.Errorf("one dark pixel grows to %d, want 9", dark)
	}
	if v := g.Blur(1).Row(3)[3]; v != 226 {
		t.Errorf("blurred to %d, want 255*8/9", v)
	}
}

func TestSmallPlanes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 50}, {50, 1}, {7, 7}, {41, 41}} {
		g := NewGray(size[0], size[1])
		for name, b := range map[string]*Bits{"Hybrid": g.Hybrid(), "Otsu": g.Otsu(), "LocalMean": g.LocalMean(5)} {
			if b.W != g.W || b.H != g.H || len(b.Pix) != g.Area() {
				t.Errorf("%v: %s makes %d by %d, %d bytes", size, name, b.W, b.H, len(b.Pix))
			}
		}
		big, small := g.Enlarge(3), g.ShrinkTo(20)
		for name, p := range map[string]*Gray{"Blur": g.Blur(2), "Thicken": g.Thicken(1)} {
			if p.W != g.W || p.H != g.H || len(p.Pix) != g.Area() {
				t.Errorf("%v: %s makes %d by %d, %d bytes", size, name, p.W, p.H, len(p.Pix))
			}
		}
		if big.W != 3*g.W || big.H != 3*g.H || len(big.Pix) != big.Area() {
			t.Errorf("%v: three times that is %d by %d", size, big.W, big.H)
		}
		if small.LongSide() != min(20, g.LongSide()) || len(small.Pix) != small.Area() {
			t.Errorf("%v: shrunk to %d by %d", size, small.W, small.H)
		}
		turned, back := g.Rotate(22.5)
		if x, y := back(float64(turned.W)/2, float64(turned.H)/2); math.Abs(x-float64(g.W)/2) > 1 || math.Abs(y-float64(g.H)/2) > 1 {
			t.Errorf("%v: the middle of the turned plane was at %.1f, %.1f", size, x, y)
		}
	}
}
