package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// lockPoll is how often a waiting writer looks again.
const lockPoll = 50 * time.Millisecond

// fileLock is the lock that writers hold. The system frees it when its holder
// dies, so it needs no cleaning up; the file stays, because two processes that
// lock a file and its successor would not see each other.
type fileLock struct{ f *os.File }

// acquire waits for the lock until the context ends, at most Options.LockWait.
func (s *Store) acquire(ctx context.Context, d *atomicfile.Dir) (*fileLock, error) {
	f, err := d.OpenPrivate(lockName, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	end := time.NewTimer(s.opts.LockWait)
	defer end.Stop()
	for {
		err := tryLock(f)
		if err == nil {
			sign(f)
			return &fileLock{f}, nil
		}
		if !errors.Is(err, errHeld) {
			f.Close()
			return nil, fmt.Errorf("%s: cannot be locked, so nothing is written: %w: %w", d.Path(lockName), store.ErrNotSaved, err)
		}
		select {
		case <-time.After(lockPoll):
			continue
		case <-end.C:
		case <-ctx.Done():
		}
		defer f.Close()
		return nil, busy(f, d.Path(vaultName))
	}
}

// errHeld: somebody else has the lock.
var errHeld = errors.New("locked")

// sign writes our process number into the lock file, for busy to read. That it
// fails is of no account. A file with a second name may be somebody's, and is
// left as it is.
func sign(f *os.File) {
	if !hasOneName(f) {
		return
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid())
	}
}

func busy(f *os.File, path string) error {
	buf := make([]byte, 20)
	n, _ := f.ReadAt(buf, 0)
	if pid := strings.TrimSpace(string(buf[:n])); isNumber(pid) {
		return fmt.Errorf("%s is %w (process %s)", path, store.ErrBusy, pid)
	}
	return fmt.Errorf("%s is %w", path, store.ErrBusy)
}

func isNumber(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func (l *fileLock) release() { _ = l.f.Close() }

// Lock implements store.Locker. A passphrase is asked for before the lock is taken:
// people are slow.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		return nil, fmt.Errorf("%s: %w: the lock is held already", s.Where(), store.ErrBusy)
	}
	d, _, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if s.held, err = s.acquire(ctx, d); err != nil {
		return nil, err
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held.release()
		s.held = nil
	}, nil
}

// locked runs f while no other process writes.
func (s *Store) locked(ctx context.Context, d *atomicfile.Dir, f func() error) error {
	if s.held == nil {
		l, err := s.acquire(ctx, d)
		if err != nil {
			return err
		}
		defer l.release()
	}
	return f()
}
