package qr

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// screen draws what a terminal shows for text: cells of 7 by 15 pixels, on a
// theme's own colours where the text sets none. It knows the sequences that
// are used here and fails on any other.
func screen(t *testing.T, text string, ink, paper color.Color) *image.NRGBA {
	t.Helper()
	const cw, ch = 7, 15
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := newCanvas(200*cw, (len(lines)+4)*ch, paper).image
	for row, line := range lines {
		fg, bg, col := ink, paper, 3
		for line != "" {
			if rest, ok := strings.CutPrefix(line, "\x1b["); ok {
				codes, after, _ := strings.Cut(rest, "m")
				fg, bg = colour(t, codes, fg, bg, ink, paper)
				line = after
				continue
			}
			r := []rune(line)[0]
			line = line[len(string(r)):]
			at := image.Rect(col*cw, (row+2)*ch, (col+1)*cw, (row+3)*ch)
			draw.Draw(img, at, image.NewUniform(bg), image.Point{}, draw.Src)
			switch r {
			case ' ':
			case '▄':
				at.Min.Y += ch / 2
				draw.Draw(img, at, image.NewUniform(fg), image.Point{}, draw.Src)
			default:
				t.Fatalf("character %q is drawn differently by different fonts", r)
			}
			col++
		}
	}
	return img
}

// colour applies one sequence of colours.
func colour(t *testing.T, codes string, fg, bg, ink, paper color.Color) (color.Color, color.Color) {
	t.Helper()
	for rest := codes; rest != ""; {
		switch {
		case rest == "0":
			return ink, paper
		case strings.HasPrefix(rest, "38;5;"), strings.HasPrefix(rest, "48;5;"):
			number, after, _ := strings.Cut(rest[5:], ";")
			n, err := strconv.Atoi(number)
			if err != nil || (n != 16 && n != 231) {
				t.Fatalf("colour %q may be changed by a theme", number)
			}
			c := color.Color(grey(0))
			if n == 231 {
				c = grey(255)
			}
			if rest[0] == '3' {
				fg = c
			} else {
				bg = c
			}
			rest = after
		default:
			t.Fatalf("unknown sequence %q", codes)
		}
	}
	return fg, bg
}

// A drawn code is read off the screen, on dark and light themes, by this
// reader and by another one.
func TestTerminalIsReadable(t *testing.T) {
	themes := map[string][2]color.Color{
		"dark":  {grey(0xd0), grey(0x10)},
		"light": {grey(0x20), grey(0xff)},
		"beige": {color.NRGBA{0x65, 0x7b, 0x83, 255}, color.NRGBA{0xfd, 0xf6, 0xe3, 255}},
	}
	for theme, c := range themes {
		for _, text := range []string{uri, long} {
			s := mustEncode(t, text, Low)
			for name, drawn := range map[string]string{
				"half blocks":        s.Terminal(HalfBlocks),
				"half blocks, small": s.TerminalQuiet(HalfBlocks, QuietSmall),
				"spaces":             s.TerminalQuiet(Spaces, QuietSmall),
			} {
				t.Run(theme+" "+name, func(t *testing.T) {
					data := encodePNG(t, screen(t, drawn, c[0], c[1]))
					wantTexts(t, data, text)
					wantZbar(t, data, text)
				})
			}
		}
	}
}

func TestTerminalSize(t *testing.T) {
	s := mustEncode(t, uri, Low)
	for _, quiet := range []int{QuietSmall, QuietFull} {
		lines := strings.Split(strings.TrimSuffix(s.TerminalQuiet(HalfBlocks, quiet), "\n"), "\n")
		rows, cols := s.Size(quiet)
		if len(lines) != rows || strings.Count(lines[0], "▄") != cols {
			t.Errorf("quiet %d: drawn %d by %d, Size says %d by %d", quiet, len(lines), strings.Count(lines[0], "▄"), rows, cols)
		}
		for i, l := range lines {
			if !strings.HasSuffix(l, "\x1b[0m") {
				t.Errorf("line %d leaves its colours behind", i)
			}
		}
	}
}

