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
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
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
	flag.BoolVar(&o.zbar, "zbar", true, "run zbarimg too")
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

// run reads all pictures of a folder and prints the table of its sets.
func run(dir string, o options, w io.Writer) error {
	f, err := os.Open(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows := map[string]*[2]row{} // of a set: ours first, then zbarimg's
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		if !strings.Contains(e.Set, o.set) {
			continue
		}
		path := filepath.Join(dir, e.File)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		readers := []func() []string{
			func() (texts []string) {
				found, _ := qr.Decode(context.Background(), data, qr.Options{})
				for _, f := range found {
					texts = append(texts, f.Text)
				}
				return texts
			},
			func() []string { return zbar(path) },
		}
		if !o.zbar {
			readers = readers[:1]
		}
		for reader, texts := range readers {
			start := time.Now()
			right, wrong := e.judge(texts())
			took := time.Since(start)
			for _, set := range []string{e.Set, "all"} {
				if rows[set] == nil {
					rows[set] = new([2]row)
				}
				r := &rows[set][reader]
				r.pictures++
				r.labelled += len(e.Expect)
				r.codes += right
				r.read += min(1, right)
				r.wrong += min(1, wrong)
				r.times = append(r.times, took)
			}
			if o.missed && reader == 0 && (right == 0 || wrong > 0 || right < len(e.Expect)) {
				fmt.Fprintf(w, "missed %s (%d of %d right, %d wrong, %v)\n", e.File, right, len(e.Expect), wrong, took.Round(time.Millisecond))
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "set\tpictures\tread\t%\tcodes\tof\twrong\tmedian ms\tmax ms\tzbarimg read\t%\twrong\tmedian ms\tmax ms\t")
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		ours, zbar := rows[name][0], rows[name][1]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.1f\t%d\t%d\t%d\t%s\t%s\t", name, ours.pictures, ours.read, ours.percent(),
			ours.codes, ours.labelled, ours.wrong, ours.at(0.5), ours.at(1))
		if zbar.pictures > 0 {
			fmt.Fprintf(tw, "%d\t%.1f\t%d\t%s\t%s\t", zbar.read, zbar.percent(), zbar.wrong, zbar.at(0.5), zbar.at(1))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
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

// judge compares the texts of a picture with what is in it; how lines end does
// not matter.
func (e entry) judge(texts []string) (right, wrong int) {
	norm := func(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }
	for _, t := range texts {
		if e.Any || slices.ContainsFunc(e.Expect, func(x string) bool { return norm(x) == norm(t) }) {
			right++
		} else {
			wrong++
		}
	}
	return right, wrong
}

// row is one set's figures for one reader.
type row struct {
	pictures, read, labelled, codes, wrong int
	times                                  []time.Duration
}

func (r row) percent() float64 { return 100 * float64(r.read) / float64(max(1, r.pictures)) }

// at is the time that a share of the pictures stays within, in milliseconds.
func (r row) at(share float64) string {
	if len(r.times) == 0 {
		return "-"
	}
	slices.Sort(r.times)
	i := min(len(r.times)-1, int(share*float64(len(r.times))))
	return fmt.Sprintf("%.0f", r.times[i].Seconds()*1000)
}
