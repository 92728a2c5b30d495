package detect

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

func TestIsFinder(t *testing.T) {
	for _, tt := range []struct {
		r    runs
		want bool
	}{
		{runs{1, 1, 3, 1, 1}, true},
		{runs{4, 4, 12, 4, 4}, true},
		{runs{5, 3, 12, 4, 5}, true},
		{runs{2, 2, 2, 2, 2}, false},
		{runs{4, 4, 12, 4, 0}, false},
		{runs{4, 4, 12, 4, 9}, false},
		{runs{4, 12, 4, 4, 4}, false},
		{runs{1, 1, 1, 1, 1}, false},
	} {
		if got := tt.r.isFinder(1, 2); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.r, got, tt.want)
		}
	}
}

// The table of ISO/IEC 18004, annex E, for versions with a regular and with
// the one irregular spacing.
func TestAlignmentCenters(t *testing.T) {
	for version, want := range map[int][]int{
		1: nil, 2: {6, 18}, 6: {6, 34}, 7: {6, 22, 38}, 14: {6, 26, 46, 66}, 22: {6, 26, 50, 74, 98},
		32: {6, 34, 60, 86, 112, 138}, 36: {6, 24, 50, 76, 102, 128, 154}, 40: {6, 30, 58, 86, 114, 142, 170},
	} {
		if got := alignmentCenters(17 + 4*version); !slices.Equal(got, want) {
			t.Errorf("version %d: %v, want %v", version, got, want)
		}
	}
}

func near(a, b Point) bool { return a.distance(b) < 1e-6 }

func TestHomography(t *testing.T) {
	from := [4]Point{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
	to := [4]Point{{5, 5}, {95, 12}, {80, 70}, {11, 99}}
	h := through(from, to)
	for i := range from {
		if got := h.at(from[i].X, from[i].Y); !near(got, to[i]) {
			t.Errorf("%v goes to %v, want %v", from[i], got, to[i])
		}
	}
	if got := through(from, from).at(3, 4); !near(got, Point{3, 4}) {
		t.Errorf("the identity moves (3,4) to %v", got)
	}
	if p := through(from, [4]Point{}).at(3, 4); !math.IsNaN(p.X) && p != (Point{}) {
		t.Errorf("a map onto one point gives %v", p)
	}
}

// The tilt that a slanted code was drawn with puts its fourth corner back.
func TestCornersFollowTilt(t *testing.T) {
	h := through([4]Point{{3.5, 3.5}, {21.5, 3.5}, {21.5, 21.5}, {3.5, 21.5}}, [4]Point{{10, 10}, {200, 30}, {180, 190}, {20, 230}})
	w := func(u, v float64) float64 { return h.g*u + h.h*v + 1 }
	e := evidence{triple: triple{
		topLeft: center{Point: h.at(3.5, 3.5)}, topRight: center{Point: h.at(21.5, 3.5)}, bottomLeft: center{Point: h.at(3.5, 21.5)},
	}}
	c := e.corners(25, tilt{w(21.5, 3.5) / w(3.5, 3.5), w(3.5, 21.5) / w(3.5, 3.5)})
	if want := h.at(21.5, 21.5); !near(c.fourth, want) {
		t.Errorf("fourth corner at %v, want %v", c.fourth, want)
	}
}

func TestArrange(t *testing.T) {
	at := func(x, y float64) center { return center{Point: Point{x, y}, module: 4, seen: 12, step: 1, ink: 1} }
	tl, tr, bl := at(100, 100), at(172, 100), at(100, 172)
	for _, pair := range [][2]center{{tr, bl}, {bl, tr}} {
		got, ok := arrange(tl, pair[0], pair[1])
		if !ok || got.topRight != tr || got.bottomLeft != bl {
			t.Errorf("arranged as %+v, %v", got, ok)
		}
	}
	if _, ok := arrange(tr, tl, at(300, 100)); ok {
		t.Error("three in a row are taken for corners")
	}
	good, _ := arrange(tl, tr, bl)
	bad, _ := arrange(tl, at(180, 130), bl)
	if good.cost >= bad.cost {
		t.Errorf("a right angle costs %v, a skew one %v", good.cost, bad.cost)
	}
}

// bitsFrom draws text as pixels, scale a character, # for dark.
func bitsFrom(scale int, rows ...string) *raster.Bits {
	b := &raster.Bits{W: len(rows[0]) * scale, H: len(rows) * scale}
	b.Pix = make([]byte, b.W*b.H)
	for i := range b.Pix {
		if rows[i/b.W/scale][i%b.W/scale] == '#' {
			b.Pix[i] = 1
		}
	}
	return b
}

func finderPicture() []string {
	return []string{
		"...........", "...........",
		"..#######..", "..#.....#..", "..#.###.#..", "..#.###.#..", "..#.###.#..", "..#.....#..", "..#######..",
		"...........", "...........",
	}
}

func inverse(rows []string) []string {
	out := slices.Clone(rows)
	for i, r := range out {
		b := []byte(r)
		for j := range b {
			b[j] ^= '#' ^ '.'
		}
		out[i] = string(b)
	}
	return out
}

func TestCenters(t *testing.T) {
	for ink, rows := range [][]string{inverse(finderPicture()), finderPicture()} {
		for scale := 1; scale < 9; scale++ {
			found := centers(context.Background(), bitsFrom(scale, rows...), 1, Clear)
			if len(found) != 1 {
				t.Errorf("ink %d, scale %d: %d patterns", ink, scale, len(found))
				continue
			}
			c, mid := found[0], 5.5*float64(scale)
			if int(c.ink) != ink || c.distance(Point{mid, mid}) > 0.5 || math.Abs(c.module-float64(scale)) > 0.3 || c.firmness() < 0.9 {
				t.Errorf("ink %d, scale %d: %+v, firmness %v", ink, scale, c, c.firmness())
			}
		}
	}
}

// Without a light margin the ring runs into the ground around it.
func TestCentersWithoutMargin(t *testing.T) {
	rows := finderPicture()
	for i, r := range rows {
		b := []byte(r)
		for j := range b {
			if i < 2 || i > 8 || j < 2 || j > 8 {
				b[j] = '#'
			}
		}
		rows[i] = string(b)
	}
	b := bitsFrom(5, rows...)
	if found := centers(context.Background(), b, 1, Clear); len(found) != 0 {
		t.Errorf("with clear edges: %d patterns", len(found))
	}
	if found := centers(context.Background(), b, 1, Merged); len(found) != 1 || found[0].distance(Point{27.5, 27.5}) > 0.5 {
		t.Errorf("with merged edges: %+v", found)
	}
}

func TestFindOnDegeneratePictures(t *testing.T) {
	read := func(*Matrix) (Content, bool) { t.Error("read something"); return Content{}, false }
	for _, b := range []*raster.Bits{bitsFrom(1, "."), bitsFrom(1, "#"), bitsFrom(7, "#"), bitsFrom(1, "#.###.#"), bitsFrom(3, "#.#.#", ".#.#.")} {
		if r := Find(context.Background(), b, Params{Read: read, Codes: 1}); len(r.Codes)+len(r.Unread) > 0 {
			t.Errorf("found %+v in %d by %d pixels", r, b.W, b.H)
		}
	}
}
