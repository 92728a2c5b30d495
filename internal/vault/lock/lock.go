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
		return nil, fmt.Errorf("%w: cannot make the folder for %s: %w", store.ErrNotSaved, path, err)
	}
	f := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	begun := time.Now()
	var since, wrote time.Time // this holder was first seen, and wrote its number
	for {
		locked, err := f.TryLock()
		if err != nil {
			return nil, fmt.Errorf("%w: cannot lock %s: %w", store.ErrNotSaved, path, err)
		}
		if locked {
			break
		}
		// One holder that keeps the lock too long ends the waiting.
		var now time.Time
		if info, err := os.Stat(path); err == nil {
			now = info.ModTime()
		}
		if since.IsZero() || !now.Equal(wrote) {
			since, wrote = time.Now(), now
		}
		if time.Since(since) <= Patience && time.Since(begun) <= maxPatience {
			// Equal pauses would let the same process win for ever.
			pause := time.NewTimer(4*time.Millisecond + rand.N(12*time.Millisecond))
			select {
			case <-pause.C:
				continue
			case <-ctx.Done():
				pause.Stop()
			}
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, fmt.Errorf("waiting for %s: %w", path, ctx.Err())
		}
		text, _ := os.ReadFile(path)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && pid > 0 {
			return nil, fmt.Errorf("%w (process %d holds %s)", store.ErrBusy, pid, path)
		}
		return nil, fmt.Errorf("%w (it holds %s)", store.ErrBusy, path)
	}
	// On Windows the file cannot be written while it is locked, and the message
	// does without the number.
	if holder, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|noFollow, 0); err == nil {
		_, _ = holder.WriteString(strconv.Itoa(os.Getpid()) + "\n")
		_ = holder.Close()
	}
	return func() { _ = f.Unlock() }, nil // the end of the process unlocks it too
}
