package cli

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sixelPicture draws sixels as a terminal does, on grey: what no colour covers
// stays grey. It returns a PNG.
func sixelPicture(t *testing.T, page string) []byte {
	t.Helper()
	body, _, ended := strings.Cut(page, "\x1b\\")
	size := regexp.MustCompile(`^\x1bP0;0;0q"1;1;(\d+);(\d+)`).FindStringSubmatch(body)
	if size == nil || !ended {
		t.Fatalf("no sixels: %.60q", page)
	}
	width, _ := strconv.Atoi(size[1])
	height, _ := strconv.Atoi(size[2])
	img := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	x, y, shade := 0, 0, color.Gray{255}
	for _, m := range regexp.MustCompile(`#(\d+)(?:;[\d;]+)?|!(\d+)([?-~])|([$-])`).FindAllStringSubmatch(body[len(size[0]):], -1) {
		switch {
		case m[1] != "":
			shade = map[string]color.Gray{"0": {255}, "1": {0}}[m[1]]
		case m[4] == "$":
			x = 0
		case m[4] == "-":
			x, y = 0, y+6
		default:
			n, _ := strconv.Atoi(m[2])
			for range n {
				for bit := range 6 {
					if (m[3][0]-'?')>>bit&1 == 1 {
						img.SetGray(x, y+bit, shade)
					}
				}
				x++
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decodePNG(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
