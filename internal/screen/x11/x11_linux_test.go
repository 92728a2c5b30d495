package x11

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/jangle-otp/jangle/internal/clipboard/desktoptest"
)

// What we read of a real server is what xgb reads of it, and the pixels are those
// that it gets.
func TestAgreesWithXGB(t *testing.T) {
	desktoptest.X11(t)
	c, err := Open(t.Context(), os.Getenv("DISPLAY"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	judge, err := xgb.NewConnDisplay(os.Getenv("DISPLAY"))
	if err != nil {
		t.Fatal(err)
	}
	defer judge.Close()
	if want := judged(judge); c.Screen() != want {
		t.Errorf("%+v, want %+v", c.Screen(), want)
	}
	for _, rows := range [][2]int{{0, 1}, {0, 480}, {479, 1}} {
		got, err := c.Rows(rows[0], rows[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := xproto.GetImage(judge, xproto.ImageFormatZPixmap, xproto.Drawable(c.Screen().root),
			0, int16(rows[0]), 640, uint16(rows[1]), ^uint32(0)).Reply()
		if err != nil || !bytes.Equal(got, want.Data) {
			t.Errorf("rows %v: %d bytes, %v; not those of xgb", rows, len(got), err)
		}
	}
	if _, err := c.Rows(480, 1); err == nil || !strings.Contains(err.Error(), "error 8") {
		t.Errorf("rows that are not there: %v, want error 8 (Match)", err)
	}
}

func judged(conn *xgb.Conn) Screen {
	setup := xproto.Setup(conn)
	root := setup.DefaultScreen(conn)
	s := Screen{
		Width: int(root.WidthInPixels), Height: int(root.HeightInPixels), Depth: int(root.RootDepth),
		BigEndian: setup.ImageByteOrder == xproto.ImageOrderMSBFirst, root: uint32(root.Root),
	}
	for _, f := range setup.PixmapFormats {
		if f.Depth == root.RootDepth {
			s.BitsPerPixel, s.RowPad = int(f.BitsPerPixel), int(f.ScanlinePad)
		}
	}
	for _, d := range root.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == root.RootVisual {
				s.Red, s.Green, s.Blue = v.RedMask, v.GreenMask, v.BlueMask
			}
		}
	}
	return s
}

// authority writes an authority file for all displays, as xauth(1) does.
func authority(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authority")
	if err := os.WriteFile(path, []byte(entry(familyWild, "", "", cookieName, secret)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A server that wants a cookie gets the one of the file.
func TestCookie(t *testing.T) {
	right, wrong := authority(t, "0123456789abcdef"), authority(t, "fedcba9876543210")
	desktoptest.X11With(t, "-auth", right)
	display := os.Getenv("DISPLAY")
	c, err := Open(t.Context(), display, right)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for _, path := range []string{wrong, "", filepath.Join(t.TempDir(), "none")} {
		if c, err := Open(t.Context(), display, path); err == nil {
			c.Close()
			t.Errorf("%q: let in", path)
		} else if !strings.Contains(err.Error(), "refuses") {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, err := Open(context.Background(), display+".7", right); err == nil {
		t.Error("a screen that is not there was found")
	}
}
