package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// TestLyingSystem: rename says that it is done and does nothing. "Saved" rests
// on reading back, not on what the system says.
func TestLyingSystem(t *testing.T) {
	tooltest.Need(t, "strace")
	dir := copyStore(t, newTemplate(t))
	o := run(t, deed(t, dir, "save", "new", straced("renameat,renameat2", "/dev/null", "inject=renameat,renameat2:retval=0")...))
	if o.status != 1 || strings.Contains(o.out, "saved") || !strings.Contains(o.err, store.ErrUnknown.Error()) {
		t.Errorf("%+v", o)
	}
	checkAfter(t, dir, "lying rename", o)
}

// A rename of a change of passphrase, or a removal of an erasure, that is said to be
// done and is not: neither deed is acknowledged, and the vault opens.
func TestLyingSystemInOtherDeeds(t *testing.T) {
	tooltest.Need(t, "strace")
	change, erase := newChangeTemplate(t), newTemplate(t)
	for _, lie := range []struct{ deed, call, template string }{
		{"change", "renameat", change},
		{"erase", "unlinkat", erase},
	} {
		n := 1
		for ; ; n++ {
			dir, trace := copyStore(t, lie.template), filepath.Join(t.TempDir(), "trace")
			what := fmt.Sprintf("%s, lying %s %d", lie.deed, lie.call, n)
			o := run(t, deed(t, dir, lie.deed, "", straced(lie.call, trace, fmt.Sprintf("inject=%s:retval=0:when=%d", lie.call, n))...))
			if seen, err := os.ReadFile(trace); err != nil || !strings.Contains(string(seen), "INJECTED") {
				break
			}
			if o.status != 1 || o.out != "" {
				t.Errorf("%s: %+v", what, o)
			}
			if lie.deed == "change" {
				checkChange(t, dir, what)
			}
		}
		if n < 5 {
			t.Errorf("%s: only %d calls", lie.deed, n-1)
		}
	}
}
