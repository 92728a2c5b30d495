package qr

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	uri   = "otpauth://totp/Acme:alice?secret=JBSWY3DPEHPK3PXP&issuer=Acme"
	other = "otpauth://hotp/Globex:bob?secret=KRSXG5CTMVRXEZLU&issuer=Globex&counter=7"
)

func mustEncode(t testing.TB, text string, l Level) *Symbol {
	t.Helper()
	s, err := Encode(text, EncodeOptions{Level: l})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// texts are what was found, in the order it was returned.
func texts(found []Found) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Text)
	}
	return out
}

// wantTexts decodes a picture file and compares.
func wantTexts(t *testing.T, data []byte, want ...string) []Found {
	t.Helper()
	found, err := Decode(context.Background(), data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(texts(found), want) {
		t.Fatalf("found %q, want %q", texts(found), want)
	}
	return found
}

// The texts a code may carry come back unchanged, of every length.
func TestDrawnCodeIsRead(t *testing.T) {
	long := "otpauth-migration://offline?data=" + strings.Repeat("CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZSABKAEwAg", 38)
	for _, text := range []string{
		"7", uri, strings.ToUpper(uri), "0123456789012345678901234567890123456789",
		"otpauth://totp/株式会社サンプル:太郎?secret=JBSWY3DPEHPK3PXP", "Zürich Größe é 🔑",
		long[:300], long[:1000], long,
	} {
		for _, level := range []Level{Low, Medium, Quartile, High} {
			s, err := Encode(text, EncodeOptions{Level: level})
			if errors.Is(err, ErrTooLong) && len(text) > 1000 {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := s.PNG(3)
			if err != nil {
				t.Fatal(err)
			}
			wantTexts(t, data, text)
		}
	}
}

func TestNotImage(t *testing.T) {
	for _, data := range []string{"", "x", "otpauth://totp/a?secret=A", "BMW is a car, not a picture", "P5 is a book", "%PDF-1.7"} {
		if _, err := Decode(context.Background(), []byte(data), Options{}); !errors.Is(err, ErrNotImage) {
			t.Errorf("%q: %v, want ErrNotImage", data, err)
		}
		if IsImage([]byte(data)) {
			t.Errorf("%q is taken for a picture", data)
		}
	}
}

func TestHEICSaysWhatToDo(t *testing.T) {
	for _, brand := range []string{"heic", "mif1", "avif"} {
		data := []byte("\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00")
		if !IsImage(data) {
			t.Errorf("%s is not taken for a picture", brand)
		}
		_, err := Decode(context.Background(), data, Options{})
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "PNG or JPEG") {
			t.Errorf("%s: %v", brand, err)
		}
	}
}

func TestNoCode(t *testing.T) {
	data := encodePNG(t, newCanvas(300, 200, white).image)
	if _, err := Decode(context.Background(), data, Options{}); !errors.Is(err, ErrNoCode) {
		t.Errorf("%v, want ErrNoCode", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	data := encodePNG(t, newCanvas(300, 200, white).image)
	if _, err := Decode(ctx, data, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func TestOutOfTime(t *testing.T) {
	data := encodePNG(t, newCanvas(300, 200, white).image)
	if _, err := Decode(context.Background(), data, Options{Budget: 1}); !errors.Is(err, ErrBudget) {
		t.Errorf("%v, want ErrBudget", err)
	}
}
