package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	c, err := Load(file(t, "store = \"file\"\nunlock_for = \"1h\"\n[[askpass]]\nprompt = \"Verification\"\naccount = \"work\"\n"))
	if err != nil || c.Store != "file" || c.UnlockFor.Or(0) != time.Hour || len(c.Askpass) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := Load(filepath.Join(t.TempDir(), "none")); err != nil || c.Store != "" || c.UnlockFor.Or(time.Minute) != time.Minute {
		t.Errorf("no file: %+v, %v", c, err)
	}
}

// TestLoadRefuses: what is not understood is an error that names it, because a
// setting that is ignored in silence may be the one that mattered.
func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"stor = \"file\"":            `"stor" is not known`,
		"store = \"cloud\"":          `"cloud" is not keyring or file`,
		"unlock_for = \"soon\"":      "not a time span",
		"unlock_for = \"-1s\"":       "not a time span",
		"store = \n":                 "line 1",
		"store = 5":                  "line 1: the value is of the wrong kind",
		"[[askpass]]\nprompt = \"\"": "both prompt and account",
		"[[askpass]]\nprogram = \"ssh\"\nhost = \"b\"\nprompt = \"x\"\naccount = \"y\"":                     "needs user and host",
		"[[askpass]]\nprogram = \"bash\"\nprompt = \"x\"\naccount = \"y\"":                                  "ssh, sudo and git",
		"[[askpass]]\nprogram = \"sudo\"\nuser = \"ann\"\nprompt = \"x\"\naccount = \"y\"":                  "is not for ssh",
		"[[askpass]]\nprogram = \"sudo\"\nprompt = \"x\\ny\"\naccount = \"y\"":                              "a line break",
		"[[askpass]]\nprogram = \"ssh\"\nuser = \"a\"\nhost = \"b\"\nprompt = \"(a@b) x\"\naccount = \"y\"": "leave the (user@host) out",
	} {
		_, err := Load(file(t, text))
		var ce *Error
		if !errors.As(err, &ce) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a folder was read as a configuration")
	}
	if _, err := Load(file(t, strings.Repeat("#", MaxFileBytes+1))); err == nil {
		t.Error("a huge configuration was read")
	}
}

// TestSetKeepsTheRest: a command changes one line; comments and order stay.
func TestSetKeepsTheRest(t *testing.T) {
	const before = "# mine\nunlock_for = \"1h\" # long\n\n[[askpass]]\nprompt = \"store = x\"\naccount = \"work\"\n"
	path := file(t, before)
	if err := Set(path, "store", `"file"`); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "store = \"file\"\n"+before {
		t.Errorf("after adding:\n%s", got)
	}
	if err := Set(path, "store", `"keyring"`); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "store = \"keyring\"\n"+before {
		t.Errorf("after changing:\n%s", got)
	}
	if err := Set(path, "store", ""); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != before {
		t.Errorf("after removing:\n%s", got)
	}
	for _, bad := range [][2]string{{"nosuch", "1"}, {"store", `"cloud"`}, {"unlock_for", `"soon"`}} {
		if err := Set(path, bad[0], bad[1]); err == nil {
			t.Errorf("%v was set", bad)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != before {
		t.Errorf("after refusals:\n%s", got)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("store = \"file\"\n")
	f.Add("[[askpass]]\nprompt = \"a\"\naccount = \"b\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := file(t, text)
		c, err := Load(path)
		if err != nil {
			return
		}
		if Set(path, "store", `"file"`) != nil {
			t.Skip() // the line cannot stand before what is there
		}
		again, err := Load(path)
		if err != nil || again.Store != "file" || len(again.Askpass) != len(c.Askpass) {
			t.Errorf("after setting the store of %q: %+v, %v", text, again, err)
		}
	})
}
