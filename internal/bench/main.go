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
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"
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

// busConfig is a session bus that starts nothing by itself: a second keyring
// would come before ours, and write into our output.
const busConfig = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`

// measureAll builds the programs, measures each part in a process of its own on a
// new session bus, and prints the table.
func measureAll(runs int) error {
	dir, err := os.MkdirTemp("", "jangle-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, []byte(busConfig), 0o600); err != nil {
		return err
	}
	over := false
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "command\tmedian\tagainst\tratio\tbar\t")
	for _, p := range parts() {
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.about)
		cmd := exec.Command("dbus-run-session", "--config-file="+config, "--", self, "-part", p.name, "-runs", strconv.Itoa(runs), dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		var rows []row
		if err == nil {
			err = json.Unmarshal(out, &rows)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.about, err)
		}
		for _, r := range rows {
			verdict, ratio, bar := "ok", "", ""
			if r.Bar > 0 {
				ratio, bar = fmt.Sprintf("%.2f", r.Ratio), fmt.Sprintf("%.2f", r.Bar)
			}
			if r.Bar > 0 && r.Ratio > r.Bar {
				verdict, over = "over", true
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Command, r.Median.Round(10*time.Microsecond), r.Against, ratio, bar, verdict)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if over {
		return errors.New("some promise is not kept here")
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
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	return fmt.Errorf("there is no part %q", name)
}
