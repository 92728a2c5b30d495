package crypt

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

const message = "otpauth://totp/ACME:bob?secret=GEZDGNBV\n"

// TestStockAgeOpensPassphrase: the program age reads the passphrase from its
// terminal, which script gives it.
func TestStockAgeOpensPassphrase(t *testing.T) {
	tooltest.Need(t, "age")
	tooltest.Need(t, "script")
	for _, form := range []Form{Binary, Armor} {
		data, err := EncryptPassphrase(t.Context(), []byte(message), []byte("Grüße aus Köln"), PassphraseOptions{Form: form, WorkFactor: 10})
		if err != nil {
			t.Fatal(err)
		}
		file := tempFile(t, "x.age", data)
		cmd := exec.Command("script", "-qec", "age -d '"+file+"'", "/dev/null")
		cmd.Stdin = strings.NewReader("Grüße aus Köln\n")
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), strings.TrimSpace(message)) {
			t.Errorf("form %d: %q, %v", form, out, err)
		}
	}
}

// TestStockAgeOpensKeys: files for age's own keys and for SSH keys, both ways.
func TestStockAgeOpensKeys(t *testing.T) {
	tooltest.Need(t, "age")
	tooltest.Need(t, "ssh-keygen")
	age := mustKey(t)
	ed, rsa := sshKey(t, "ed25519", ""), sshKey(t, "rsa", "")
	for name, c := range map[string]struct{ recipient, identity string }{
		"age":     {age.recipient.String(), tempFile(t, "key", age.text)},
		"ed25519": {readText(t, ed+".pub"), ed},
		"rsa":     {readText(t, rsa+".pub"), rsa},
	} {
		r, err := ParseRecipient(c.recipient, PluginUI{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data, err := EncryptTo(t.Context(), []byte(message), []Recipient{r}, Armor)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, err := exec.Command("age", "-d", "-i", c.identity, tempFile(t, "x.age", data)).Output()
		if err != nil || string(out) != message {
			t.Errorf("%s: age opens our file: %q, %v", name, out, err)
		}
		cmd := exec.Command("age", "-r", strings.TrimSpace(c.recipient))
		cmd.Stdin = strings.NewReader(message)
		theirs, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		ids, err := ParseIdentities([]byte(readText(t, c.identity)), IdentityOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if out, err := Decrypt(t.Context(), theirs, Keys{Identities: ids}); err != nil || string(out) != message {
			t.Errorf("%s: we open age's file: %q, %v", name, out, err)
		}
		if ids[0].Kind() != r.Kind() {
			t.Errorf("%s: identity %q, recipient %q", name, ids[0].Kind(), r.Kind())
		}
	}
}

// TestProtectedSSHKey: a key with a passphrase, in the present and in the old
// form of key files.
func TestProtectedSSHKey(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	for name, more := range map[string][]string{"ed25519": nil, "rsa": {"-m", "PEM"}} {
		path := sshKey(t, name, "open sesame", more...)
		public := []byte(readText(t, path+".pub"))
		r, err := ParseRecipient(string(public), PluginUI{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := EncryptTo(t.Context(), []byte(message), []Recipient{r}, Binary)
		if err != nil {
			t.Fatal(err)
		}
		for phrase, want := range map[string]error{"open sesame": nil, "wrong": ErrKeyPassphrase, "": ErrKeyPassphrase} {
			o := IdentityOptions{PublicKey: public}
			if phrase != "" {
				o.Passphrase = func() ([]byte, error) { return []byte(phrase), nil }
			}
			ids, err := ParseIdentities([]byte(readText(t, path)), o)
			if err != nil {
				t.Fatal(err)
			}
			out, err := Decrypt(t.Context(), data, Keys{Identities: ids})
			if !errors.Is(err, want) || want == nil && string(out) != message {
				t.Errorf("%s, %q: %q, %v", name, phrase, out, err)
			}
		}
	}
	old := sshKey(t, "rsa", "open sesame", "-m", "PEM")
	if _, err := ParseIdentities([]byte(readText(t, old)), IdentityOptions{}); !errors.Is(err, ErrNeedsPublicKey) {
		t.Errorf("an old key without its .pub: %v", err)
	}
}

// TestUnsupportedSSHKey: age has no way to use ECDSA keys.
func TestUnsupportedSSHKey(t *testing.T) {
	tooltest.Need(t, "ssh-keygen")
	for _, phrase := range []string{"", "open sesame"} {
		path := sshKey(t, "ecdsa", phrase)
		_, err := ParseIdentities([]byte(readText(t, path)), IdentityOptions{})
		if err == nil || !strings.Contains(err.Error(), "cannot use this type") {
			t.Errorf("identity: %v", err)
		}
		if _, err := ParseRecipient(readText(t, path+".pub"), PluginUI{}); err == nil {
			t.Error("an ECDSA recipient was taken")
		}
	}
}

// TestOldAgeAndHybrid: what an age without post-quantum keys says, which the
// documentation warns of.
func TestOldAgeAndHybrid(t *testing.T) {
	tooltest.Need(t, "age")
	id, text, r := hybridKey(t)
	data, err := EncryptTo(t.Context(), []byte(message), []Recipient{r}, Armor)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := Decrypt(t.Context(), data, Keys{Identities: []Identity{id}}); err != nil || string(out) != message {
		t.Errorf("we open it: %q, %v", out, err)
	}
	out, err := exec.Command("age", "-d", "-i", tempFile(t, "key", text), tempFile(t, "x.age", data)).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "unknown identity type") {
		t.Errorf("age: %s", out)
	}
	if _, err := EncryptTo(t.Context(), nil, []Recipient{r, mustKey(t).recipient}, Binary); err == nil {
		t.Error("a post-quantum recipient was mixed with another kind")
	}
}

// sshKey makes a key pair and returns the path of the private key.
func sshKey(t *testing.T, kind, passphrase string, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "id")
	args := append([]string{"-q", "-t", kind, "-N", passphrase, "-f", path, "-a", "1"}, more...)
	if kind == "rsa" {
		args = append(args, "-b", "2048")
	}
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return path
}

func tempFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
