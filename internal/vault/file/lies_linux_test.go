package file

import (
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
