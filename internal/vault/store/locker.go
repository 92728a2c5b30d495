package store

import "context"

// Locker is a store that can keep other processes from saving between a Load
// and a Save. It is for the second try after ErrConflict: without it, many
// processes that all want to save would mostly read what another one just wrote.
type Locker interface {
	// Lock waits until nobody else saves, at most until the context's deadline;
	// then it returns ErrBusy. Save may be called while the lock is held.
	Lock(ctx context.Context) (unlock func(), err error)
}
