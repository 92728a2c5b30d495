package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

func encoded(t testing.TB, data string, rev Revision) []byte {
	t.Helper()
	out, err := Encode([]byte(data), rev)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEnvelopeRoundTrip(t *testing.T) {
	for _, data := range []string{"", "x", `{"a":1}`, strings.Repeat("long ", 100_000)} {
		for _, rev := range []Revision{0, 1, 1<<64 - 1} {
			got, r, err := Decode(encoded(t, data, rev))
			if err != nil || string(got) != data || r != rev {
				t.Errorf("%d bytes, revision %d came back as %d, %d, %v", len(data), rev, len(got), r, err)
			}
		}
	}
}

// Whatever happens to one byte, the document that comes out is the one that
// went in, or it is damaged.
func TestEnvelopeDetectsEveryByte(t *testing.T) {
	const data = `{"format":"jangle-vault","accounts":["something"]}`
	good := encoded(t, data, 7)
	for i := range good {
		for _, flip := range []byte{1, 0x20, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			got, _, err := Decode(bad)
			if err == nil && string(got) != data {
				t.Fatalf("byte %d ^ %#x gave another document", i, flip)
			}
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Fatalf("byte %d ^ %#x: %v", i, flip, err)
			}
		}
	}
}

func TestEnvelopeDetectsCuttingAndAdding(t *testing.T) {
	good := encoded(t, "document", 7)
	for i := range good {
		if _, _, err := Decode(good[:i]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("the first %d bytes of %d: %v", i, len(good), err)
		}
	}
	for _, more := range []string{"\x00", "\n", string(good)} {
		if _, _, err := Decode(append(bytes.Clone(good), more...)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes behind the end: %v", len(more), err)
		}
	}
}

func zipped(t *testing.T, comment, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Comment = comment
	io.WriteString(w, data)
	w.Close()
	return b.Bytes()
}

func TestEnvelopeHeaders(t *testing.T) {
	sum := strings.Repeat("0", 64)
	for comment, want := range map[string]error{
		"":                          ErrDamaged,
		"jangle 1 5":                ErrDamaged,
		"jangle 1 5 " + sum:         ErrDamaged, // the checksum of something else
		"jangle 1 5 " + sum[2:]:     ErrDamaged,
		"jangle 1 5 zz" + sum[2:]:   ErrDamaged,
		"jangle 1 -5 " + sum:        ErrDamaged,
		"jangle 2 5 " + sum:         ErrNewer,
		"something else " + sum[:9]: ErrDamaged,
	} {
		if _, _, err := Decode(zipped(t, comment, "data")); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", comment, err, want)
		}
	}
}

func TestEnvelopeLimit(t *testing.T) {
	if _, err := Encode(make([]byte, MaxDocument+1), 1); !errors.Is(err, ErrNotSaved) {
		t.Errorf("Encode above the limit: %v", err)
	}
	most, err := Encode(make([]byte, MaxDocument), 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := Decode(most); err != nil || len(got) != MaxDocument {
		t.Errorf("at the limit: %d bytes, %v", len(got), err)
	}
	bomb := zipped(t, "jangle 1 1 "+strings.Repeat("0", 64), string(make([]byte, MaxDocument+10)))
	if _, _, err := Decode(bomb); !errors.Is(err, ErrDamaged) {
		t.Errorf("above the limit: %v", err)
	}
}

func TestStockGunzip(t *testing.T) {
	gunzip := tooltest.Path(t, "gunzip")
	cmd := exec.CommandContext(t.Context(), gunzip)
	cmd.Stdin = bytes.NewReader(encoded(t, `{"a":1}`, 3))
	if out, err := cmd.Output(); err != nil || string(out) != `{"a":1}` {
		t.Errorf("gunzip says %q, %v", out, err)
	}
}

// FuzzDecode: no input crashes, and what is accepted is what Encode would have
// taken.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, "document", 7))
	f.Add([]byte("\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xffjangle 1 1 00\x00"))
	f.Fuzz(func(t *testing.T, envelope []byte) {
		data, rev, err := Decode(envelope)
		if err != nil {
			return
		}
		again, err := Encode(data, rev)
		if err != nil {
			t.Fatal(err)
		}
		if got, r, err := Decode(again); err != nil || !bytes.Equal(got, data) || r != rev {
			t.Fatalf("revision %d became %d, %v", rev, r, err)
		}
	})
}

// What the end of an envelope says of its length makes room only for what so many
// bytes can hold.
func TestAnnouncedLengthIsBounded(t *testing.T) {
	honest := encoded(t, `{"a":1}`, 3)
	if n := announced(honest); n != len(`{"a":1}`) {
		t.Errorf("an honest one: %d", n)
	}
	lie := append(bytes.Clone(honest[:len(honest)-4]), 0xff, 0xff, 0xff, 0xff)
	if n := announced(lie); n != 1032*len(lie) {
		t.Errorf("a lie: room for %d", n)
	}
	if _, _, err := Decode(lie); !errors.Is(err, ErrDamaged) {
		t.Errorf("a lie: %v, want ErrDamaged", err)
	}
	if n := announced([]byte("abc")); n != 0 {
		t.Errorf("three bytes: %d", n)
	}
}
