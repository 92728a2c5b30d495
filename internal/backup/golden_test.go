package backup

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jangle-otp/jangle/internal/crypt"
)

// TestGolden: the backup of every released form opens for ever. v1 was written
// by the first version; the key to it protects nothing.
func TestGolden(t *testing.T) {
	sealed, err := os.ReadFile("testdata/v1.jangle-backup.age")
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/v1.key")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := crypt.ParseIdentities(key, crypt.IdentityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := crypt.Decrypt(context.Background(), sealed, crypt.Keys{Identities: ids})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(testBackup(fewAccounts()), b, byContent); d != "" {
		t.Error(d)
	}
	if !bytes.Equal(text, mustMarshal(t, b)) {
		t.Error("this version writes another form: it needs a golden file of its own, and perhaps a higher version")
	}
}
