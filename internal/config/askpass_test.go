package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAskpassAsks(t *testing.T) {
	ssh := AskpassRule{"ssh", "ann", "bastion", "Verification code", "work"}
	for _, tt := range []struct {
		rule, asked AskpassRule
		want        bool
	}{
		{ssh, AskpassRule{"ssh", "ann", "bastion", "Verification code: ", ""}, true},
		{ssh, AskpassRule{"ssh", "ann", "BASTION", "Verification code", ""}, true},
		{ssh, AskpassRule{"ssh", "bob", "bastion", "Verification code: ", ""}, false},
		{ssh, AskpassRule{"ssh", "ann", "bastion.evil", "Verification code: ", ""}, false},
		{ssh, AskpassRule{"sudo", "", "", "Verification code: ", ""}, false},
		{ssh, AskpassRule{"ssh", "ann", "bastion", "verification code: ", ""}, false},
		{ssh, AskpassRule{"ssh", "ann", "bastion", "Verification code: x", ""}, false},
		{ssh, AskpassRule{"ssh", "ann", "bastion", "\nVerification code: ", ""}, false},
		{ssh, AskpassRule{"ssh", "ann", "bastion", "Verification code: \n", ""}, false},
		{AskpassRule{Prompt: "Verification code"}, AskpassRule{Program: "sudo", Prompt: "Verification code: "}, false}, // older form
	} {
		if got := tt.asked.Asks(tt.rule); got != tt.want {
			t.Errorf("rule %q and question %q: %v, want %v", tt.rule, tt.asked, got, tt.want)
		}
	}
}

// TestAskpassKeepsTheFile: adding and removing a rule leaves every other byte
// alone; where that cannot be done, nothing is done.
func TestAskpassKeepsTheFile(t *testing.T) {
	rule := AskpassRule{"ssh", "ann", "bastion", `a "b" [c]`, "x"}
	for name, before := range map[string]string{
		"nothing":          "",
		"settings":         "# mine\nunlock_for = \"1h\" # long\n",
		"no newline":       "unlock_for = \"1h\"",
		"another rule":     "[[askpass]]\n# for work\nprompt = \"w\" # short\naccount = \"work\"\n",
		"Windows newlines": "# mine\r\nunlock_for = \"1h\"\r\n\r\n[[askpass]]\r\nprompt = \"w\"\r\naccount = \"work\"\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			write(t, path, before)
			if err := AddAskpass(path, rule); err != nil {
				t.Fatal(err)
			}
			c, err := Load(path)
			if err != nil || c.Askpass[len(c.Askpass)-1] != rule {
				t.Fatalf("the rules are %q, %v", c.Askpass, err)
			}
			if err := AddAskpass(path, rule); err == nil {
				t.Error("the same rule was added twice")
			}
			if err := RemoveAskpass(path, rule); err != nil {
				t.Fatal(err)
			}
			if got := trimmed(t, path); got != trim(before) {
				t.Errorf("after adding and removing:\n%q, want\n%q", got, before)
			}
			if err := RemoveAskpass(path, rule); !errors.Is(err, ErrNoRule) {
				t.Errorf("removing it again: %v", err)
			}
		})
	}
}

// TestAskpassRefusesWhatItCannotCut: rules may be written in one line, and the
// end of a text of several lines may look like a table.
func TestAskpassRefusesWhatItCannotCut(t *testing.T) {
	for name, text := range map[string]string{
		"inline":        "askpass = [{prompt = \"w\", account = \"work\"}]\n",
		"several lines": "[[askpass]]\nprompt = \"w\"\naccount = \"\"\"\n[[askpass]]\nwork\"\"\"\n",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		write(t, path, text)
		if err := RemoveAskpass(path, AskpassRule{Prompt: "w"}); err == nil {
			if c, err := Load(path); err != nil || len(c.Askpass) != 0 {
				t.Errorf("%s: removed, and the file is damaged: %v", name, err)
			}
			continue
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%s: refused, and the file was changed", name)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func trimmed(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return trim(string(data))
}

// trim passes over the empty lines before a rule, which stay behind.
func trim(s string) string {
	for len(s) > 0 && s[len(s)-1] == '\n' {
		s = s[:len(s)-1]
	}
	return s
}
