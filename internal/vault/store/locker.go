package store

import "context"

// Locker is a store that can keep other processes from saving between a Load
// and a Save. It is no replacement for compare-and-swap: it saves the work that
// many processes at once would do in vain.
type Locker interface {
	// Lock waits until no other process saves, at most until the context ends or one
	// holder has had the lock for too long; then it returns ErrBusy. Load and
	// Save may be called while the lock is held, by one caller.
	Lock(ctx context.Context) (unlock func(), err error)
}
