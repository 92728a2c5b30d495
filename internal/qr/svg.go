package qr

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A site often shows its set-up code as SVG. This file draws what code generators
// draw: rectangles, circles, polygons and paths, filled or stroked, in groups, with
// transforms and use; all in black and white, without smoothing.
//
// Libraries were weighed: oksvg read 25 of 48 files of generators, tdewolff/canvas 30,
// and both take all memory for a file of two kilobytes (nested use, a dash array).
// Here each file has a budget of nodes, points and drawn spans.

// The limits of one SVG file.
const (
	maxSVG      = 8 << 20 // bytes of text
	maxSVGDepth = 64
	maxSVGNodes = 200_000 // elements read, and drawn again by use
	maxSVGSpans = 5_000_000
	svgSide     = 900 // pixels that the longer side is drawn with at first
	svgSmall    = 220 // and again: dots melt into modules
)

var errSVG = errors.New("the SVG drawing is beyond the limits of what is drawn")

// isSVG looks for the root element behind what may be before it.
func isSVG(data []byte) bool {
	head := bytes.TrimLeft(data[:min(len(data), 4096)], "\xef\xbb\xbf \t\r\n")
	for len(head) > 2 && head[0] == '<' && (head[1] == '?' || head[1] == '!') {
		end := ">"
		if bytes.HasPrefix(head, []byte("<!--")) {
			end = "-->"
		}
		_, rest, found := bytes.Cut(head, []byte(end))
		if !found {
			return false
		}
		head = bytes.TrimLeft(rest, " \t\r\n")
	}
	name, _, _ := bytes.Cut(head[:min(len(head), 40)], []byte(">"))
	name, _, _ = bytes.Cut(bytes.TrimLeft(name, "<"), []byte(" "))
	return len(head) > 4 && head[0] == '<' && (bytes.Equal(bytes.TrimSpace(name), []byte("svg")) || bytes.HasSuffix(bytes.TrimSpace(name), []byte(":svg")))
}

// svgNode is one element.
type svgNode struct {
	name     string
	attr     map[string]string
	children []*svgNode
}

// matrix is a transform: x' = a x + c y + e, y' = b x + d y + f.
type matrix [6]float64

func (m matrix) point(x, y float64) [2]float64 {
	return [2]float64{m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]}
}

func (m matrix) times(n matrix) matrix {
	return matrix{m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5]}
}

// drawSVG draws the file on white, its longer side with so many pixels. The errors are
// ErrTruncated and ErrUnsupported.
func drawSVG(data []byte, side float64) (image.Image, error) {
	if len(data) > maxSVG {
		return nil, &TooLargeError{Bytes: int64(len(data)), MaxBytes: maxSVG}
	}
	root, err := parseSVG(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	x, y, w, h := 0.0, 0.0, svgLength(root.attr["width"], 0), svgLength(root.attr["height"], 0)
	if box := svgNumbers(root.attr["viewBox"]); len(box) == 4 {
		x, y, w, h = box[0], box[1], box[2], box[3]
	}
	if !(w > 0) || !(h > 0) || w > 1e6 || h > 1e6 || w < 1e-3 || h < 1e-3 || math.Max(w, h) > 20*math.Min(w, h) {
		return nil, fmt.Errorf("%w: an SVG drawing without a size", ErrUnsupported)
	}
	scale := side / math.Max(w, h)
	c := &svgCanvas{img: image.NewGray(image.Rect(0, 0, max(1, int(w*scale)), max(1, int(h*scale)))), ids: map[string]*svgNode{}}
	for i := range c.img.Pix {
		c.img.Pix[i] = 255
	}
	c.remember(root)
	c.draw(root, matrix{scale, 0, 0, scale, -x * scale, -y * scale}, svgStyle{fill: color.Black, stroke: nil, width: 1, box: [2]float64{w, h}}, 0)
	if c.nodes > maxSVGNodes || c.spans > maxSVGSpans {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, errSVG)
	}
	return c.img, nil
}

