package file

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// sweptCalls are the system calls at which a writing process is killed, one
// after the other: all that touch files.
var sweptCalls = []string{
	"openat", "read", "write", "pwrite64", "fsync", "close", "renameat", "linkat", "unlinkat",
	"flock", "fcntl", "fstat", "newfstatat", "ftruncate", "fchmod", "getdents64", "mkdirat", "epoll_ctl",
}

// TestKilledAtEverySystemCall kills a process with SIGKILL on entry to every
// file system call of a save. Whatever the moment, the vault opens afterwards
// without a warning and holds the old document or the new one; it holds the new
// one if the process said so; and the next save works and tidies up.
func TestKilledAtEverySystemCall(t *testing.T) {
	tooltest.Need(t, "strace")
	template := newTemplate(t)
	points := 0
	for _, call := range sweptCalls {
		n := 1
		for ; killAt(t, template, call, n); n++ {
		}
		points += n - 1
	}
	t.Logf("%d points", points)
	if points < 40 {
		t.Errorf("only %d points: the sweep does not reach the store", points)
	}
}

// newTemplate is a store with seven saves behind it, so that a save does all it
// ever does: keep, replace and prune.
func newTemplate(t *testing.T) string {
	dir := newKeyFileStore(t)
	s := mustOpen(t, Options{Dir: dir})
	for i := range 6 {
		mustSave(t, s, fmt.Sprint("before ", i), store.Revision(i))
	}
	mustSave(t, s, "old", 6)
	return dir
}

// straced is the command line that injects something into one system call.
func straced(call, output, inject string) []string {
	argv := []string{"strace", "-f", "-qq", "-o", output, "-e", "trace=" + call, "-e", inject}
	if strings.Contains(inject, "error=") {
		// A filter in the kernel keeps all other calls at full speed. strace
		// 6.1 delivers no signals with it.
		argv = slices.Insert(argv, 1, "--seccomp-bpf")
	}
	return argv
}

// killAt reports whether there was a call to be killed at.
func killAt(t *testing.T, template, call string, n int) bool {
	dir := copyStore(t, template)
	inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
	o := run(t, deed(t, dir, "save", "new", straced(call, "/dev/null", inject)...))
	checkAfter(t, dir, fmt.Sprintf("killed at %s %d", call, n), o)
	return o.status != 0
}

// checkAfter looks at what a save with the outcome o left behind.
func checkAfter(t *testing.T, dir, what string, o outcome) {
	t.Helper()
	s := mustOpen(t, Options{Dir: dir})
	state, err := s.Load(t.Context())
	said := strings.Contains(o.out, "saved")
	switch {
	case err != nil || len(state.Warnings) > 0:
		t.Errorf("%s: Load: %v, warnings %q", what, err, state.Warnings)
		return
	case string(state.Data) != "old" && string(state.Data) != "new":
		t.Errorf("%s: the document is %q", what, state.Data)
	case said && string(state.Data) != "new":
		t.Errorf("%s: said saved, and it was not", what)
	case o.status == 0 && !said:
		t.Errorf("%s: exit 0 and nothing said", what)
	}
	mustSave(t, s, "after", state.Revision)
	wantLoad(t, mustOpen(t, Options{Dir: dir}), "after", state.Revision+1)
	left, _ := filepath.Glob(filepath.Join(dir, ".*"))
	kept, _ := filepath.Glob(filepath.Join(dir, "vault.g*"))
	if len(left) > 0 || len(kept) != generations {
		t.Errorf("%s: left over %v, kept %v", what, left, kept)
	}
}

// copyStore copies a store's directory, modes and hard links aside.
func copyStore(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(memoryDir(t), "data")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(to, e.Name()), data, 0o600)
	}
	return to
}

// memoryDir is a directory in memory where there is one: hundreds of saves on a
// real disk take minutes when it is busy.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "jangle-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// faults are the errors that a system gives at each call.
var faults = map[string][]string{
	"openat":     {"EMFILE", "EIO", "EROFS", "ENOSPC"},
	"read":       {"EIO"},
	"write":      {"ENOSPC", "EIO"},
	"fsync":      {"EIO", "ENOSPC"},
	"close":      {"EIO"},
	"renameat":   {"ENOSPC", "EROFS"},
	"linkat":     {"ENOSPC", "EROFS"},
	"unlinkat":   {"EIO", "EROFS"},
	"flock":      {"ENOLCK"},
	"fstat":      {"EIO"},
	"newfstatat": {"EIO"},
	"ftruncate":  {"EIO"},
	"getdents64": {"EIO"},
}

