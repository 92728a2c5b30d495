package x11

import (
	"encoding/binary"
	"errors"
	"testing"
)

func TestParseDisplay(t *testing.T) {
	for name, want := range map[string]display{
		":0":           {"/tmp/.X11-unix/X0", "0", 0},
		":10.1":        {"/tmp/.X11-unix/X10", "10", 1},
		"unix:2":       {"/tmp/.X11-unix/X2", "2", 0},
		"/run/a:b/x:0": {"/run/a:b/x:0", "0", 0},
	} {
		if got, err := parseDisplay(name); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	for _, name := range []string{"", "0", ":", ":x", ":0.x", ":-1", ":0.", "host:0", "tcp/host:0", ":70000"} {
		if got, err := parseDisplay(name); err == nil {
			t.Errorf("%q: %+v", name, got)
		}
	}
}

// entry is one of an authority file.
func entry(family uint16, fields ...string) string {
	out := binary.BigEndian.AppendUint16(nil, family)
	for _, f := range fields {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(f))), f...)
	}
	return string(out)
}

func TestFindCookie(t *testing.T) {
	other := entry(familyLocal, "elsewhere", "0", cookieName, "no") + entry(0, "\x7f\x00\x00\x01", "0", cookieName, "no") +
		entry(familyLocal, "here", "1", cookieName, "no") + entry(familyLocal, "here", "0", "XDM-AUTHORIZATION-1", "no")
	for name, c := range map[string]struct{ file, want string }{
		"local":       {other + entry(familyLocal, "here", "0", cookieName, "yes"), "yes"},
		"any machine": {other + entry(familyWild, "", "0", cookieName, "yes"), "yes"},
		"any display": {other + entry(familyLocal, "here", "", cookieName, "yes"), "yes"},
		"none":        {other, ""},
		"empty":       {"", ""},
		"cut":         {other + entry(familyLocal, "here", "0", cookieName, "yes")[:30], ""},
	} {
		if got := findCookie([]byte(c.file), "here", "0"); string(got) != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever a server says, it is a description of a screen or an error.
func FuzzSetup(f *testing.F) {
	f.Add([]byte{}, 0)
	f.Add(make([]byte, 200), 0)
	f.Add(append(make([]byte, 18), 0, 1, 1, 1, 0, 0, 0, 0, 32, 32), 0)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		s, err := parseSetup(body, n)
		if err != nil && (s != Screen{} || !errors.Is(err, errSetup)) {
			t.Errorf("%+v, %v", s, err)
		}
		if s.Width < 0 || s.Width > 65535 || s.Height < 0 || s.Height > 65535 || s.Depth > 255 {
			t.Errorf("%+v", s)
		}
	})
}

func FuzzCookie(f *testing.F) {
	f.Add([]byte(entry(familyLocal, "here", "0", cookieName, "yes")))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got := findCookie(file, "here", "0"); len(got) > len(file) {
			t.Errorf("%q", got)
		}
	})
}
