package detect

import (
	"bytes"
	"context"

	"github.com/jangle-otp/jangle/internal/qr/raster"
)

// center is the middle of what looks like a finder pattern: along every line
// through it dark, light, dark, light, dark run in the proportion 1:1:3:1:1.
type center struct {
	Point
	module float64 // pixels a module, from the horizontal runs
	seen   int     // how many of the rows looked at confirmed it
	step   int     // every how many rows were looked at
	ink    byte    // 1 for a dark pattern on light, 0 for an inverted one
}

// firmness is the share of the inner square's rows that confirmed the pattern:
// 1 for a clean one, little for a chance likeness among data modules.
func (c center) firmness() float64 {
	return min(1, float64(c.seen*c.step)/(2*c.module))
}

// maxCenters bounds the work per picture. A picture full of finder patterns
// must not cost more than one with a code in it: the choice of three among n
// grows with n cubed.
const (
	maxCollected = 400
	maxCenters   = 200
)

// runs are the lengths of five neighbouring runs of equal pixels.
type runs [5]int

func (r runs) total() int { return r[0] + r[1] + r[2] + r[3] + r[4] }

// isFinder checks 1:1:3:1:1 with a tolerance of half a module each, or of
// three quarters along a diagonal.
func (r runs) isFinder(num, den int) bool {
	t := r.total()
	if t < 7 {
		return false
	}
	for i, want := range [5]int{1, 1, 3, 1, 1} {
		if r[i] == 0 || den*abs(7*r[i]-want*t) >= num*want*t {
			return false
		}
	}
	return true
}

func abs(v int) int { return max(v, -v) }

// scanner collects centers of both polarities in one pass over the rows.
type scanner struct {
	bits  *raster.Bits
	edges Edges
	step  int
	found []center
}

// Edges says what must be outside a finder pattern's dark ring.
type Edges int

const (
	Clear  Edges = iota // light, as the standard asks: the ring ends after one module
	Merged              // anything: the ring may run into a dark background
)

// centers scans every step-th row and looks at each window of five runs.
func centers(ctx context.Context, b *raster.Bits, step int, e Edges) []center {
	s := &scanner{bits: b, edges: e, step: step}
	for y := step / 2; y < b.H && len(s.found) < maxCollected; y += step {
		if y&63 == 0 && ctx.Err() != nil {
			return nil
		}
		row := b.Row(y)
		var r runs // the last five
		ink := row[0]
		for x := 0; x < len(row); ink = 1 - ink {
			n := bytes.IndexByte(row[x:], 1-ink)
			if n < 0 {
				n = len(row) - x
			}
			x += n
			r = runs{r[1], r[2], r[3], r[4], n}
			if r[0] != 0 && s.clip(r).isFinder(1, 2) {
				s.candidate(s.clip(r), x-n+s.clip(r)[4], y, ink)
			}
		}
	}
	return s.found
}

// clip takes the outer runs as one module where the ring may run on into a
// dark background or be cut off by the picture's edge.
func (s *scanner) clip(r runs) runs {
	if s.edges == Clear {
		return r
	}
	m := (r[1] + r[2] + r[3] + 3) / 5
	r[0], r[4] = min(m, r[0]*m), min(m, r[4]*m) // a missing run stays missing
	return r
}

// candidate confirms a row's find across, along again and diagonally, and
// averages it into what earlier rows found at the same place. Seen at a slant a
// pattern may be twice as high as wide.
func (s *scanner) candidate(r runs, end, y int, ink byte) {
	total := r.total()
	x := float64(end-r[4]-r[3]) - float64(r[2])/2
	down, cy, ok := s.cross(int(x), y, 0, 1, ink, 2*r[2])
	if !ok || !down.isFinder(1, 2) || down.total() > 2*total || total > 2*down.total() {
		return
	}
	along, cx, ok := s.cross(int(x), int(cy), 1, 0, ink, r[2])
	if !ok || !along.isFinder(1, 2) || 5*abs(along.total()-total) >= total {
		return
	}
	diagonal, _, ok := s.cross(int(cx), int(cy), 1, 1, ink, 2*r[2])
	if !ok || !diagonal.isFinder(3, 4) {
		return
	}
	n := center{Point: Point{cx, cy}, module: float64(total) / 7, seen: 1, step: s.step, ink: ink}
	for i := range s.found {
		c := &s.found[i]
		if c.ink != n.ink || abs(int(c.X-n.X)) > int(n.module) || abs(int(c.Y-n.Y)) > int(n.module) {
			continue
		}
		if d := c.module - n.module; d > max(1, c.module) || -d > max(1, c.module) {
			continue
		}
		k := float64(c.seen)
		c.X, c.Y = (c.X*k+n.X)/(k+1), (c.Y*k+n.Y)/(k+1)
		c.module = (c.module*k + n.module) / (k + 1)
		c.seen++
		return
	}
	s.found = append(s.found, n)
}

// cross measures the five runs through x, y in direction dx, dy and the
// middle of the inner run, as the coordinate along dy if that is set, else
// along dx. No run but the inner one may exceed limit.
func (s *scanner) cross(x, y, dx, dy int, ink byte, limit int) (r runs, middle float64, ok bool) {
	if !s.inside(x, y) || s.bits.At(x, y) != ink {
		return r, 0, false
	}
	back := s.walk(x, y, -dx, -dy, ink, limit)
	ahead := s.walk(x, y, dx, dy, ink, limit)
	r = runs{back[2], back[1], back[0] + ahead[0] - 1, ahead[1], ahead[2]}
	base := x
	if dy != 0 && dx == 0 {
		base = y
	}
	middle = float64(base) + 0.5 + float64(ahead[0]-back[0])/2
	return s.clip(r), middle, r[0] <= limit+1 && r[1] <= limit && r[3] <= limit && r[4] <= limit+1 || s.edges == Merged
}

// walk counts three runs from x, y on: ink, other, ink.
func (s *scanner) walk(x, y, dx, dy int, ink byte, limit int) (n [3]int) {
	for i := range n {
		want := ink
		if i == 1 {
			want = 1 - ink
		}
		for s.inside(x, y) && s.bits.Pix[y*s.bits.W+x] == want {
			n[i]++
			x, y = x+dx, y+dy
			if i > 0 && n[i] > limit+1 {
				break
			}
		}
	}
	return n
}

func (s *scanner) inside(x, y int) bool {
	return uint(x) < uint(s.bits.W) && uint(y) < uint(s.bits.H)
}
