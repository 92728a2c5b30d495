package qr

import (
	"errors"
	"strings"
	"testing"
)

// Capacities of ISO/IEC 18004, table 7, byte mode.
func TestVersionIsTheSmallest(t *testing.T) {
	for _, tt := range []struct {
		level          Level
		bytes, version int
	}{
		{Low, 17, 1}, {Low, 18, 2}, {Medium, 14, 1}, {Quartile, 11, 1}, {High, 7, 1},
		{Low, 106, 5}, {Low, 107, 6}, {Low, 425, 13}, {Low, 2953, 40}, {High, 1273, 40},
	} {
		text := strings.Repeat("a", tt.bytes)
		s, err := Encode(text, EncodeOptions{Level: tt.level})
		if err != nil {
			t.Errorf("%d bytes, level %d: %v", tt.bytes, tt.level, err)
			continue
		}
		if s.Version() != tt.version || len(s.Modules()) != 17+4*tt.version {
			t.Errorf("%d bytes, level %d: version %d with %d modules, want %d", tt.bytes, tt.level, s.Version(), len(s.Modules()), tt.version)
		}
	}
}

func TestTooLong(t *testing.T) {
	secret := strings.Repeat("JBSWY3DPEHPK3PXP", 300)
	for _, o := range []EncodeOptions{{}, {Version: 4}} {
		_, err := Encode(secret, o)
		if !errors.Is(err, ErrTooLong) {
			t.Errorf("%+v: %v, want ErrTooLong", o, err)
		}
		if err != nil && strings.Contains(err.Error(), "JBSW") {
			t.Errorf("the error shows the text: %v", err)
		}
	}
}

func TestForcedVersion(t *testing.T) {
	s, err := Encode(uri, EncodeOptions{Version: 9})
	if err != nil || s.Version() != 9 {
		t.Fatalf("version %d, %v; want 9", s.Version(), err)
	}
}

// Measured sizes: what fits a terminal, leaving a line for the prompt.
func TestFits(t *testing.T) {
	for _, tt := range []struct{ rows, cols, version, quiet int }{
		{24, 80, 6, 2}, {40, 120, 14, 2}, {60, 200, 24, 2}, {1000, 1000, 40, 4},
	} {
		s, err := Encode("x", EncodeOptions{Version: tt.version})
		if err != nil {
			t.Fatal(err)
		}
		quiet, ok := s.Fits(tt.rows, tt.cols)
		if !ok || quiet != tt.quiet {
			t.Errorf("%d by %d: quiet zone %d, %v; want %d", tt.rows, tt.cols, quiet, ok, tt.quiet)
		}
		if rows, cols := s.Size(quiet); rows > tt.rows-1 || cols > tt.cols {
			t.Errorf("%d by %d: version %d takes %d by %d", tt.rows, tt.cols, tt.version, rows, cols)
		}
		if _, ok := s.Fits(tt.rows, len(s.Modules())+3); ok {
			t.Errorf("version %d fits with a quiet zone under two modules", tt.version)
		}
		if tt.version == 40 {
			continue
		}
		larger, err := Encode("x", EncodeOptions{Version: tt.version + 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := larger.Fits(tt.rows, tt.cols); ok {
			t.Errorf("%d by %d: version %d fits too", tt.rows, tt.cols, tt.version+1)
		}
	}
}