// parseSVG reads the elements. Entities of a DTD are not expanded by encoding/xml.
func parseSVG(data []byte) (*svgNode, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	var open []*svgNode
	var root *svgNode
	for n := 0; ; {
		token, err := d.RawToken()
		if err != nil {
			if root == nil {
				return nil, errors.New("no drawing in the SVG file")
			}
			return root, nil // a file that is cut off is drawn as far as it goes
		}
		switch t := token.(type) {
		case xml.StartElement:
			if n++; n > maxSVGNodes || len(open) >= maxSVGDepth {
				return nil, errSVG
			}
			node := &svgNode{name: t.Name.Local, attr: map[string]string{}}
			for _, a := range t.Attr {
				node.attr[a.Name.Local] = strings.TrimSpace(a.Value)
			}
			for part := range strings.SplitSeq(node.attr["style"], ";") {
				if key, value, ok := strings.Cut(part, ":"); ok {
					node.attr[strings.TrimSpace(key)] = strings.TrimSpace(value)
				}
			}
			if len(open) > 0 {
				open[len(open)-1].children = append(open[len(open)-1].children, node)
			} else if root == nil {
				root = node
			}
			open = append(open, node)
		case xml.EndElement:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
}

// svgStyle is what an element inherits.
type svgStyle struct {
	fill, stroke color.Color // nil for none
	width        float64     // of the stroke
	evenOdd      bool
	box          [2]float64 // what percent are of
}

type svgCanvas struct {
	img          *image.Gray
	ids          map[string]*svgNode
	nodes, spans int
}

func (c *svgCanvas) remember(n *svgNode) {
	if id := n.attr["id"]; id != "" && c.ids[id] == nil {
		c.ids[id] = n
	}
	for _, child := range n.children {
		c.remember(child)
	}
}

// draw draws an element with all that is in it.
func (c *svgCanvas) draw(n *svgNode, m matrix, s svgStyle, depth int) {
	if c.nodes++; c.nodes > maxSVGNodes || c.spans > maxSVGSpans || depth > maxSVGDepth || n.attr["display"] == "none" {
		return
	}
	if t := n.attr["transform"]; t != "" {
		m = m.times(svgTransform(t))
	}
	if v, ok := n.attr["fill"]; ok {
		s.fill = svgColour(v, s.fill)
	}
	if v, ok := n.attr["stroke"]; ok {
		s.stroke = svgColour(v, s.stroke)
	}
	if v, ok := n.attr["stroke-width"]; ok {
		s.width = svgLength(v, s.box[0])
	}
	if v, ok := n.attr["fill-rule"]; ok {
		s.evenOdd = v == "evenodd"
	}
	number := func(name string, of float64) float64 { return svgLength(n.attr[name], of) }
	var p svgPath
	switch n.name {
	case "svg", "g", "a", "switch", "symbol":
		for _, child := range n.children {
			if child.name != "symbol" || n.name == "symbol" {
				c.draw(child, m, s, depth+1)
			}
		}
		return
	case "use":
		target := c.ids[strings.TrimPrefix(n.attr["href"], "#")]
		if target != nil {
			c.draw(target, m.times(matrix{1, 0, 0, 1, number("x", s.box[0]), number("y", s.box[1])}), s, depth+4)
		}
		return
	case "rect":
		x, y, w, h := number("x", s.box[0]), number("y", s.box[1]), number("width", s.box[0]), number("height", s.box[1])
		p.move(x, y)
		p.line(x+w, y)
		p.line(x+w, y+h)
		p.line(x, y+h)
		p.close()
	case "circle", "ellipse":
		rx, ry := number("rx", s.box[0]), number("ry", s.box[1])
		if n.name == "circle" {
			rx = number("r", s.box[0])
			ry = rx
		}
		for i := range 24 {
			sin, cos := math.Sincos(float64(i) * math.Pi / 12)
			p.to(i == 0, number("cx", s.box[0])+rx*cos, number("cy", s.box[1])+ry*sin)
		}
		p.close()
	case "polygon", "polyline":
		points := svgNumbers(n.attr["points"])
		for i := 0; i+1 < len(points); i += 2 {
			p.to(i == 0, points[i], points[i+1])
		}
		if n.name == "polygon" {
			p.close()
		}
	case "line":
		p.move(number("x1", s.box[0]), number("y1", s.box[1]))
		p.line(number("x2", s.box[0]), number("y2", s.box[1]))
	case "path":
		p.parse(n.attr["d"])
	default:
		return
	}
	if s.fill != nil && n.name != "line" {
		c.fill(p.lines, m, s.fill, s.evenOdd)
	}
	if s.stroke != nil && s.width > 0 {
		c.stroke(p, m, s)
	}
}

// stroke draws each piece of a line as a rectangle of its own.
func (c *svgCanvas) stroke(p svgPath, m matrix, s svgStyle) {
	for i, line := range p.lines {
		if p.closed[i] && len(line) > 0 {
			line = append(slices.Clone(line), line[0])
		}
		for j := 1; j < len(line); j++ {
			a, b := line[j-1], line[j]
			length := math.Hypot(b[0]-a[0], b[1]-a[1])
			if length == 0 {
				continue
			}
			nx, ny := (a[1]-b[1])/length*s.width/2, (b[0]-a[0])/length*s.width/2
			c.fill([][][2]float64{{{a[0] + nx, a[1] + ny}, {b[0] + nx, b[1] + ny}, {b[0] - nx, b[1] - ny}, {a[0] - nx, a[1] - ny}}}, m, s.stroke, false)
		}
	}
}

// fill paints the inside of outlines, row by row at the middle of each pixel.
func (c *svgCanvas) fill(lines [][][2]float64, m matrix, with color.Color, evenOdd bool) {
	type edge struct {
		x0, y0, x1, y1 float64
		way            int
	}
	var edges []edge
	top, bottom := math.Inf(1), math.Inf(-1)
	for _, line := range lines {
		for i := range line {
			a, b := m.point(line[i][0], line[i][1]), m.point(line[(i+1)%len(line)][0], line[(i+1)%len(line)][1])
			way := 1
			if a[1] > b[1] {
				a, b, way = b, a, -1
			}
			if !(a[1] < b[1]) || math.IsInf(a[1], 0) || math.IsInf(b[1], 0) {
				continue
			}
			edges = append(edges, edge{a[0], a[1], b[0], b[1], way})
			top, bottom = math.Min(top, a[1]), math.Max(bottom, b[1])
		}
	}
	shade := color.GrayModel.Convert(with).(color.Gray).Y
	slices.SortFunc(edges, func(a, b edge) int { return int(math.Copysign(1, a.y0-b.y0)) })
	type crossing struct {
		x   float64
		way int
	}
	var row []crossing
	var active []edge
	next := 0
	for y := max(0, int(math.Floor(math.Min(top, 1e6)))); y < c.img.Rect.Dy() && float64(y) < bottom; y++ {
		middle := float64(y) + 0.5
		for next < len(edges) && edges[next].y0 <= middle {
			active = append(active, edges[next])
			next++
		}
		active = slices.DeleteFunc(active, func(e edge) bool { return e.y1 <= middle })
		row = row[:0]
		for _, e := range active {
			row = append(row, crossing{e.x0 + (middle-e.y0)*(e.x1-e.x0)/(e.y1-e.y0), e.way})
		}
		slices.SortFunc(row, func(a, b crossing) int { return int(math.Copysign(1, a.x-b.x)) })
		if c.spans += 1 + len(row); c.spans > maxSVGSpans {
			return
		}
		winding := 0
		for i := 0; i+1 < len(row); i++ {
			winding += row[i].way
			if evenOdd && i%2 == 1 || !evenOdd && winding == 0 {
				continue
			}
			from, to := math.Ceil(math.Max(row[i].x-0.5, 0)), math.Min(row[i+1].x-0.5, float64(c.img.Rect.Dx()-1))
			for x := int(from); float64(x) <= to; x++ {
				c.img.Pix[y*c.img.Stride+x] = shade
			}
		}
	}
}

// svgPath collects outlines.
type svgPath struct {
	lines  [][][2]float64
	closed []bool
	points int
}

func (p *svgPath) to(first bool, x, y float64) {
	if first {
		p.move(x, y)
	} else {
		p.line(x, y)
	}
}

func (p *svgPath) move(x, y float64) {
	p.lines, p.closed = append(p.lines, [][2]float64{{x, y}}), append(p.closed, false)
	p.points++
}

func (p *svgPath) line(x, y float64) {
	if n := len(p.lines); n > 0 && p.points < maxSVGNodes {
		p.lines[n-1] = append(p.lines[n-1], [2]float64{x, y})
		p.points++
	}
}

func (p *svgPath) close() {
	if n := len(p.closed); n > 0 {
		p.closed[n-1] = true
	}
}

// parse reads the data of a path (SVG 1.1 section 8.3). An arc is drawn as a line to
// its end: generators use arcs to round corners of modules.
func (p *svgPath) parse(d string) {
	var x, y, startX, startY float64
	var command byte
	arguments := map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'q': 4, 't': 2, 'a': 7, 'z': 0}
	for d = svgSkip(d); d != "" && p.points < maxSVGNodes; d = svgSkip(d) {
		if c := d[0] | 0x20; c >= 'a' && c <= 'z' && c != 'e' {
			command, d = d[0], d[1:]
		}
		n, known := arguments[command|0x20]
		if !known {
			return
		}
		var v [7]float64
		for i := range n {
			flag := command|0x20 == 'a' && (i == 3 || i == 4)
			var ok bool
			if v[i], d, ok = svgNumber(svgSkip(d), flag); !ok {
				return
			}
		}
		dx, dy := 0.0, 0.0
		if command >= 'a' {
			dx, dy = x, y
		}
		switch command | 0x20 {
		case 'm':
			x, y = v[0]+dx, v[1]+dy
			startX, startY = x, y
			p.move(x, y)
			command = command - 'm' + 'l' // what follows without a letter is lines
		case 'l', 't':
			x, y = v[0]+dx, v[1]+dy
			p.line(x, y)
		case 'h':
			x = v[0] + dx
			p.line(x, y)
		case 'v':
			y = v[0] + dy
			p.line(x, y)
		case 'c', 's', 'q':
			p.line((x+v[n-4]+dx)/2, (y+v[n-3]+dy)/2)
			x, y = v[n-2]+dx, v[n-1]+dy
			p.line(x, y)
		case 'a':
			x, y = v[5]+dx, v[6]+dy
			p.line(x, y)
		case 'z':
			p.close()
			x, y = startX, startY
			if rest := svgSkip(d); rest != "" && (rest[0]|0x20) != 'm' && (rest[0]|0x20) != 'z' {
				p.move(x, y)
			}
			if d != "" && strings.IndexByte("0123456789.-+", d[0]) >= 0 {
				return // a number after z belongs to nothing
			}
		}
	}
}

func svgSkip(s string) string { return strings.TrimLeft(s, " \t\r\n,") }

// svgNumber reads one number at the beginning of s; a flag of an arc is one digit.
func svgNumber(s string, flag bool) (v float64, rest string, ok bool) {
	if flag && s != "" && (s[0] == '0' || s[0] == '1') {
		return float64(s[0] - '0'), s[1:], true
	}
	end, dot, exponent := 0, false, false
	for ; end < len(s) && end < 40; end++ {
		switch c := s[end]; {
		case c >= '0' && c <= '9':
		case c == '.' && !dot && !exponent:
			dot = true
		case (c == '-' || c == '+') && (end == 0 || s[end-1]|0x20 == 'e'):
		case c|0x20 == 'e' && !exponent && end > 0:
			exponent = true
		default:
			v, err := strconv.ParseFloat(s[:end], 64)
			return v, s[end:], err == nil
		}
	}
	v, err := strconv.ParseFloat(s[:end], 64)
	return v, s[end:], err == nil
}

func svgNumbers(s string) (out []float64) {
	for s = svgSkip(s); s != "" && len(out) < 2*maxSVGNodes; s = svgSkip(s) {
		v, rest, ok := svgNumber(s, false)
		if !ok {
			return out
		}
		out, s = append(out, v), rest
	}
	return out
}

// svgLength reads a length in pixels; percent are of the box. 0 for nothing.
func svgLength(s string, of float64) float64 {
	v, unit, ok := svgNumber(s, false)
	if !ok {
		return 0
	}
	switch unit {
	case "%":
		return v / 100 * of
	case "mm":
		return v * 96 / 25.4
	case "cm":
		return v * 96 / 2.54
	case "in":
		return v * 96
	case "pt":
		return v * 96 / 72
	case "pc", "em":
		return v * 16
	}
	return v
}

func svgTransform(s string) matrix {
	m := matrix{1, 0, 0, 1, 0, 0}
	for range 20 {
		name, rest, found := strings.Cut(s, "(")
		inside, after, closed := strings.Cut(rest, ")")
		if !found || !closed {
			return m
		}
		v, s2 := svgNumbers(inside), after
		v = append(v, make([]float64, 6)...)
		switch strings.Trim(name, " \t\r\n,") {
		case "matrix":
			m = m.times(matrix(v[:6]))
		case "translate":
			m = m.times(matrix{1, 0, 0, 1, v[0], v[1]})
		case "scale":
			if len(v) == 7 {
				v[1] = v[0]
			}
			m = m.times(matrix{v[0], 0, 0, v[1], 0, 0})
		case "rotate":
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = m.times(matrix{1, 0, 0, 1, v[1], v[2]}).times(matrix{cos, sin, -sin, cos, 0, 0}).times(matrix{1, 0, 0, 1, -v[1], -v[2]})
		}
		s = s2
	}
	return m
}

// svgColour reads a colour; nil is none. What cannot be read, such as a gradient, is
// black: generators paint the dark modules so.
func svgColour(s string, inherited color.Color) color.Color {
	switch s = strings.ToLower(s); {
	case s == "none", s == "transparent":
		return nil
	case s == "inherit", s == "":
		return inherited
	case s == "white":
		return color.White
	case strings.HasPrefix(s, "#") && (len(s) == 4 || len(s) == 7 || len(s) == 9):
		hex := s[1:]
		if len(s) == 4 {
			hex = string([]byte{s[1], s[1], s[2], s[2], s[3], s[3]})
		}
		v, err := strconv.ParseUint(hex[:6], 16, 32)
		if err == nil {
			return color.RGBA{byte(v >> 16), byte(v >> 8), byte(v), 255}
		}
	case strings.HasPrefix(s, "rgb"):
		_, inside, _ := strings.Cut(s, "(")
		if v := svgNumbers(strings.ReplaceAll(inside, "%", " ")); len(v) >= 3 {
			return color.RGBA{byte(v[0]), byte(v[1]), byte(v[2]), 255}
		}
	}
	return color.Black
}
