package qr

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// floors are the shares of pictures, in hundredths, that must be read of each
// kind of the generated set: what the best other reader measured on it reads.
// All together at least 96 of 100 must be read.
var floors = map[string]int{
	"all": 96, "gen-clean": 100, "gen-colour": 94, "gen-dense": 100, "gen-dots": 75, "gen-format": 86,
	"gen-inverted": 100, "gen-jpeg": 98, "gen-logo": 95, "gen-lowcontrast": 79, "gen-multi": 100,
	"gen-page": 100, "gen-page-dark-card": 100, "gen-page-dark-inv": 100, "gen-persp": 93,
	"gen-photo": 100, "gen-quiet": 83, "gen-rotate": 100, "gen-scale": 84,
}

// A folder of pictures with a manifest.jsonl can be named in
// JANGLE_QR_PICTURES: each line has the set, the file, and the texts in it.
func TestManifest(t *testing.T) {
	dir := os.Getenv("JANGLE_QR_PICTURES")
	if dir == "" {
		t.Skip("JANGLE_QR_PICTURES names no folder of pictures")
	}
	f, err := os.Open(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	total, read := map[string]int{}, map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Set, File string
			Expect    []string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		got := textsOf(t, filepath.Join(dir, e.File))
		for _, set := range []string{e.Set, "all"} {
			total[set]++
			if slices.ContainsFunc(got, func(s string) bool { return slices.Contains(e.Expect, s) }) {
				read[set]++
			}
		}
		for _, s := range got {
			if !slices.Contains(e.Expect, s) {
				t.Errorf("%s: wrong text %q", e.File, s)
			}
		}
	}

	for set, n := range total {
		t.Logf("%s: %d of %d", set, read[set], n)
		if 100*read[set] < floors[set]*n {
			t.Errorf("%s: %d of %d read, want %d %%", set, read[set], n, floors[set])
		}
	}
}

func textsOf(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Decode(context.Background(), data, Options{})
	if err != nil {
		return nil
	}
	return texts(found)
}
