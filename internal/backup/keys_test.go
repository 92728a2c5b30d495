package backup

import (
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
