package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

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

// A killed change of passphrase leaves the old one valid or the new one.
func TestKilledChange(t *testing.T) {
	template, _ := newPassphraseStore(t, Options{})
	killEach(t, "change", "",
		func() string { return copyStore(t, template) },
		func(dir, what string, o outcome) {
			opens := map[string]bool{}
			for _, p := range []string{"first", "second"} {
				a := &asker{answers: map[Purpose]string{Unlock: p}}
				_, err := mustOpen(t, Options{Dir: dir, Passphrase: a.ask}).Load(t.Context())
				if err != nil && !errors.Is(err, store.ErrPassphrase) {
					t.Errorf("%s: %v", what, err)
				}
				opens[p] = err == nil
			}
			if opens["first"] == opens["second"] || o.out != "" && !opens["second"] {
				t.Errorf("%s: opens with %v, said %q", what, opens, o.out)
			}
		})
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
			if left, _ := os.ReadDir(dir); len(left) != 2 { // the key and the lock
				t.Errorf("%s: left %v", what, left)
			}
		})
}
