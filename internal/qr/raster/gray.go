// Package raster holds the picture operations that come before a QR code can
// be looked for: turning a picture into brightness, shrinking and enlarging
// it, smoothing, turning, and deciding for each pixel whether it is dark.
//
// Everything works on planes of one byte a pixel, row by row without padding.
// That is wasteful next to one bit a pixel, but a byte plane can be scanned
// with the processor's own search instructions, and the largest plane the
// reader ever works on is a few megabytes.
package raster

// Gray is a brightness plane: 0 is black, 255 white.
type Gray struct {
	W, H int
	Pix  []byte // W*H bytes, row by row
}

// NewGray makes a black plane of w by h pixels.
func NewGray(w, h int) *Gray { return &Gray{W: w, H: h, Pix: make([]byte, w*h)} }

// Row is the y-th row; writing to it writes to the plane.
func (g *Gray) Row(y int) []byte { return g.Pix[y*g.W : (y+1)*g.W] }

// Area is the number of pixels.
func (g *Gray) Area() int { return g.W * g.H }

// LongSide is the larger of width and height.
func (g *Gray) LongSide() int { return max(g.W, g.H) }

// Bits is a plane of dark (1) and light (0) pixels.
type Bits struct {
	W, H int
	Pix  []byte // W*H bytes, each 0 or 1
}

// Row is the y-th row.
func (b *Bits) Row(y int) []byte { return b.Pix[y*b.W : (y+1)*b.W] }

// At is the pixel at x, y; outside the plane everything is light.
func (b *Bits) At(x, y int) byte {
	if uint(x) >= uint(b.W) || uint(y) >= uint(b.H) {
		return 0
	}
	return b.Pix[y*b.W+x]
}

// View says which brightness is taken from a coloured or transparent pixel.
type View int

const (
	OnWhite View = iota // brightness, transparent parts over white
	OnBlack             // brightness, transparent parts over black
	Red                 // the red channel, over white
	Green               // the green channel, over white
	Blue                // the blue channel, over white
)
