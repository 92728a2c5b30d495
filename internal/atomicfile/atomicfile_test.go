package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestReplaceAndCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := Create(path, []byte("one"), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("two"), Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over a file: %v", err)
	}
	expect(t, path, "one")
	if err := Replace(path, []byte("two"), Options{}); err != nil {
		t.Fatal(err)
	}
	expect(t, path, "two")
	alone(t, path)
}

func expect(t *testing.T, path, content string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, content)
	}
}

// alone: no temporary file is left beside path.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("left over: %s", e.Name())
		}
	}
}
