package file

import (
	"context"
	"fmt"
	"os"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/vault/lock"
	"github.com/jangle-otp/jangle/internal/vault/store"
)

// acquire waits for the lock that writers hold.
func (s *Store) acquire(ctx context.Context, d *atomicfile.Dir) (release func(), err error) {
	f, err := d.OpenPrivate(lockName, os.O_RDWR|os.O_CREATE) // refuses links and files of others
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotSaved, err)
	}
	_ = f.Close()
	if s.opts.LockWait > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, s.opts.LockWait)
		defer cancel()
	}
	return lock.Acquire(ctx, d.Path(lockName))
}

// Lock implements store.Locker. A passphrase is asked for before the lock is taken:
// people are slow.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		return nil, fmt.Errorf("%s: %w: the lock is held already", s.Where(), store.ErrBusy)
	}
	d, _, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	release, err := s.acquire(ctx, d)
	if err != nil {
		return nil, err
	}
	s.held = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held = false
		release()
	}, nil
}

// locked runs f while no other process writes.
func (s *Store) locked(ctx context.Context, d *atomicfile.Dir, f func() error) error {
	if !s.held {
		release, err := s.acquire(ctx, d)
		if err != nil {
			return err
		}
		defer release()
	}
	return f()
}
