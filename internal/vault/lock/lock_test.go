package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

func TestOneHolderAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "lock")
	var inside, total atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				release, err := Acquire(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d holders", n)
				}
				inside.Add(-1)
				total.Add(1)
				release()
			}
		})
	}
	wait.Wait()
	if total.Load() != 40 {
		t.Errorf("%d of 40", total.Load())
	}
}

func TestBusyNamesTheHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = Acquire(ctx, path)
	if !errors.Is(err, store.ErrBusy) {
		t.Fatalf("err = %v, want ErrBusy", err)
	}
	if want := fmt.Sprintf("process %d", os.Getpid()); runtime.GOOS != "windows" && !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
	release()
	if release, err = Acquire(t.Context(), path); err != nil {
		t.Fatalf("after the release: %v", err)
	}
	release()
}

func TestInterruptedIsNotBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Acquire(ctx, path); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrBusy) {
		t.Errorf("err = %v", err)
	}
}

func TestNoLockThroughALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links is a privilege on Windows")
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "lock")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(t.Context(), link); !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("err = %v, want ErrNotSaved", err)
	}
	if text, _ := os.ReadFile(target); string(text) != "precious" {
		t.Errorf("the target holds %q", text)
	}
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(t.Context(), filepath.Join(file, "lock")); !errors.Is(err, store.ErrNotSaved) {
		t.Errorf("err = %v, want ErrNotSaved", err)
	}
}
