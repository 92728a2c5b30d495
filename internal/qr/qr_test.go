package qr

import (
	"context"
	"errors"
	"strings"
	"testing"
)

const uri = "otpauth://totp/Acme:alice?secret=JBSWY3DPEHPK3PXP&issuer=Acme"

func mustEncode(t testing.TB, text string) *Symbol {
	t.Helper()
	s, err := Encode(text, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDrawnCodeIsRead(t *testing.T) {
	for _, text := range []string{uri, strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz", 10), "株式会社サンプル:太郎"} {
		data, err := mustEncode(t, text).PNG(4)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Decode(context.Background(), data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0].Text != text {
			t.Fatalf("found %v, want %q", found, text)
		}
	}
}

func TestNotImage(t *testing.T) {
	for _, data := range []string{"", "x", "otpauth://totp/a?secret=A", "BMW is a car, not a picture"} {
		if _, err := Decode(context.Background(), []byte(data), Options{}); !errors.Is(err, ErrNotImage) {
			t.Errorf("%q: %v, want ErrNotImage", data, err)
		}
	}
}
