package file

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/tooltest"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// killEach kills a deed at each call that changes something, until there are no
// more, each time in a directory that prepare made, and lets check judge.
func killEach(t *testing.T, name, arg string, prepare func() string, check func(dir, what string, o outcome)) {
	tooltest.Need(t, "strace")
	points := 0
	for _, call := range []string{"openat", "write", "fsync", "close", "renameat", "linkat", "unlinkat", "mkdirat", "fchmod", "flock", "ftruncate"} {
		for n := 1; ; n++ {
			dir := prepare()
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
			o := run(t, deed(t, dir, name, arg, straced(call, "/dev/null", inject)...))
			check(dir, fmt.Sprintf("%s killed at %s %d", name, call, n), o)
			if o.status == 0 {
				break
			}
			points++
		}
	}
	t.Logf("%d points", points)
	if points < 10 {
		t.Errorf("only %d points", points)
	}
}

// A killed Create leaves nothing that is taken for a store, or a whole one.
func TestKilledCreate(t *testing.T) {
	for mode := range modes {
		killEach(t, "create", mode,
			func() string { return filepath.Join(memoryDir(t), "data") },
			func(dir, what string, o outcome) {
				if o.out != "" && !Exists(dir) {
					t.Errorf("%s: said created, and it was not", what)
				}
				a := &asker{answers: map[Purpose]string{Unlock: "second", Choose: "second"}}
				opts := Options{Dir: dir, Passphrase: a.ask, WorkFactor: quick}
				if !Exists(dir) {
					if _, err := Create(t.Context(), opts, modes[mode]); err != nil {
						t.Errorf("%s: Create again: %v", what, err)
					}
				}
				s := mustOpen(t, opts)
				mustSave(t, s, "one", 0)
				wantLoad(t, s, "one", 1)
			})
	}
}

// newChangeTemplate is a store with the passphrase "first" and a full past.
func newChangeTemplate(t *testing.T) string {
	dir, a := newPassphraseStore(t, Options{})
	s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask})
	for i := range 6 {
		mustSave(t, s, fmt.Sprint("save ", i+2), store.Revision(i+1))
	}
	return dir
}

// checkChange: the store opens with the old passphrase or the new one, never both
// and never none, and has its document and the one before. It returns which.
func checkChange(t *testing.T, dir, what string) (passphrase string) {
	t.Helper()
	opens := map[string]bool{}
	for _, p := range []string{"first", "second"} {
		a := &asker{answers: map[Purpose]string{Unlock: p}}
		s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask})
		now, err := s.Load(t.Context())
		if errors.Is(err, store.ErrPassphrase) {
			continue
		}
		opens[p], passphrase = true, p
		before, errBefore := s.Previous(t.Context())
		if err != nil || errBefore != nil || string(now.Data) != "save 7" || string(before.Data) != "save 6" || len(now.Warnings) > 0 {
			t.Errorf("%s: with %s: %q %q and before it %q: %v, %v", what, p, now.Data, now.Warnings, before.Data, err, errBefore)
		}
	}
	if opens["first"] == opens["second"] {
		t.Errorf("%s: opens with %v", what, opens)
	}
	return passphrase
}

// A killed change of passphrase leaves the old one valid or the new one, and the
// next save leaves nothing of it.
func TestKilledChange(t *testing.T) {
	template := newChangeTemplate(t)
	killEach(t, "change", "",
		func() string { return copyStore(t, template) },
		func(dir, what string, o outcome) {
			passphrase := checkChange(t, dir, what)
			if o.out != "" && passphrase != "second" {
				t.Errorf("%s: opens with %s, said %q", what, passphrase, o.out)
			}
			a := &asker{answers: map[Purpose]string{Unlock: passphrase}}
			mustSave(t, mustOpen(t, Options{Dir: dir, Passphrase: a.ask}), "after", 7)
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("%s: left over %v", what, left)
			}
		})
}

// Whatever fails while the passphrase is changed, one of the two opens everything,
// and "changed" is said only of a change after which the old key opens nothing.
func TestFailedChange(t *testing.T) {
	template := newChangeTemplate(t)
	failAll(t, template, "change", "", func(dir, what string, o outcome) {
		passphrase := checkChange(t, dir, what)
		if strings.Contains(o.err, "the passphrase is the old one") && passphrase != "first" {
			t.Errorf("%s: it opens with %s, and the process said %q", what, passphrase, o.err)
		}
		if o.status != 0 {
			return
		}
		if passphrase != "second" {
			t.Errorf("%s: said %q, and it opens with %s", what, o.out, passphrase)
		}
		wantNothingFor(t, dir, template, what)
	})
}

// wantNothingFor opens what is in dir with the key that another directory has.
func wantNothingFor(t *testing.T, dir, keyDir, what string) {
	t.Helper()
	wrapped, err := os.ReadFile(filepath.Join(keyDir, identityName))
	if err != nil {
		t.Fatal(err)
	}
	mixed := copyStore(t, dir)
	writeFile(t, filepath.Join(mixed, identityName), wrapped, 0o600)
	a := &asker{answers: map[Purpose]string{Unlock: "first"}}
	s := mustOpen(t, Options{Dir: mixed, Passphrase: a.ask})
	if state, err := s.Load(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%s: the old key opens %q, %v", what, state.Data, err)
	}
}

