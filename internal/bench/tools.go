package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

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
