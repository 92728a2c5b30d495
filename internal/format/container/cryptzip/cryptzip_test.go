package cryptzip

import (
	stdzip "archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yeka/zip"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

func testLimits() Limits { return Limits{Members: 10, Bytes: 1 << 20, Ratio: 200, Floor: 64 << 10} }

// judge writes an archive with another program's code.
func judge(t testing.TB, how zip.EncryptionMethod, name, text string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.Encrypt(name, "test", how)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func read(data []byte, name, passphrase string, l Limits) ([]byte, error) {
	a, err := Open(data, l)
	if err != nil {
		return nil, err
	}
	return a.Read(name, []byte(passphrase))
}

func TestReadWhatYekaWrites(t *testing.T) {
	text := strings.Repeat("otpauth://totp/a?secret=AAAA\n", 50)
	for name, how := range map[string]zip.EncryptionMethod{
		"ZipCrypto": zip.StandardEncryption, "AES-128": zip.AES128Encryption,
		"AES-192": zip.AES192Encryption, "AES-256": zip.AES256Encryption,
	} {
		data := judge(t, how, "a.txt", text)
		got, err := read(data, "a.txt", "test", testLimits())
		if err != nil || string(got) != text {
			t.Errorf("%s: %.40q, %v", name, got, err)
		}
		for i := range 300 { // more than 256: one of them passes ZipCrypto's check byte
			if got, err := read(data, "a.txt", fmt.Sprint("wrong", i), testLimits()); !errors.Is(err, ErrPassword) {
				t.Fatalf("%s: a wrong passphrase gave %.40q, %v", name, got, err)
			}
		}
		a, err := Open(data, testLimits())
		if err != nil || !a.Encrypted() || a.Weak() != (how == zip.StandardEncryption) {
			t.Errorf("%s: encrypted %v, weak %v", name, a.Encrypted(), a.Weak())
		}
	}
}

func TestReadWhatInfoZIPWrites(t *testing.T) {
	cli := tooltest.Path(t, "zip")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("hello hello hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(cli, "-q", "-P", "test", "a.zip", "a.txt")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "a.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(data, "a.txt", "test", testLimits()); err != nil || string(got) != "hello hello hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func plain(t testing.TB, members ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := stdzip.NewWriter(&buf)
	for i, text := range members {
		f, err := w.Create(fmt.Sprint("m", i))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestLimits(t *testing.T) {
	noise := make([]byte, 1000) // does not compress much
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	for name, c := range map[string]struct {
		data []byte
		l    Limits
		want error
	}{
		"members L":   {plain(t, "a", "b"), Limits{2, 100, 200, 100}, nil},
		"members L+1": {plain(t, "a", "b", "c"), Limits{2, 100, 200, 100}, ErrLimit},
		"bytes L-1":   {plain(t, string(noise[:999])), Limits{2, 1000, 200, 1 << 20}, nil},
		"bytes L":     {plain(t, string(noise)), Limits{2, 1000, 200, 1 << 20}, nil},
		"bytes L+1":   {plain(t, string(noise)+"x"), Limits{2, 1000, 200, 1 << 20}, ErrLimit},
		"floor L":     {plain(t, strings.Repeat("0", 5000)), Limits{2, 1 << 20, 2, 5000}, nil},
		"floor L+1":   {plain(t, strings.Repeat("0", 5001)), Limits{2, 1 << 20, 2, 5000}, ErrLimit},
		"bomb":        {plain(t, strings.Repeat("0", 8<<20)), Limits{2, 32 << 20, 200, 1 << 20}, ErrLimit},
	} {
		if _, err := read(c.data, "m0", "", c.l); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	a, err := Open(plain(t, string(noise), string(noise)), Limits{2, 1500, 200, 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read("m0", nil); err != nil {
		t.Error(err)
	}
	if _, err := a.Read("m1", nil); !errors.Is(err, ErrLimit) {
		t.Errorf("two members of 1,000 bytes with room for 1,500: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	good := judge(t, zip.AES256Encryption, "a.txt", "hello")
	flip := func(at int) []byte { c := bytes.Clone(good); c[at] ^= 1; return c }
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":      {nil, ErrDamaged},
		"no archive": {[]byte("hello"), ErrDamaged},
		"cut off":    {good[:len(good)-30], ErrDamaged},
		"a flip":     {flip(60), ErrPassword},
	} {
		if _, err := read(c.data, "a.txt", "test", testLimits()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(good, "b.txt", "test", testLimits()); !errors.Is(err, ErrDamaged) {
		t.Errorf("no such member: %v", err)
	}
}

// FuzzRead: no panic, and never more bytes than allowed.
func FuzzRead(f *testing.F) {
	f.Add(judge(f, zip.StandardEncryption, "a", "hello"))
	f.Add(judge(f, zip.AES256Encryption, "a", "hello"))
	f.Add(plain(f, "hello", "you"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Open(data, testLimits())
		if err != nil {
			return
		}
		total := 0
		for _, name := range a.Names() {
			got, err := a.Read(name, []byte("test"))
			if err == nil {
				total += len(got)
			}
		}
		if total > testLimits().Bytes {
			t.Fatalf("%d bytes", total)
		}
	})
}
