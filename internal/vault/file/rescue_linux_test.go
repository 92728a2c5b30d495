package file

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// The rescue of docs/vault-format.md: stock age and gunzip open the vault, with
// the key file as it is, and with the wrapped key after the passphrase.
func TestRescueWithStockTools(t *testing.T) {
	for _, tool := range []string{"age", "gunzip", "script"} {
		tooltest.Need(t, tool)
	}
	const document = `{"format":"jangle-vault"}`
	dir := newKeyFileStore(t)
	mustSave(t, mustOpen(t, Options{Dir: dir}), document, 0)
	out, err := inDir(dir, "sh", "-c", "age -d -i vault.key vault.age | gunzip").Output()
	if err != nil || string(out) != document {
		t.Errorf("with the key file: %q, %v", out, err)
	}

	dir, a := newPassphraseStore(t, Options{})
	mustSave(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask}), document, 1)
	// age reads the passphrase from its terminal, which script gives it.
	cmd := inDir(dir, "script", "-qec", "age -d -i vault.identity.age vault.age | gunzip", "/dev/null")
	cmd.Stdin = strings.NewReader("first\n")
	out, err = cmd.Output()
	if err != nil || !bytes.Contains(out, []byte(document)) {
		t.Errorf("with the passphrase: %q, %v", out, err)
	}
}

func inDir(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	return cmd
}
