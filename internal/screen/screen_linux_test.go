package screen

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/jangle-otp/jangle/internal/clipboard/desktoptest"
	"github.com/jangle-otp/jangle/internal/tooltest"
)

func system() System { return System{Getenv: os.Getenv} }

func TestX11(t *testing.T) {
	desktoptest.X11(t)
	paintRoot(t, 600, 300, 0x00ff8001)
	all, err := Capture(context.Background(), system())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Bounds() != image.Rect(0, 0, 640, 480) {
		t.Fatalf("%d pictures, the first of %v", len(all), all[0].Bounds())
	}
	wantColour(t, all[0], 600, 300, color.RGBA{0xff, 0x80, 0x01, 0xff})
	wantColour(t, all[0], 609, 309, color.RGBA{0xff, 0x80, 0x01, 0xff})
	if r, _, _, _ := all[0].At(599, 300).RGBA(); r == 0xffff {
		t.Error("the picture is shifted")
	}
}

// paintRoot fills ten by ten pixels of the root window.
func paintRoot(t *testing.T, x, y int, pixel uint32) {
	t.Helper()
	conn, err := xgb.NewConnDisplay(os.Getenv("DISPLAY"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.CreateGCChecked(conn, gc, xproto.Drawable(root), xproto.GcForeground, []uint32{pixel}).Check(); err != nil {
		t.Fatal(err)
	}
	square := []xproto.Rectangle{{X: int16(x), Y: int16(y), Width: 10, Height: 10}}
	if err := xproto.PolyFillRectangleChecked(conn, xproto.Drawable(root), gc, square).Check(); err != nil {
		t.Fatal(err)
	}
}

func wantColour(t *testing.T, img image.Image, x, y int, want color.RGBA) {
	t.Helper()
	if got := color.RGBAModel.Convert(img.At(x, y)); got != want {
		t.Errorf("pixel %d,%d is %v, want %v", x, y, got, want)
	}
}

func TestGrim(t *testing.T) {
	tooltest.Need(t, "grim", "swaybg")
	desktoptest.Wayland(t)
	var got color.Color
	for end := time.Now().Add(10 * time.Second); ; { // the background comes a moment later
		all, err := Capture(context.Background(), system())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1 || all[0].Bounds().Dx() != 640 {
			t.Fatalf("%d pictures of %v", len(all), all[0].Bounds())
		}
		got = color.RGBAModel.Convert(all[0].At(320, 240))
		if got == (color.RGBA{0x33, 0x66, 0xcc, 0xff}) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the background is %v", got)
		}
	}
}

func TestPixelFormats(t *testing.T) {
	for _, c := range []struct {
		name   string
		format pixelFormat
		data   []byte
	}{
		{"32 bits", pixelFormat{4, 4, false, 0xff0000, 0xff00, 0xff}, []byte{0, 0x80, 0xff, 0}},
		{"32 bits, big end first", pixelFormat{4, 4, true, 0xff0000, 0xff00, 0xff}, []byte{0, 0xff, 0x80, 0}},
		{"32 bits, blue first", pixelFormat{4, 4, false, 0xff, 0xff00, 0xff0000}, []byte{0xff, 0x80, 0, 0}},
		{"24 bits", pixelFormat{3, 4, false, 0xff0000, 0xff00, 0xff}, []byte{0, 0x80, 0xff, 0}},
		{"16 bits", pixelFormat{2, 4, false, 0xf800, 0x07e0, 0x1f}, []byte{0x00, 0xfc, 0, 0}},
		{"30 bits", pixelFormat{4, 4, false, 0x3ff << 20, 0x3ff << 10, 0x3ff}, []byte{0x00, 0x08, 0xf8, 0x3f}},
	} {
		img := image.NewRGBA(image.Rect(0, 0, 1, 1))
		if err := c.format.unpack(img, 0, 1, c.data); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := img.RGBAAt(0, 0)
		if got.R != 0xff || got.G < 0x7f || got.G > 0x84 || got.B != 0 {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, 2, 2))
	if err := (pixelFormat{4, 4, false, 0xff0000, 0xff00, 0xff}).unpack(img, 0, 2, make([]byte, 15)); err == nil {
		t.Error("too few bytes are enough")
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	none := func(string) (string, error) { return "", exec.ErrNotFound }
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "there is no desktop here"},
		{map[string]string{"DISPLAY": "example.org:0"}, "on another machine"},
		{map[string]string{"DISPLAY": "localhost:10.0"}, "on another machine"},
		{map[string]string{"DISPLAY": ":4242"}, "does not answer"},
		{map[string]string{"WAYLAND_DISPLAY": "w"}, "install grim"},
		{map[string]string{"WAYLAND_DISPLAY": "w", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}, "session bus does not answer"},
	} {
		s := System{Getenv: func(k string) string { return c.env[k] }, LookPath: none}
		_, err := Capture(context.Background(), s)
		if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.env, err, c.want)
		}
	}
}

func TestServerThatHangs(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "x") + ":0"
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		if conn, err := listener.Accept(); err == nil {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 100))
			cancel() // the person gives up before the server says a word
			<-t.Context().Done()
		}
	}()
	_, err = Capture(ctx, System{Getenv: func(k string) string { return map[string]string{"DISPLAY": socket}[k] }})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("error %v", err)
	}
}