// wantZbar reads the picture with zbarimg, a reader that shares nothing with
// this one.
func wantZbar(t *testing.T, data []byte, want string) {
	t.Helper()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("zbarimg is not installed (package zbar-tools)")
		}
		t.Log("not checked with zbarimg: it is not installed")
		return
	}
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(zbar, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	if got := strings.TrimSuffix(string(out), "\n"); got != want {
		t.Errorf("zbarimg read %q, want %q", got, want)
	}
}

func TestPNG(t *testing.T) {
	for _, scale := range []int{1, 2, 8} {
		data, err := mustEncode(t, uri, Medium).PNG(scale)
		if err != nil {
			t.Fatal(err)
		}
		wantTexts(t, data, uri)
		if scale > 1 {
			wantZbar(t, data, uri)
		}
	}
}

// Each graphics protocol carries the same picture.
func TestGraphics(t *testing.T) {
	s := mustEncode(t, uri, Low)
	t.Run("kitty", func(t *testing.T) {
		var text strings.Builder
		for i, part := range strings.Split(strings.TrimSuffix(mustEncode(t, long, Low).Kitty(6), "\n"), "\x1b\\") {
			if part == "" {
				continue
			}
			control, data, ok := strings.Cut(strings.TrimPrefix(part, "\x1b_G"), ";")
			if !ok || len(data) > 4096 || (i == 0) != strings.Contains(control, "a=T,f=100") {
				t.Fatalf("part %d: control %q, %d characters", i, control, len(data))
			}
			text.WriteString(data)
		}
		wantTexts(t, fromBase64(t, text.String()), long)
	})
	t.Run("iterm2", func(t *testing.T) {
		control, data, ok := strings.Cut(strings.TrimSuffix(s.ITerm2(6), "\a\n"), ":")
		picture := fromBase64(t, data)
		if !ok || control != "\x1b]1337;File=inline=1;size="+strconv.Itoa(len(picture)) {
			t.Errorf("control %q for %d bytes", control, len(picture))
		}
		wantTexts(t, picture, uri)
	})
	t.Run("sixel", func(t *testing.T) {
		for _, scale := range []int{3, 4, 5, 6, 8} {
			data := encodePNG(t, fromSixel(t, s.Sixel(scale)))
			wantTexts(t, data, uri)
			wantZbar(t, data, uri)
		}
	})
}

func fromBase64(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	return data
}

var errSixel = errors.New("unknown sixel command")

// fromSixel draws a sixel picture on a grey ground: pixels that neither colour
// covers stay grey.
func fromSixel(t *testing.T, text string) *image.NRGBA {
	t.Helper()
	body, ok := strings.CutPrefix(strings.TrimSuffix(text, "\x1b\\\n"), "\x1bP0;0;0q\"1;1;")
	size, body, _ := strings.Cut(body, "#")
	w, _, _ := strings.Cut(size, ";")
	side, err := strconv.Atoi(w)
	if !ok || err != nil {
		t.Fatalf("header of %.40q", text)
	}
	img := newCanvas(side, side, grey(128)).image
	shades := map[int]color.Color{0: white, 1: black}
	x, y, current, count := 0, 0, 0, 1
	for body = "#" + body; body != ""; {
		c := body[0]
		body = body[1:]
		switch {
		case c == '#':
			current = leading(&body)
			for strings.HasPrefix(body, ";") {
				body = body[1:]
				leading(&body)
			}
		case c == '!':
			count = leading(&body)
		case c == '$':
			x = 0
		case c == '-':
			x, y = 0, y+6
		case c >= '?' && c <= '~':
			for ; count > 0; count-- {
				for bit := range 6 {
					if (c-'?')>>bit&1 == 1 {
						img.Set(x, y+bit, shades[current])
					}
				}
				x++
			}
			count = 1
		default:
			t.Fatal(errSixel, c)
		}
	}
	return img
}

// leading takes the number at the front.
func leading(s *string) int {
	n := 0
	for *s != "" && (*s)[0] >= '0' && (*s)[0] <= '9' {
		n = 10*n + int((*s)[0]-'0')
		*s = (*s)[1:]
	}
	return n
}
