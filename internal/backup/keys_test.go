package backup

import (
	"os"
	"os/exec"
	"testing"

	"github.com/jangle-otp/jangle/internal/crypt"
)

// testKeys is a fresh age key, which costs nothing to open with.
func testKeys(t testing.TB) (crypt.Keys, []crypt.Recipient) {
	t.Helper()
	id, _, r, err := crypt.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return crypt.Keys{Identities: []crypt.Identity{id}}, []crypt.Recipient{r}
}

// needs skips a test whose outside program is missing, but not in CI.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skipf("%s is not installed", p)
	}
}
