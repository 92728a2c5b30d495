package qr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// svgForms are a code as generators draw it: what is in the drawing for each dark
// module, around it, and the size of a module.
func svgForms(t testing.TB, text string) map[string]string {
	s := mustEncode(t, text, Low)
	n := len(s.Modules()) + 8
	each := func(format string) string {
		var b strings.Builder
		for y, row := range s.Modules() {
			for x, dark := range row {
				if dark {
					fmt.Fprintf(&b, format, x+4, y+4)
				}
			}
		}
		return b.String()
	}
	return map[string]string{
		"rects":          fmt.Sprintf(`<?xml version="1.0"?><!-- made --><svg xmlns="http://www.w3.org/2000/svg" width="5cm" height="5cm" viewBox="0 0 %d %d"><rect width="100%%" height="100%%" fill="#fff"/><g fill="black">%s</g></svg>`, n, n, each(`<rect x="%d" y="%d" width="1" height="1"/>`)),
		"units":          fmt.Sprintf(`<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="%dmm" height="%dmm">%s</svg:svg>`, n, n, each(`<svg:rect x="%dmm" y="%dmm" width="1mm" height="1mm"/>`)),
		"path":           fmt.Sprintf(`<svg viewBox="0 0 %d %d"><path d="%s"/></svg>`, n, n, each("M%d,%dh1v1h-1z")),
		"relative lines": fmt.Sprintf(`<svg width="%d" height="%d"><path d="%s" fill="#112233"/></svg>`, n, n, each("M%d %dl1 0 0 1 -1 0 0-1Z ")),
		"strokes":        fmt.Sprintf(`<svg width="%d" height="%d"><path transform="scale(4)" class="qrline" stroke="#000" d="%s"/></svg>`, 4*n, 4*n, each("M%d %d.5h1")),
		"stroke style":   fmt.Sprintf(`<svg viewBox="-4 -4 %d %d"><g transform="translate(-4,-4)"><path style="stroke:#000" d="%s"/></g></svg>`, n, n, each("M%d,%d.5h1")),
		"use":            fmt.Sprintf(`<svg viewBox="0 0 %d %d" xmlns:xlink="x"><defs><rect id="m" width="1" height="1" style="fill:rgb(10,20,30)"/></defs>%s</svg>`, n, n, each(`<use xlink:href="#m" x="%d" y="%d"/>`)),
		"polygons":       fmt.Sprintf(`<svg viewBox="0 0 %d %d"><g transform="rotate(90 %d %d)">%s</g></svg>`, n, n, n/2, n/2, each(`<polygon transform="translate(%d %d)" points="0,0 1,0 1 1 0 1"/>`)),
		"circles":        fmt.Sprintf(`<svg viewBox="0 0 %d %d">%s</svg>`, n, n, each(`<circle transform="translate(%d %d)" cx=".5" cy=".5" r=".5"/>`)),
		"light on dark":  fmt.Sprintf(`<svg viewBox="0 0 %d %d"><path d="M0 0h%dv%dH0z" fill="white"/><path fill="none" d="M0 0L9 9"/>%s</svg>`, n, n, n, n, each(`<rect x="%d" y="%d" width="1.02" height="1.02" fill="url(#gradient)"/>`)),
	}
}

