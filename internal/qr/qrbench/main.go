// Command qrbench measures the QR reader on a folder of pictures.
//
//	go run ./internal/qr/qrbench [-set NAME] [-missed] [-zbar=false] DIR
//	go run ./internal/qr/qrbench PICTURE
//
// DIR holds manifest.jsonl, one line a picture: {"set": …, "file": path under
// DIR, "expect": [texts]}. For each set it prints how many pictures were read
// by this project and by zbarimg in the same run, wrong texts, and times.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/qr"
)

// entry is one line of the manifest. Without texts any code counts as right.
type entry struct {
	Set    string   `json:"set"`
	File   string   `json:"file"`
	Expect []string `json:"expect"`
	Any    bool     `json:"any"` // the truth is unknown: any code will do
}

type options struct {
	set          string
	missed, zbar bool
}

func main() {
	var o options
	flag.StringVar(&o.set, "set", "", "only sets whose name contains this")
	flag.BoolVar(&o.missed, "missed", false, "name the pictures that were not read, and the slow ones")
	flag.BoolVar(&o.zbar, "zbar", true, "run zbarimg beside it")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: qrbench [flags] DIR")
		os.Exit(2)
	}
	measure := run
	if info, err := os.Stat(flag.Arg(0)); err == nil && !info.IsDir() {
		measure = single
	}
	if err := measure(flag.Arg(0), o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "qrbench:", err)
		os.Exit(1)
	}
}

// single reads one picture, for timing the whole process.
func single(path string, _ options, w io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	found, err := qr.Decode(context.Background(), data, qr.Options{})
	for _, f := range found {
		fmt.Fprintf(w, "%v %q\n", f.Bounds, f.Text)
	}
	return err
}

func run(dir string, o options, w io.Writer) error {
	entries, err := readManifest(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		return err
	}
	t := newTable()
	for _, e := range entries {
		if !strings.Contains(e.Set, o.set) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.File))
		if err != nil {
			return err
		}
		ours := timed(func() []string { return decode(data) })
		t.add(e, ours, 0)
		if s := e.judge(ours.texts); o.missed && (!s.read || s.wrong > 0 || s.right < len(e.Expect)) {
			fmt.Fprintf(w, "missed %s (%d of %d right, %d wrong, %v)\n", e.File, s.right, len(e.Expect), s.wrong, ours.took.Round(time.Millisecond))
		}
		if o.zbar {
			t.add(e, timed(func() []string { return zbar(filepath.Join(dir, e.File)) }), 1)
		}
	}
	return t.print(w)
}

func readManifest(path string) ([]entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []entry
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, e)
	}
	return out, lines.Err()
}

// outcome is what one reader made of one picture.
type outcome struct {
	texts []string
	took  time.Duration
}

func timed(f func() []string) outcome {
	start := time.Now()
	texts := f()
	return outcome{texts, time.Since(start)}
}

func decode(data []byte) []string {
	found, err := qr.Decode(context.Background(), data, qr.Options{})
	if err != nil {
		return nil
	}
	var texts []string
	for _, f := range found {
		texts = append(texts, f.Text)
	}
	return texts
}

// zbar reads with zbarimg, a process for each picture. A code's text may hold
// newlines, so what one printed line means is known only for one code.
func zbar(path string) []string {
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) || len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// score compares the texts of a picture with what is in it.
type score struct {
	read         bool
	right, wrong int
}

func (e entry) judge(texts []string) (s score) {
	for _, t := range texts {
		switch {
		case e.Any:
			s.right++
		case slices.ContainsFunc(e.Expect, func(x string) bool { return same(x, t) }):
			s.right++
		default:
			s.wrong++
		}
	}
	s.read = s.right > 0
	return s
}

// same ignores how lines end.
func same(a, b string) bool {
	norm := func(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }
	return norm(a) == norm(b)
}
