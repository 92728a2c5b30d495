package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryVariableIsListed reads the program's source: a variable that is
// looked up and not listed would end the program where it is looked up.
func TestEveryVariableIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range Variables() {
		listed[v.Name] = true
	}
	lookup := regexp.MustCompile(`(?:[gG]etenv|Env\.Get|\be\.(?:Get|xdg))\("([A-Z][A-Z0-9_]*)"`)
	found := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range lookup.FindAllStringSubmatch(string(source), -1) {
			found++
			if !listed[m[1]] {
				t.Errorf("%s looks up %s, which is not in Variables", path, m[1])
			}
		}
		return err
	})
	if err != nil || found < 10 {
		t.Errorf("found %d look-ups, %v: the test reads the wrong files", found, err)
	}
}

func env(m map[string]string, home string) Env {
	return Env{Lookup: func(name string) string { return m[name] }, Home: home}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		vars         map[string]string
		home         string
		config, data string
	}{
		{nil, "/home/ann", "/home/ann/.config/jangle/config.toml", "/home/ann/.local/share/jangle"},
		{map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, "", "/c/jangle/config.toml", "/d/jangle"},
		{map[string]string{"XDG_CONFIG_HOME": "relative"}, "/h", "/h/.config/jangle/config.toml", "/h/.local/share/jangle"},
		{map[string]string{"JANGLE_HOME": "/j"}, "/h", "/j/config.toml", "/j/data"},
	} {
		got, err := env(c.vars, c.home).Paths()
		if err != nil || got.Config != c.config || got.Data != c.data {
			t.Errorf("%v: %+v, %v", c.vars, got, err)
		}
	}
	if _, err := env(nil, "").Paths(); err == nil {
		t.Error("no home directory was no error")
	}
}
