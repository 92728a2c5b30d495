package file

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// TestFileSizeLimit: a limit that cuts writes short cuts no vault.
func TestFileSizeLimit(t *testing.T) {
	tooltest.Need(t, "prlimit")
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

// TestFullAndReadOnlyDisk: on a file system of 64 KiB that is full, and on one
// that is read-only, a save fails with the cause, and loading still works.
func TestFullAndReadOnlyDisk(t *testing.T) {
	tooltest.Need(t, "unshare")
	if out, err := exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt").CombinedOutput(); err != nil {
		tooltest.Missing(t, "mounting is not allowed here: "+string(out))
	}
	const script = `
		do_() { JANGLE_TEST_DEED=$1 JANGLE_TEST_ARG=$2 "$SELF"; echo "$1: $?"; }
		mount -t tmpfs -o size=64k,mode=700 none "$JANGLE_TEST_DIR" || exit 99
		do_ create key; do_ save old
		cat /dev/zero > "$JANGLE_TEST_DIR/fill" 2>/dev/null
		do_ save new; do_ load
		rm "$JANGLE_TEST_DIR/fill"; ls -A "$JANGLE_TEST_DIR"
		mount -o remount,ro none "$JANGLE_TEST_DIR" || exit 99
		do_ save new; do_ load`
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "-m", "sh", "-c", script)
	cmd.Env = append(os.Environ(), "SELF="+self, "JANGLE_TEST_DIR="+dir)
	o := run(t, cmd)
	const want = "created\ncreate: 0\nsaved\nsave: 0\nsave: 1\nold\nload: 0\nvault.age\nvault.key\nvault.lock\nsave: 1\nold\nload: 0\n"
	if o.out != want {
		t.Errorf("%q, %s", o.out, o.err)
	}
	for _, cause := range []string{"no space left on device", "read-only file system"} {
		if !strings.Contains(o.err, cause) {
			t.Errorf("no %q in %s", cause, o.err)
		}
	}
}
