package file

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestPowerCut: what was called saved survives the loss of everything that the
// kernel had not written yet. The store lies on an ext4 of its own, without the
// heuristics that forgive missing flushes; right after each "saved" the image is
// copied as the disk would be found after a power cut, and mounted.
func TestPowerCut(t *testing.T) {
	for _, tool := range []string{"unshare", "mkfs.ext4"} {
		tooltest.Need(t, tool)
	}
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", image, "8M").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if out, err := exec.Command("unshare", "-m", "mount", "-o", "loop", image, "/mnt").CombinedOutput(); err != nil {
		tooltest.Missing(t, "loop devices are not allowed here: "+string(out))
	}
	const script = `
		cd "$WORK"; mkdir live after
		mount -o loop,noauto_da_alloc,commit=300 image live || exit 99
		export JANGLE_TEST_DIR="$WORK/live/data"
		JANGLE_TEST_DEED=create JANGLE_TEST_ARG=key "$SELF" >/dev/null || exit 98
		for i in 1 2 3 4 5 6 7 8 9 10; do
			JANGLE_TEST_DEED=save JANGLE_TEST_ARG=$i "$SELF" >/dev/null || exit 97
			cp image copy
			mount -o loop copy after || exit 96
			JANGLE_TEST_DIR="$WORK/after/data" JANGLE_TEST_DEED=load "$SELF"
			umount after
		done
		umount live`
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "-m", "sh", "-c", script)
	cmd.Env = append(os.Environ(), "SELF="+self, "WORK="+dir)
	o := run(t, cmd)
	if got := strings.Join(strings.Fields(o.out), " "); got != "1 2 3 4 5 6 7 8 9 10" || o.status != 0 {
		t.Errorf("status %d, after the cuts: %q, %s", o.status, got, o.err)
	}
}
