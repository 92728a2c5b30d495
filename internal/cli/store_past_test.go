package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"

	"os/exec"
)

// TestRemovedSecretGoes: the secret of an account that was removed is in the file
// store's files for as long as the documentation says, and no longer.
func TestRemovedSecretGoes(t *testing.T) {
	age := tooltest.Path(t, "age")
	gunzip := tooltest.Path(t, "gunzip")
	p := newProgram(t)
	p.must(t, "otpauth://totp/One:o?secret=JBSWY3DPEHPK3PXP\notpauth://totp/Two:t?secret="+rfcSecret+"\n", "import", "--no-passphrase", "-")
	p.must(t, "", "remove", "one", "--yes")
	isThere := func() bool {
		names, err := filepath.Glob(filepath.Join(p.home, "data", "vault*.age"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no vault: %v", err)
		}
		return slices.ContainsFunc(names, func(name string) bool {
			out, err := exec.Command("sh", "-c", `"$1" -d -i "$2" "$3" | "$4"`, "sh", age,
				filepath.Join(filepath.Dir(name), "vault.key"), name, gunzip).Output()
			if err != nil || !strings.Contains(string(out), rfcSecret) {
				t.Fatalf("%s: %q, %v", name, out, err)
			}
			return strings.Contains(string(out), "JBSWY3DPEHPK3PXP")
		})
	}
	for change := 1; change <= 2*store.Past; change++ {
		if !isThere() {
			t.Fatalf("it was gone before change %d", change)
		}
		p.must(t, "", "edit", "two", "--note", strings.Repeat("x", change))
	}
	if isThere() {
		t.Errorf("it is still there after %d changes", 2*store.Past)
	}
	docs, err := os.ReadFile("../../docs/vault-format.md")
	if err != nil || store.Past != 5 || !strings.Contains(strings.Join(strings.Fields(string(docs)), " "), "the tenth out of the file store's files") {
		t.Errorf("the documentation says another number (%v)", err)
	}
}