// A process that is stopped at each step of a change lets another one save before
// it, or keeps it out; what was acknowledged is there afterwards.
func TestSaveDuringChange(t *testing.T) {
	tooltest.Need(t, "strace")
	template := newChangeTemplate(t)
	saved, busy := 0, 0
	for _, call := range []string{"openat", "fsync", "renameat", "flock"} {
		for n := 1; ; n++ {
			dir := copyStore(t, template)
			what := fmt.Sprintf("stopped at %s %d", call, n)
			trace := filepath.Join(filepath.Dir(dir), "trace")
			inject := fmt.Sprintf("inject=%s:signal=STOP:when=%d", call, n)
			stopped, done := startAndStop(t, deed(t, dir, "change", "", straced(call, trace, inject)...), trace)
			document := "save 7"
			if stopped != 0 {
				a := &asker{answers: map[Purpose]string{Unlock: "first"}}
				s := mustOpen(t, Options{Dir: dir, Passphrase: a.ask, LockWait: time.Millisecond})
				switch _, err := s.Save(t.Context(), []byte("other"), 7); {
				case err == nil:
					saved, document = saved+1, "other"
				case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrPassphrase):
					busy++
				default:
					t.Errorf("%s: Save: %v", what, err)
				}
			}
			if o := done(); o.status != 0 {
				t.Errorf("%s: %+v", what, o)
			}
			a := &asker{answers: map[Purpose]string{Unlock: "second"}}
			state, err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask}).Load(t.Context())
			if err != nil || string(state.Data) != document || len(state.Warnings) > 0 {
				t.Errorf("%s: %q, %q, %v; want %q", what, state.Data, state.Warnings, err, document)
			}
			if stopped == 0 {
				break
			}
		}
	}
	t.Logf("saved before it %d times, kept out %d times", saved, busy)
	if saved == 0 || busy == 0 {
		t.Error("the sweep does not reach the lock")
	}
}

// startAndStop starts a deed behind strace and waits until the trace says that it is
// stopped, or until it has ended: then pid is 0. done lets it go on, again and
// again since strace counts calls for each thread, and waits for its end.
func startAndStop(t *testing.T, cmd *exec.Cmd, trace string) (pid int, done func() outcome) {
	t.Helper()
	ended := make(chan outcome, 1)
	go func() { ended <- run(t, cmd) }()
	for {
		select {
		case o := <-ended:
			return 0, func() outcome { return o }
		case <-time.After(time.Millisecond):
		}
		seen, _ := os.ReadFile(trace)
		if before, _, stopped := strings.Cut(string(seen), " --- stopped by SIGSTOP ---"); stopped {
			lines := strings.Split(before, "\n")
			pid, _ = strconv.Atoi(strings.TrimSpace(lines[len(lines)-1])) // short numbers are padded
			return pid, func() outcome {
				for {
					_ = syscall.Kill(pid, syscall.SIGCONT)
					select {
					case o := <-ended:
						return o
					case <-time.After(time.Millisecond):
					}
				}
			}
		}
	}
}

// A killed Erase leaves the newest document or none, never an older one.
func TestKilledErase(t *testing.T) {
	template := newTemplate(t)
	killEach(t, "erase", "",
		func() string { return copyStore(t, template) },
		func(dir, what string, o outcome) {
			s := mustOpen(t, Options{Dir: dir})
			state, err := s.Load(t.Context())
			switch {
			case errors.Is(err, store.ErrAbsent):
			case err != nil || string(state.Data) != "old" || len(state.Warnings) > 0:
				t.Errorf("%s: %q, %v", what, state.Data, err)
			case o.out != "":
				t.Errorf("%s: said erased, and it was not", what)
			}
			if err := s.Erase(t.Context()); err != nil {
				t.Errorf("%s: Erase again: %v", what, err)
			}
			if left, _ := os.ReadDir(dir); len(left) != 3 { // the key, the lock, and that it is empty
				t.Errorf("%s: left %v", what, left)
			}
		})
}

// Whatever fails in an Erase, "erased" is said only of what is gone, and an error
// names the place.
func TestFailedErase(t *testing.T) {
	failAll(t, newTemplate(t), "erase", "", func(dir, what string, o outcome) {
		s := mustOpen(t, Options{Dir: dir})
		state, err := s.Load(t.Context())
		left, _ := filepath.Glob(filepath.Join(dir, "vault*.age"))
		switch {
		case err == nil && (string(state.Data) != "old" || len(state.Warnings) > 0):
			t.Errorf("%s: an older document came back: %q, %q", what, state.Data, state.Warnings)
		case o.status == 0 && strings.Contains(what, " fsync "):
			t.Errorf("%s: said %q, and the folder was not synced", what, o.out)
		case o.status == 0 && (!errors.Is(err, store.ErrAbsent) || len(left) > 0):
			t.Errorf("%s: said %q, and %v is there (%v)", what, o.out, left, err)
		case o.status != 0 && o.err != "" && !strings.Contains(o.err, dir) && !strings.Contains(o.err, "std"):
			t.Errorf("%s: the message names no path: %q", what, o.err)
		case err != nil && !errors.Is(err, store.ErrAbsent):
			t.Errorf("%s: Load: %v", what, err)
		}
	})
}
