package file

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// TestFileSizeLimit: a limit that cuts writes short cuts no vault.
func TestFileSizeLimit(t *testing.T) {
	needTool(t, "prlimit")
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	mustSave(t, s, "old", 0)
	big := make([]byte, 50_000)
	for i := range big {
		big[i] = byte('!' + i*i%89*i%90)
	}
	o := run(t, deed(t, dir, "save", string(big), "prlimit", "--fsize=1000"))
	if o.status <= 0 || !strings.Contains(o.err, "file too large") || !strings.Contains(o.err, store.ErrNotSaved.Error()) {
		t.Errorf("status %d, %q", o.status, o.err)
	}
	wantLoad(t, s, "old", 1)
}

// TestLockHolderKilled: the lock of a killed process is free at once; while it
// lives, others wait and then name it.
func TestLockHolderKilled(t *testing.T) {
	dir := newKeyFileStore(t)
	holder := deed(t, dir, "hold", "")
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, Options{Dir: dir, LockWait: 1})
	_, err = s.Save(t.Context(), []byte("x"), 0)
	if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), fmt.Sprint(holder.Process.Pid)) {
		t.Errorf("beside a holder: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	mustSave(t, s, "x", 0)
}