// A server that wants a cookie gets the one of the file that XAUTHORITY names, and
// xgb keeps its log to itself.
func TestX11Cookie(t *testing.T) {
	authority := func(secret string) string { // for all displays, as Xau(3) has it
		path := filepath.Join(t.TempDir(), "authority")
		entry := "\xff\xff\x00\x00\x00\x00\x00\x12MIT-MAGIC-COOKIE-1\x00\x10" + secret
		if err := os.WriteFile(path, []byte(entry), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right, wrong := authority("0123456789abcdef"), authority("fedcba9876543210")
	desktoptest.X11With(t, "-auth", right)
	t.Setenv("XAUTHORITY", right)
	if _, err := Capture(t.Context(), system()); err != nil {
		t.Error(err)
	}
	display := os.Getenv("DISPLAY")
	t.Setenv("DISPLAY", display+".7")
	if _, err := Capture(t.Context(), system()); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "no screen 7") {
		t.Errorf("a screen that is not there: %v", err)
	}
	t.Setenv("DISPLAY", display)
	for _, path := range []string{wrong, filepath.Join(t.TempDir(), "none")} {
		t.Setenv("XAUTHORITY", path)
		if _, err := Capture(t.Context(), system()); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if xgb.Logger.Writer() != io.Discard {
		t.Error("xgb writes its log to standard error")
	}
}

// Whatever a server says first, it is an error, not a panic.
func TestX11Nonsense(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "x") + ":0"
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, hello := range []string{
		"",
		"\x01\x00\x0b\x00\x00\x00\x00\x00", // accepted, and not a word more
		"\x00\xff\x0b\x00\x00\x00\x00\x00", // refused, with a reason that is not there
		"\x01\x00\x0b\x00\x00\x00\x0a\x00" + strings.Repeat("\xff", 40), // counts of things that do not follow
		"\x01\x00\x0b\x00\x00\x00\x0a\x00" + strings.Repeat("\x00", 40), // no screen at all
	} {
		go func() {
			if conn, err := listener.Accept(); err == nil {
				_, _ = conn.Write([]byte(hello))
				conn.Close()
			}
		}()
		_, err = Capture(t.Context(), System{Getenv: func(k string) string { return map[string]string{"DISPLAY": socket}[k] }})
		if !errors.Is(err, ErrNone) {
			t.Errorf("%q: %v", hello, err)
		}
	}
}

// portal is a desktop portal that answers as told.
type portal struct {
	conn *dbus.Conn
	code uint32
	uri  string
}

func (p *portal) Screenshot(_ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	token, _ := options["handle_token"].Value().(string)
	path := dbus.ObjectPath(portalPath + "/request/1_1/" + token)
	go func() {
		results := map[string]dbus.Variant{"uri": dbus.MakeVariant(p.uri)}
		_ = p.conn.Emit("/somebody/else", portalRequest+".Response", uint32(2), results)
		_ = p.conn.Emit(path, portalRequest+".Response", p.code, results)
	}()
	return path, nil
}

// startPortal returns the address of a bus with a portal on it.
func startPortal(t *testing.T, p *portal) string {
	t.Helper()
	tooltest.Need(t, "dbus-daemon")
	dir := t.TempDir()
	socket := filepath.Join(dir, "bus")
	config := `<busconfig><type>session</type><listen>unix:path=` + socket + `</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow receive_type="signal" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(dir+"/config", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("dbus-daemon", "--nofork", "--config-file="+dir+"/config")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("dbus-daemon does not start")
		}
	}
	conn, err := dbus.Connect("unix:path=" + socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p.conn = conn
	if err := conn.Export(p, portalPath, "org.freedesktop.portal.Screenshot"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(portalName, 0); err != nil {
		t.Fatal(err)
	}
	return "unix:path=" + socket
}

func TestPortal(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a picture.png")
	if err := os.WriteFile(file, picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &portal{uri: "file://" + strings.ReplaceAll(file, " ", "%20")}
	address := startPortal(t, p)
	told := ""
	s := System{
		Getenv: func(name string) string {
			return map[string]string{"WAYLAND_DISPLAY": "w", "DBUS_SESSION_BUS_ADDRESS": address}[name]
		},
		LookPath: func(string) (string, error) { return "", exec.ErrNotFound },
		Waiting:  func(message string) { told = message },
	}
	all, err := Capture(context.Background(), s)
	if err != nil || all[0].Bounds().Dx() != 30 || told == "" {
		t.Errorf("%v, told %q", err, told)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the picture stays on the disk: %v", err)
	}
	p.code = responseDeclined
	if _, err := Capture(context.Background(), s); !errors.Is(err, ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
	p.code = 2
	if _, err := Capture(context.Background(), s); !errors.Is(err, ErrNone) {
		t.Errorf("failed: %v", err)
	}
	p.code, p.uri = responseDone, "https://example.org/x.png"
	if _, err := Capture(context.Background(), s); !errors.Is(err, ErrNone) {
		t.Errorf("no file: %v", err)
	}
}

func TestHugePictureIsRefused(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewPaletted(image.Rect(0, 0, 100_000, 700), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	if _, err := decodePNG(picture.Bytes()); !errors.Is(err, ErrNone) {
		t.Errorf("error %v", err)
	}
}
