package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creack/pty"
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

// untilShown starts jangle on a terminal and waits until it shows a text.
func (b *bench) untilShown(text string, args ...string) (time.Duration, error) {
	cmd := exec.Command(b.jangle(), args...)
	cmd.Env = b.env()
	begin := time.Now() //permit:time.Now
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = tty.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	_ = tty.SetReadDeadline(begin.Add(10 * time.Second))
	var seen []byte
	for chunk := make([]byte, 16<<10); ; {
		n, err := tty.Read(chunk)
		seen = append(seen, chunk[:n]...)
		if bytes.Contains(seen, []byte(text)) {
			return time.Since(begin), nil
		}
		if err != nil {
			return 0, errors.New("the live view shows nothing")
		}
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
