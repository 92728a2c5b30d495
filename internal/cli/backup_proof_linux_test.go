package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault"
	"github.com/jangle-otp/jangle/internal/vault/file"
)

// unproven are the accounts that the vault knows in no verified backup, and the
// name of the backup that it knows.
func (h safetyHome) unproven(t *testing.T) string {
	t.Helper()
	s, err := file.Open(file.Options{Dir: h.path(".local/share/jangle")})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := vault.New(s).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, a := range doc.Unproven() {
		labels = append(labels, a.Label())
	}
	proof, _ := doc.BackupProof()
	return strings.Join(labels, ", ") + "/" + proof.Where
}

// TestProofIsNoted: the vault knows what is in a verified backup, and only that.
// The steps build on one another.
func TestProofIsNoted(t *testing.T) {
	t.Parallel()
	h := newSafetyHome(t)
	for _, step := range []struct{ name, script, want string }{
		{"a proven backup", "true", "/codes.age"},
		{"an account is added", "echo otpauth://totp/New?secret=MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK | jangle import -", "New/codes.age"},
		{"a code is used up", "jangle code bank", "New/codes.age"},
		{"one that was not proven", "jangle backup -R recipient unproven.age", "New/codes.age"},
		{"one on standard output", "jangle backup -R recipient -i key - > stdout.age", "New/codes.age"},
		{"the unproven one is verified", "jangle backup verify -i key unproven.age", "/unproven.age"},
		{"an older one, which covers less, is verified", "jangle backup verify -i key codes.age; test $? = 6", "/unproven.age"},
		{"an account is edited", "jangle edit github --issuer Hub", "Hub (ann)/unproven.age"},
		{"that is taken back", "jangle undo", "/unproven.age"},
		{"a failed backup", "jangle backup -R recipient -i key nosuch/x.age; test $? = 1", "/unproven.age"},
		{"a proven one in its place", "jangle backup -R recipient -i key --force codes.age", "/codes.age"},
	} {
		if r := h.run("sh", "-c", step.script); r.status != 0 {
			t.Fatalf("%s: status %d: %s", step.name, r.status, r.err)
		}
		if got := h.unproven(t); got != step.want {
			t.Errorf("%s: unproven/known: %s, want %s", step.name, got, step.want)
		}
	}
}
