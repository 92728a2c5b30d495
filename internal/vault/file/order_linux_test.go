package file

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
)

// TestOrderOfCalls holds the order fast that a power cut needs: lock, private
// temporary file, flush it, keep the old one, rename, flush the directory.
func TestOrderOfCalls(t *testing.T) {
	tooltest.Need(t, "strace")
	dir := copyStore(t, newTemplate(t))
	trace := filepath.Join(t.TempDir(), "trace")
	argv := []string{"strace", "-f", "-y", "-qq", "-o", trace, "-e", "trace=flock,openat,fsync,linkat,renameat,renameat2"}
	if o := run(t, deed(t, dir, "save", "new", argv...)); o.status != 0 {
		t.Fatalf("%+v", o)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	const temp = `\.vault\.age\.[0-9a-f]{16}\.tmp`
	want := []string{
		`flock\([0-9]+<[^>]*/vault\.lock>, LOCK_EX\|LOCK_NB\) += 0`,
		`openat\([^"]*"` + temp + `", O_WRONLY\|O_CREAT\|O_EXCL\|[^,]*O_NOFOLLOW[^,]*, 0600\)`,
		`fsync\([0-9]+<[^>]*/` + temp + `>\) += 0`,
		`linkat\(.*"vault\.age", .*"vault\.g7\.age", 0\) += 0`,
		`renameat2?\(.*"` + temp + `", .*"vault\.age".*\) += 0`,
		`fsync\([0-9]+<` + regexp.QuoteMeta(dir) + `>\) += 0`,
	}
	rest := string(text)
	for _, w := range want {
		at := regexp.MustCompile(w).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("no %s in\n%s", w, strings.TrimSpace(rest))
		}
		rest = rest[at[1]:]
	}
}
