package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jangle-otp/jangle/"

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestOneOwnerPerLibrary: each outside library is imported by one package (with
// what lies below it), so that it can be replaced in one place.
func TestOneOwnerPerLibrary(t *testing.T) {
	owners := map[string]string{
		"github.com/spf13/":             "internal/cli",
		"github.com/zalando/go-keyring": "internal/vault/keyring",
		"filippo.io/age":                "internal/crypt",
		"golang.org/x/crypto/ssh":       "internal/crypt",
		"github.com/pquerna/otp":        "internal/otp",
		"github.com/makiuchi-d/gozxing": "internal/qr",
		"github.com/skip2/go-qrcode":    "internal/qr",
		"golang.org/x/term":             "internal/term",
		"github.com/jezek/xgb":          "internal/screen",
		"github.com/clipperhouse/":      "internal/term",
		"github.com/gofrs/flock":        "internal/vault/lock",
		"github.com/pelletier/go-toml":  "internal/config",
		"github.com/tobischo/":          "internal/format",
		"github.com/yeka/zip":           "internal/format",
		"github.com/creack/pty":         "internal/answer",
		"github.com/go-json-experiment": "internal/strictjson",
		"google.golang.org/protobuf":    "internal/otpauth",
		"golang.org/x/net":              "internal/format",
		"github.com/goccy/":             "internal/format",
	}
	for _, p := range goList(t, "../../...") {
		for _, i := range p.Imports {
			for lib, owner := range owners {
				if strings.HasPrefix(i, lib) && !within(p.ImportPath, owner) && !besideTheProgram(p.ImportPath) {
					t.Errorf("%s imports %s, which belongs to %s", p.ImportPath, i, owner)
				}
			}
		}
	}
}

// besideTheProgram: what measures or tests the program is not linked into it.
func besideTheProgram(path string) bool {
	for _, dir := range []string{"internal/bench", "internal/term/termtest", "internal/clipboard/desktoptest", "internal/tooltest", "internal/qr/qrbench", "internal/mutate"} {
		if within(path, dir) {
			return true
		}
	}
	return false
}

func within(path, owner string) bool {
	path = strings.TrimPrefix(path, module)
	return path == owner || strings.HasPrefix(path, owner+"/")
}

// TestArrowsPointDown: a package imports packages of lower layers only.
func TestArrowsPointDown(t *testing.T) {
	pure := []string{"internal/account", "internal/otp", "internal/otpauth", "internal/format"}
	for _, p := range goList(t, "../../...") {
		for _, i := range p.Imports {
			switch {
			case within(i, "internal/cli") && p.ImportPath != module+"cmd/jangle" && !within(p.ImportPath, "internal/cli"):
				t.Errorf("%s imports the commands", p.ImportPath)
			case slices.Contains(pure, strings.TrimPrefix(p.ImportPath, module)) && (i == "os" || i == "os/exec" || i == "net"):
				t.Errorf("%s imports %s: it does no I/O", p.ImportPath, i)
			case (within(p.ImportPath, "internal/account") && i != module+"internal/strictjson" || within(p.ImportPath, "internal/strictjson")) &&
				strings.HasPrefix(i, module):
				t.Errorf("%s imports %s: it is of the lowest layer", p.ImportPath, i)
			case i == "encoding/json" && (within(p.ImportPath, "internal/vault") || within(p.ImportPath, "internal/backup") ||
				slices.Contains(pure, strings.TrimPrefix(p.ImportPath, module))):
				t.Errorf("%s imports %s: JSON from outside is read by internal/strictjson", p.ImportPath, i)
			case strings.HasPrefix(i, module+"internal/vault") && !mayUseVault(p.ImportPath):
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}

func mayUseVault(path string) bool {
	for _, owner := range []string{"internal/vault", "internal/cli", "internal/backup", "internal/doctor", "internal/input", "internal/bench"} {
		if within(path, owner) {
			return true
		}
	}
	return false
}

// TestOneWayToRunPrograms: internal/run bounds what a program may do. Its package
// comment says why these do not use it; keyring only reads the library's error.
func TestOneWayToRunPrograms(t *testing.T) {
	for _, p := range goList(t, "../../...") {
		if !slices.Contains(p.Imports, "os/exec") || besideTheProgram(p.ImportPath) {
			continue
		}
		if !slices.ContainsFunc([]string{"internal/run", "internal/answer", "internal/vault/keyring"}, func(o string) bool { return within(p.ImportPath, o) }) {
			t.Errorf("%s imports os/exec, which is for internal/run", p.ImportPath)
		}
	}
}

// TestNoNetwork: nothing that could talk to a network server is linked.
func TestNoNetwork(t *testing.T) {
	for _, p := range goList(t, "-deps", ".") {
		switch p.ImportPath {
		case "net/http", "net/rpc", "net/smtp", "crypto/tls", "plugin":
			t.Errorf("the program links %s", p.ImportPath)
		}
	}
}

// TestNotLinked: zxcvbn builds its dictionaries before main, 28 to 40 ms of every
// start, so it is the judge of internal/crypt in the tests only. gozxing's own
// search cannot be interrupted: two kilobytes keep it busy for half a minute.
func TestNotLinked(t *testing.T) {
	for _, p := range goList(t, "-deps", ".") {
		for _, library := range []string{
			"github.com/ccojocar/zxcvbn-go",
			"github.com/makiuchi-d/gozxing/multi", "github.com/makiuchi-d/gozxing/qrcode/detector",
		} {
			if p.ImportPath == library || strings.HasPrefix(p.ImportPath, library+"/") {
				t.Errorf("the program links %s", p.ImportPath)
			}
		}
	}
}

// TestModuleBudget: a new dependency is a decision, so the number is written
// down.
func TestModuleBudget(t *testing.T) {
	const budget = 45
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]bool{}
	for _, m := range strings.Fields(string(out)) {
		modules[m] = true
	}
	if len(modules)-1 > budget {
		t.Errorf("the program links %d modules, more than %d", len(modules)-1, budget)
	}
}
