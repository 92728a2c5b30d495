package input

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/failure"
	"github.com/jangle-otp/jangle/internal/format"
)

const link = "otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA&issuer=Shop"

func testSystem() System {
	return System{
		In: strings.NewReader(""), Err: io.Discard, Getenv: func(string) string { return "" },
		Now: func() time.Time { return time.Unix(1795341600, 0) }, Tell: func(string, ...any) {},
		Progress: func(string) func() { return func() {} }, Tries: 1,
		Passphrase: func(context.Context, string) ([]byte, error) { return nil, format.ErrPassphraseNeeded },
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// One source that cannot be read does not stop the others, and is reported.
func TestOneFailureStopsNothing(t *testing.T) {
	good := write(t, t.TempDir(), "links.txt", link)
	b, err := Read(t.Context(), Sources{Paths: []string{"/nowhere/at/all", good}}, testSystem())
	if err != nil || len(b.Candidates) != 1 || len(b.Failures) != 1 || len(b.Leftovers) != 1 || b.Leftovers[0] != good {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := Read(t.Context(), Sources{Paths: []string{"/nowhere/at/all"}}, testSystem()); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("alone: %v", err)
	}
}

func TestOwnFolderIsNoSource(t *testing.T) {
	sys := testSystem()
	sys.OwnFolder = t.TempDir()
	for _, path := range []string{sys.OwnFolder, write(t, sys.OwnFolder, "vault.age", "x")} {
		if _, err := Read(t.Context(), Sources{Paths: []string{path}}, sys); err == nil || !strings.Contains(err.Error(), "jangle's own store") {
			t.Errorf("%s: %v", path, err)
		}
	}
	beside := write(t, filepath.Dir(sys.OwnFolder), filepath.Base(sys.OwnFolder)+"x", link)
	if _, err := Read(t.Context(), Sources{Paths: []string{beside}}, sys); err != nil {
		t.Errorf("%s: %v", beside, err)
	}
}

// A wrong passphrase is asked for again as often as Tries says, and no more.
func TestTries(t *testing.T) {
	sealed := write(t, t.TempDir(), "a.age", "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
	for _, tries := range []int{1, 3} {
		sys, asked := testSystem(), 0
		sys.Tries = tries
		sys.Passphrase = func(context.Context, string) ([]byte, error) { asked++; return []byte("wrong"), nil }
		_, err := Read(t.Context(), Sources{Paths: []string{sealed}}, sys)
		if !errors.Is(err, format.ErrWrongPassphrase) || asked != tries {
			t.Errorf("%d tries: asked %d times, %v", tries, asked, err)
		}
	}
}

func TestSecretOnTheCommandLine(t *testing.T) {
	for _, arg := range []string{link, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq"} {
		_, err := Read(t.Context(), Sources{Paths: []string{arg}}, testSystem())
		var f *failure.Failure
		if !errors.As(err, &f) || f.Code != failure.Usage || strings.Contains(err.Error(), arg) {
			t.Errorf("%q: %v", arg, err)
		}
	}
	for _, arg := range []string{"amazon.png", "screenshotofthecode", "exports", "a-long-file-name-of-words", "Amazon Web Services 2", "20261122-100000.png"} {
		if LooksLikeSecret(arg) {
			t.Errorf("%q is taken for a secret", arg)
		}
	}
}

// What waits for ever ends with the context.
func TestInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	blocked, writer := io.Pipe()
	defer writer.Close()
	go cancel()
	if _, err := ReadFile(ctx, blocked, "-", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if got, err := ReadFile(t.Context(), strings.NewReader("0123456789"), "-", 4); err != nil || string(got) != "01234" {
		t.Errorf("%q, %v: want one byte over the limit", got, err)
	}
}
