package cli

import (
	"bytes"
	"context"
	"encoding/base32"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"

	"github.com/jangle-otp/jangle/internal/qr"
	"github.com/jangle-otp/jangle/internal/term/termtest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

// onTerminal starts jangle on a terminal of that size and with no known name.
func (p *program) onTerminal(t *testing.T, columns, rows int, args ...string) *termtest.Program {
	t.Helper()
	return p.onTerminalWith(t, columns, rows, nil, args...)
}

// onTerminalWith is onTerminal with more environment.
func (p *program) onTerminalWith(t *testing.T, columns, rows int, more []string, args ...string) *termtest.Program {
	t.Helper()
	env := append([]string{"TMUX=", "STY=", "TERM_PROGRAM=", "KITTY_WINDOW_ID="}, p.env...)
	return termtest.StartSized(t, columns, rows, append(append(env, "TERM=xterm-256color"), more...), p.path, args...)
}

// withAccounts is a program whose vault has so many accounts of usual lengths.
func withAccounts(t *testing.T, n int, more ...string) *program {
	t.Helper()
	p := newProgram(t)
	links := more
	for i := range n {
		secret := base32.StdEncoding.EncodeToString(fmt.Appendf(nil, "%020d", i))
		links = append(links, fmt.Sprintf("otpauth://totp/Site%d:user%d%%40example.com?secret=%s&issuer=Site%d", i, i, secret, i))
	}
	p.must(t, strings.Join(links, "\n"), "import", "--no-passphrase", "-")
	return p
}

// theme is the colours of cells that set none.
type theme struct{ ink, paper color.Color }

func themes() map[string]theme {
	return map[string]theme{
		"dark":  {color.Gray{0xd0}, color.Gray{0x10}},
		"light": {color.Gray{0x20}, color.Gray{0xff}},
		"beige": {color.NRGBA{0x65, 0x7b, 0x83, 255}, color.NRGBA{0xfd, 0xf6, 0xe3, 255}},
	}
}

// emulate shows what a terminal of that size shows after all that was written.
func emulate(t *testing.T, output []byte, columns, rows int) vt10x.Terminal {
	t.Helper()
	vt := vt10x.New(vt10x.WithSize(columns, rows))
	if _, err := vt.Write(output); err != nil {
		t.Fatal(err)
	}
	return vt
}

// pixels draws the screen, a cell 7 by 15. Letters are grey bars: no reader may
// take them for a part of the code.
func pixels(t *testing.T, vt vt10x.Terminal, th theme) []byte {
	t.Helper()
	const cw, ch = 7, 15
	columns, rows := vt.Size()
	img := image.NewNRGBA(image.Rect(0, 0, columns*cw, rows*ch))
	for y := range rows {
		for x := range columns {
			g := vt.Cell(x, y)
			cell := image.Rect(x*cw, y*ch, (x+1)*cw, (y+1)*ch)
			draw.Draw(img, cell, image.NewUniform(th.of(t, g.BG, th.paper)), image.Point{}, draw.Src)
			switch g.Char {
			case 0, ' ':
			case '▄':
				cell.Min.Y += ch / 2
				draw.Draw(img, cell, image.NewUniform(th.of(t, g.FG, th.ink)), image.Point{}, draw.Src)
			default:
				draw.Draw(img, cell.Inset(3), image.NewUniform(th.ink), image.Point{}, draw.Src)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// of gives the colours that a theme cannot change.
func (th theme) of(t *testing.T, c vt10x.Color, unset color.Color) color.Color {
	t.Helper()
	switch c {
	case 16:
		return color.Black
	case 231:
		return color.White
	case vt10x.DefaultFG, vt10x.DefaultBG:
		return unset
	}
	t.Fatalf("colour %d may be changed by a theme", c)
	return nil
}

// readBoth reads the one code of a picture with our reader and with zbarimg,
// which have to agree.
func readBoth(t *testing.T, picture []byte) string {
	t.Helper()
	found, err := qr.Decode(context.Background(), picture, qr.Options{})
	if err != nil || len(found) != 1 {
		keep := filepath.Join(os.TempDir(), "jangle-unread.png")
		_ = os.WriteFile(keep, picture, 0o600)
		t.Fatalf("%d codes, %v; see %s", len(found), err, keep)
	}
	if got := zbarimg(t, picture); got != found[0].Text {
		t.Errorf("zbarimg reads %q, we read %q", got, found[0].Text)
	}
	return found[0].Text
}

// zbarimg needs the program of that name (package zbar-tools).
func zbarimg(t *testing.T, picture []byte) string {
	t.Helper()
	tooltest.Need(t, "zbarimg")
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Errorf("zbarimg: %v", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// checkGone fails unless the terminal is as it was before: its modes, the
// primary screen, the cursor, and no cell of a page anywhere.
func checkGone(t *testing.T, p *termtest.Program, columns, rows int) {
	t.Helper()
	p.CheckModes()
	vt := emulate(t, p.Output(), columns, rows)
	if vt.Mode()&(vt10x.ModeAltScreen|vt10x.ModeMouseMask) != 0 || !vt.CursorVisible() {
		t.Errorf("modes %b, cursor visible: %v", vt.Mode(), vt.CursorVisible())
	}
	if text := vt.String(); strings.Contains(text, "▄") || strings.Contains(text, "scan it") {
		t.Errorf("left on the screen: %s", text)
	}
	// Without an alternate screen, too.
	vt = emulate(t, bytes.ReplaceAll(p.Output(), []byte("\x1b[?1049"), []byte("\x1b[?9999")), columns, rows)
	if text := vt.String(); strings.Contains(text, "▄") || strings.Contains(text, "scan it") {
		t.Errorf("left on a screen that is the only one: %s", text)
	}
}
