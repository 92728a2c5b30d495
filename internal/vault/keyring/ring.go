package keyring

import "context"

// ring is a keyring with items of one service: what differs between systems.
// Each call opens a connection of its own, so that what is read is what the
// keyring has and not what we sent. Each call ends in time.
type ring interface {
	// read returns the values of the users that have an item, and all of them
	// where several items have one name. It opens a keyring that is locked.
	read(ctx context.Context, users ...string) (map[string][]string, error)

	// write stores a value in the user's item, or in a new one. over says which
	// item may be changed, by its value; nil: any. store.ErrUnknown: it may have been stored. Any other
	// error: it was not. nil: the keyring says that it was.
	write(ctx context.Context, user, value string, over func(value string) bool) error

	// remove deletes all items of a user; none is no error.
	remove(ctx context.Context, user string) error
}
