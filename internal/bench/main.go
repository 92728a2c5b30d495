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
	"strings"
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

// bare is the least that a program with cobra can be.
const bare = `package main

import "github.com/spf13/cobra"

func main() {
	root := &cobra.Command{Use: "bare", Version: "1", Run: func(*cobra.Command, []string) {}}
	_ = root.Execute()
}
`

// build says which programs are missing, and where Debian has them, and builds
// jangle and the bare program as a release is built. The bare one has a place in
// the module, and so the same cobra, but only for this build.
func build(dir string) error {
	var missing []string
	for _, t := range [][2]string{
		{"go", "golang"}, {"hyperfine", "hyperfine"}, {"dbus-run-session", "dbus"},
		{"gnome-keyring-daemon", "gnome-keyring"}, {"secret-tool", "libsecret-tools"}, {"oathtool", "oathtool"},
	} {
		if _, err := exec.LookPath(t[0]); err != nil {
			missing = append(missing, fmt.Sprintf("%s (package %s)", t[0], t[1]))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("not found: %s", strings.Join(missing, ", "))
	}
	out, err := exec.Command("go", "env", "GOMOD").Output()
	module := strings.TrimSpace(string(out))
	if err != nil || !strings.HasSuffix(module, "go.mod") {
		return errors.New("run it inside jangle's module: go run ./internal/bench")
	}
	root := filepath.Dir(module)
	source, overlay := filepath.Join(dir, "bare.go"), filepath.Join(dir, "overlay.json")
	place := filepath.Join(root, "internal", "bench", "bare", "main.go")
	if err := os.WriteFile(source, []byte(bare), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace": {%q: %q}}`, place, source), 0o600); err != nil {
		return err
	}
	for name, pkg := range map[string]string{"jangle": "./cmd/jangle", "bare": "./internal/bench/bare"} {
		linked := filepath.Join(dir, name+".linked")
		cmd := exec.Command("go", "build", "-overlay", overlay, "-trimpath", "-ldflags", "-s -w", "-o", linked, pkg)
		cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s does not build: %w", pkg, err)
		}
		// Copy the program, as everything does that installs one. What the linker
		// has just written is in the system's memory page by page, and starts a
		// fifth slower, by chance more or less (measured on Linux 6, ext4).
		program, err := os.ReadFile(linked)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), program, 0o700); err != nil {
			return err
		}
	}
	return nil
}