func TestSVG(t *testing.T) {
	const text = "otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA&issuer=Shop"
	for name, drawing := range svgForms(t, text) {
		if !IsImage([]byte(drawing)) {
			t.Errorf("%s is not taken for a picture", name)
		}
		found, err := Decode(t.Context(), []byte(drawing), Options{})
		if err != nil || len(found) != 1 || found[0].Text != text {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	for _, page := range []string{"<html><svg></svg></html>", "<svgfoo/>", "a text with <svg>", "<?xml version='1.0'?><rss/>", "<"} {
		if IsImage([]byte(page)) {
			t.Errorf("%q is taken for a picture", page)
		}
	}
}

// What is made to be slow or large ends within the limits, and a cut file is drawn as
// far as it goes.
func TestHostileSVG(t *testing.T) {
	var nested strings.Builder
	nested.WriteString(`<svg viewBox="0 0 10 10"><g id="a0"><rect width="1" height="1"/></g>`)
	for i := range 12 {
		fmt.Fprintf(&nested, `<g id="a%d">%s</g>`, i+1, strings.Repeat(fmt.Sprintf(`<use href="#a%d"/>`, i), 10))
	}
	nested.WriteString(`<use href="#a12"/></svg>`)
	for name, drawing := range map[string]string{
		"use ten to the twelfth": nested.String(),
		"use in a circle":        `<svg viewBox="0 0 9 9"><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g></svg>`,
		"deep":                   `<svg viewBox="0 0 9 9">` + strings.Repeat("<g>", 100_000),
		"a million points":       `<svg viewBox="0 0 9 9"><path d="M0 0` + strings.Repeat("l1 1", 1_000_000) + `"/></svg>`,
		"huge coordinates":       `<svg viewBox="0 0 9 9"><path stroke="red" d="M-1e300 1e300L1e308-1e308 3 3z"/></svg>`,
		"not numbers":            `<svg viewBox="0 0 9 9"><path d="M 1e400 NaN L . - z 5 A"/><rect width="1e400" height="inf"/></svg>`,
		"no size":                `<svg><rect width="1" height="1"/></svg>`,
		"thin":                   `<svg viewBox="0 0 1 1e5"/>`,
		"wide box":               `<svg viewBox="0 0 1e12 1e12"/>`,
		"nothing":                `<svg`,
		"many tall shapes":       `<svg viewBox="0 0 9 9">` + strings.Repeat(`<rect width="9" height="9"/>`, 100_000) + `</svg>`,
	} {
		start := tooltest.CPU()
		_, err := Decode(context.Background(), []byte(drawing), Options{})
		if err == nil {
			t.Errorf("%s: a code was found", name)
		}
		if used := tooltest.CPU() - start; used > allowed {
			t.Errorf("%s took %v", name, used)
		}
	}
	if _, err := drawSVG([]byte(nested.String()), svgSide); !errors.Is(err, errSVG) {
		t.Errorf("nested use: %v", err)
	}
}

func FuzzSVG(f *testing.F) {
	for _, drawing := range svgForms(f, "x") {
		f.Add([]byte(drawing))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := drawSVG(data, svgSmall)
		if err == nil && (img.Bounds().Empty() || max(img.Bounds().Dx(), img.Bounds().Dy()) > svgSmall) {
			t.Errorf("drawn as %v", img.Bounds())
		}
	})
}

// A grey TIFF with alpha, as ImageMagick writes it, little- and big-endian.
func TestGreyAlphaTIFF(t *testing.T) {
	convert := tooltest.Path(t, "convert")
	const text = "otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA"
	s, err := mustEncode(t, text, Low).PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"-compress", "zip"}, {"-compress", "none", "-endian", "MSB"}, {"-compress", "lzw"}} {
		args := append([]string{"png:-", "-colorspace", "Gray", "-alpha", "on", "-transparent", "white", "-depth", "8"}, append(arguments, "tiff:-")...)
		cmd := exec.CommandContext(t.Context(), convert, args...)
		cmd.Stdin = bytes.NewReader(s)
		data, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		found, err := Decode(t.Context(), data, Options{})
		if err != nil || len(found) != 1 || found[0].Text != text {
			t.Errorf("%v: %v, %v", arguments, found, err)
		}
	}
	for _, data := range []string{"II*\x00\xff\xff\xff\xff", "MM\x00*\x00\x00\x00\x08\xff\xff", "II*\x00\x08\x00\x00\x00\x01\x00"} {
		if _, err := Decode(t.Context(), []byte(data), Options{}); err == nil {
			t.Errorf("%q was read", data)
		}
	}
}