// TestEveryInputOutputError lets every file system call of a save fail, once
// and from then on. A save that fails says so with the cause, and leaves the
// old document, unless it says that it does not know. One that is acknowledged
// has kept the document before it.
func TestEveryInputOutputError(t *testing.T) {
	template := newTemplate(t)
	unknown := failAll(t, template, "save", "new", func(dir, what string, o outcome) {
		checkFailure(t, dir, what, o)
		if o.status == 0 {
			previous, err := mustOpen(t, Options{Dir: dir}).Previous(t.Context())
			if err != nil || string(previous.Data) != "old" {
				t.Errorf("%s: it said saved, and the document before is %q, %v", what, previous.Data, err)
			}
		}
		checkAfter(t, dir, what, o)
	})
	// The folder's fsync after the rename, and what is read back: without them
	// there is no knowing.
	for _, call := range []string{"fsync", "openat", "read", "fstat"} {
		if !unknown[call] {
			t.Errorf("no failed %s made a save unknown", call)
		}
	}
}

// A save gives the damaged document, or the one whose generation's name is taken by
// another past, a name under which it survives; or it does not happen.
func TestEveryErrorWhileKeeping(t *testing.T) {
	taken := newTemplate(t)
	writeFile(t, filepath.Join(taken, generationName(7)), []byte("another past"), 0o600)
	failAll(t, taken, "save", "new", func(dir, what string, o outcome) {
		previous, err := mustOpen(t, Options{Dir: dir}).Previous(t.Context())
		if o.status == 0 && (err != nil || string(previous.Data) != "old") {
			t.Errorf("taken: %s: it said saved, and the document before is %q, %v", what, previous.Data, err)
		}
	})
	damaged := newTemplate(t)
	damage(t, filepath.Join(damaged, vaultName))
	spoilt, err := os.ReadFile(filepath.Join(damaged, vaultName))
	if err != nil {
		t.Fatal(err)
	}
	failAll(t, damaged, "save", "new", func(dir, what string, o outcome) {
		kept, _ := filepath.Glob(filepath.Join(dir, damagedPrefix+"*"))
		if o.status != 0 {
			return
		}
		if len(kept) != 1 {
			t.Errorf("damaged: %s: it said saved, and kept %v", what, kept)
			return
		}
		if data, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(data, spoilt) {
			t.Errorf("damaged: %s: what was kept is not the damaged file (%v)", what, err)
		}
	})
}

// failAll lets every call of a deed fail in every way, once and from then on, each
// time in a copy of the template, and lets check judge. It returns the calls whose
// failure made a deed end with store.ErrUnknown.
func failAll(t *testing.T, template, name, arg string, check func(dir, what string, o outcome)) (unknown map[string]bool) {
	tooltest.Need(t, "strace")
	unknown = map[string]bool{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for call, errnos := range faults {
		for _, errno := range errnos {
			for _, more := range []string{"", "+"} {
				wait.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					failEach(t, template, name, arg, call, errno, more, func(dir, what string, o outcome) {
						check(dir, what, o)
						mu.Lock()
						defer mu.Unlock()
						unknown[call] = unknown[call] || strings.Contains(o.err, store.ErrUnknown.Error())
					})
				})
			}
		}
	}
	wait.Wait()
	return unknown
}

// failEach lets the 1st, 2nd… call of a kind fail until there are no more.
func failEach(t *testing.T, template, name, arg, call, errno, more string, check func(dir, what string, o outcome)) {
	for n := 1; ; n++ {
		trace := filepath.Join(t.TempDir(), "trace")
		dir := copyStore(t, template)
		inject := fmt.Sprintf("inject=%s:error=%s:when=%d%s", call, errno, n, more)
		o := run(t, deed(t, dir, name, arg, straced(call, trace, inject)...))
		seen, err := os.ReadFile(trace)
		if err != nil {
			t.Error(err)
			return
		}
		if !strings.Contains(string(seen), "INJECTED") {
			return
		}
		what := fmt.Sprintf("%s: %s %s %d%s", name, call, errno, n, more)
		if strings.Contains(o.err, "netpollBreak write failed") {
			continue // the runtime's own wake-up was hit, which is no file: a busy machine needs it
		}
		if strings.Contains(o.err, "SIG") || strings.Contains(o.err, "goroutine ") {
			t.Errorf("%s: crashed: %s", what, o.err)
		}
		if !strings.Contains(o.err, "error while loading shared libraries") { // it never began
			check(dir, what, o)
		}
		if err := os.RemoveAll(filepath.Dir(dir)); err != nil {
			t.Error(err)
		}
	}
}

// checkFailure: a failed save says why, and has changed nothing unless it says
// that it does not know.
func checkFailure(t *testing.T, dir, what string, o outcome) {
	t.Helper()
	if o.status == 0 {
		return
	}
	state, err := mustOpen(t, Options{Dir: dir}).Load(t.Context())
	if err != nil {
		t.Errorf("%s: Load: %v", what, err)
		return
	}
	unknown := strings.Contains(o.err, store.ErrUnknown.Error())
	// Where writing fails for good, so does writing the message.
	lostOutput := strings.Contains(o.err, "stdout") || o.err == "" && strings.HasPrefix(what, "save: write ")
	if string(state.Data) == "new" && !unknown && !lostOutput {
		t.Errorf("%s: it was saved, but the process said %q", what, o.err)
	}
	if !strings.Contains(o.err, dir) && !lostOutput {
		t.Errorf("%s: the message names no path: %q", what, o.err)
	}
}
