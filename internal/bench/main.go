// Command bench measures what jangle promises about speed, and prints one
// table: go run ./internal/bench
//
// Each promise is a ratio to a program that does the same or less, measured in
// one run of hyperfine with it, so that the table means the same on a fast and on
// a busy machine. The keyring is a private one: for each part the program starts
// itself again on a D-Bus session of its own, in a new home directory, with a
// gnome-keyring that ends with it. Nothing of the user is read or written.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	runs := flag.Int("runs", 200, "how often each command is run")
	part := flag.String("part", "", "the part to measure, on a session bus that was made for it (internal)")
	flag.Parse()
	measure := func() error { return measureAll(*runs) }
	if *part != "" {
		measure = func() error { return measurePart(*part, flag.Arg(0), *runs) }
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// errOver says that a promise is not kept; the table shows which.
var errOver = errors.New("some promise is not kept here")

// measureAll builds the programs, measures each part and prints the table.
func measureAll(runs int) error {
	if err := needTools(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jangle-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		return err
	}
	var all []row
	for _, p := range parts() {
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.about)
		rows, err := onOwnBus(dir, p.name, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", p.about, err)
		}
		all = append(all, rows...)
	}
	if print(os.Stdout, all) {
		return errOver
	}
	return nil
}

// measurePart runs in the process that has the bus, and hands its rows to the
// process above it.
func measurePart(name, dir string, runs int) error {
	for _, p := range parts() {
		if p.name != name {
			continue
		}
		b := &bench{dir: dir, home: filepath.Join(dir, "home-"+name), runs: runs}
		if err := os.Mkdir(b.home, 0o700); err != nil {
			return err
		}
		rows, err := p.measure(b)
		if err != nil {
			return err
		}
		return writeRows(os.Stdout, rows)
	}
	return fmt.Errorf("there is no part %q", name)
}
