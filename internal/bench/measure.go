package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// bench is one part's surroundings.
type bench struct {
	dir, home string
	runs      int
}

// row is one line of the table. Without a bar it only had to succeed.
type row struct {
	Command, Against string
	Median           time.Duration
	Ratio, Bar       float64
}

// pair is what a command is compared with, and the ratio that is promised.
type pair struct {
	command, against string
	bar              float64
	other            []string
}

func (b *bench) jangle() string { return filepath.Join(b.dir, "jangle") }

// env is an environment in which nothing is the user's.
func (b *bench) env() []string {
	keep := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "XDG_") || strings.HasPrefix(v, "JANGLE_") || strings.HasPrefix(v, "HOME=")
	})
	return append(keep, "HOME="+b.home, "XDG_RUNTIME_DIR="+b.home, "TERM=xterm-256color")
}

// run runs a command to its end and returns its standard output; an error has
// what it said.
func (b *bench) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = b.env()
	out, err := cmd.Output()
	if failed, ok := err.(*exec.ExitError); ok {
		err = fmt.Errorf("%s: %w: %s", filepath.Base(name), err, bytes.TrimSpace(failed.Stderr))
	}
	return string(out), err
}

// compare runs two commands in turns of hyperfine and compares the medians.
func (b *bench) compare(command []string, p pair) ([]row, error) {
	results := filepath.Join(b.home, "hyperfine.json")
	if _, err := b.run("hyperfine", "-N", "--warmup", "20", "--runs", strconv.Itoa(b.runs), "--export-json", results,
		strings.Join(p.other, " "), strings.Join(command, " ")); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(results)
	if err != nil {
		return nil, err
	}
	var h struct{ Results []struct{ Median float64 } }
	if err := json.Unmarshal(data, &h); err != nil || len(h.Results) != 2 {
		return nil, fmt.Errorf("hyperfine's results cannot be read: %w", err)
	}
	theirs, ours := h.Results[0].Median, h.Results[1].Median
	return []row{{Command: p.command, Against: p.against, Bar: p.bar,
		Median: time.Duration(ours * float64(time.Second)), Ratio: ours / theirs}}, nil
}

// startKeyring starts gnome-keyring on the bus of this part, unlocked, and puts
// one small item into it. The first store succeeds when the keyring is there.
func (b *bench) startKeyring() (stop func(), err error) {
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	daemon.Env, daemon.Stdin = b.env(), strings.NewReader("not a secret")
	if err := daemon.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	}
	for range 100 {
		store := exec.Command("secret-tool", "store", "--label", "bench", "bench", "small")
		store.Env, store.Stdin = b.env(), strings.NewReader("small")
		if err = store.Run(); err == nil {
			return stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, fmt.Errorf("gnome-keyring does not answer: %w", err)
}

// print writes the table and reports whether a bar was missed.
func print(w io.Writer, rows []row) (over bool) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "command\tmedian\tagainst\tratio\tbar\t")
	for _, r := range rows {
		verdict := "ok"
		if r.Bar > 0 && r.Ratio > r.Bar {
			verdict, over = "over", true
		}
		ratio, bar := "", ""
		if r.Bar > 0 {
			ratio, bar = fmt.Sprintf("%.2f", r.Ratio), fmt.Sprintf("%.2f", r.Bar)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Command, r.Median.Round(10*time.Microsecond), r.Against, ratio, bar, verdict)
	}
	_ = t.Flush()
	return over
}
