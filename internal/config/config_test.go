package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	c, err := Load(write(t, "# mine\nstore = 'file' # here\nunlock_for = \"15m\"\nstore_passphrase_command = [\"pass\", \"show\"]\n[[askpass]]\nprompt = \"code\"\naccount = \"work\"\n"))
	if err != nil || c.Store != "file" || c.UnlockFor.Or(0) != 15*time.Minute || len(c.StorePassphraseCommand) != 2 || c.Askpass[0].Account != "work" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = Load(filepath.Join(t.TempDir(), "none")); err != nil || c.Store != "" {
		t.Errorf("a file that is not there: %+v, %v", c, err)
	}
}

// What the file says and jangle does not understand is an error that names it,
// never passed over.
func TestLoadRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"stor = 1":                               `"stor" is not known`,
		"[[askpass]]\nprompt='a'\nfoo=1":         `"askpass.foo" is not known`,
		"[[askpass]]\nprompt='a'":                "needs both prompt and account",
		"store = 3":                              "line 1: ",
		"\n\nstore = \"x":                        "line 3: ",
		"store = \"nowhere\"":                    "not keyring or file",
		"unlock_for = \"-3s\"":                   "not a time span",
		"unlock_for = 900":                       "not a time span",
		"store='file'\nstore='file'":             "already defined",
		strings.Repeat("#", MaxFileBytes) + "\n": "at most",
	} {
		if _, err := Load(write(t, content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", content, err, want)
		}
	}
}

func TestSetKeepsEveryOtherByte(t *testing.T) {
	path := write(t, "# mine\nstore   = \"keyring\"  # old\n\n[[askpass]]\nprompt = \"a\"\naccount = \"b\"")
	for _, err := range []error{
		Set(path, "store", `"file"`),
		AddAskpass(path, AskpassRule{"He said \"x\"'s é\\", "c"}),
		RemoveAskpass(path, "a"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, _ := os.ReadFile(path)
	if want := "# mine\nstore = \"file\"\n\n\n[[askpass]]\nprompt = \"He said \\\"x\\\"'s é\\\\\"\naccount = 'c'\n"; string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if err := Set(path, "store", `"nowhere"`); err == nil {
		t.Error("a wrong value was set")
	}
}
