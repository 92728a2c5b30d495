// Package lock keeps two jangles from saving at the same time. It is the one
// importer of gofrs/flock.
//
// The lock file is never removed: removing it would let two processes hold locks
// on two files of one name. The system lets go of a lock when its process ends,
// however it ends, so there are no stale locks. Its text is the process id of
// the last holder, for messages only.
package lock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// Patience is how long Acquire waits for one and the same holder (security.md
// 3.6). While the lock goes from one process to the next, it waits on, at most
// maxPatience: a queue moves.
const (
	Patience    = 10 * time.Second
	maxPatience = 10 * Patience
)

// Acquire takes the lock on a file, which it makes with its folder when they are
// not there (0600 in 0700). When its patience or the context ends it returns
// store.ErrBusy and names the holder. A place where no lock can be had is
// store.ErrNotSaved.
func Acquire(ctx context.Context, path string) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: cannot make the folder for the lock: %w", store.ErrNotSaved, err)
	}
	f := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, maxPatience)
	defer cancel()
	q := queue{path: path}
	for {
		locked, err := f.TryLock()
		if err != nil {
			return nil, fmt.Errorf("%w: cannot lock %s: %w", store.ErrNotSaved, path, err)
		}
		if locked {
			writeHolder(path)
			return func() { _ = f.Unlock() }, nil // the end of the process unlocks it too
		}
		if err := q.wait(ctx); err != nil {
			return nil, busy(path, err)
		}
	}
}

// queue watches whether the lock changes hands.
type queue struct {
	path   string
	since  time.Time // when this holder was first seen
	holder time.Time // when the holder wrote its number
}

// wait pauses, and ends the waiting when one holder has kept the lock too long.
func (q *queue) wait(ctx context.Context) error {
	var holder time.Time
	if info, err := os.Stat(q.path); err == nil {
		holder = info.ModTime()
	}
	if q.since.IsZero() || !holder.Equal(q.holder) {
		q.since, q.holder = time.Now(), holder
	}
	if time.Since(q.since) > Patience {
		return context.DeadlineExceeded
	}
	return pause(ctx)
}

// pause waits 4 to 16 ms; equal pauses would let the same process win for ever.
func pause(ctx context.Context) error {
	t := time.NewTimer(4*time.Millisecond + rand.N(12*time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func busy(path string, cause error) error {
	if errors.Is(cause, context.Canceled) {
		return fmt.Errorf("waiting for %s: %w", path, cause)
	}
	if pid := readHolder(path); pid != 0 {
		return fmt.Errorf("%w (process %d holds %s)", store.ErrBusy, pid, path)
	}
	return fmt.Errorf("%w (it holds %s)", store.ErrBusy, path)
}

// writeHolder does its best: on Windows the file cannot be written beside the
// lock, and the message does without the number.
func writeHolder(path string) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|noFollow, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	_ = f.Close()
}

func readHolder(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return 0
	}
	return pid
}
