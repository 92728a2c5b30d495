// Package store is the contract between the vault and the places where a vault
// document can live.
//
// A store does two things: it loads the document with its revision, and it saves
// a new document if the revision is still the one that was loaded. Everything
// else (finding, merging, counters, undo) is written once, above it, in package
// vault. Package storetest is the conformance suite that every store passes.
package store

import (
	"context"
	"errors"
	"time"
)

// Revision counts the saves of a document: 1 after the first, 0 for a store in
// which nothing was ever saved.
type Revision uint64

// Past is how many changes back the past is kept: in a document for undo, and by
// the file store as whole documents. So what a change removed is in some file of
// the file store until 2*Past further changes were made; in the keyring, which
// keeps one older document, until Past+1.
const Past = 5

// State is a document as a store holds it.
type State struct {
	Data     []byte // the document, JSON in the clear
	Revision Revision
	// Warnings tell a person what is wrong though the document was read: the
	// newest copy was damaged and an older one was taken, for example.
	Warnings []string
	Doubt    Doubt
}

// Doubt says whether a newer document may have been lost.
type Doubt int

// What is known of a document that was loaded.
const (
	Newest       Doubt = iota // no copy is newer
	PerhapsOlder              // a copy that cannot be read may be newer
	Older                     // a newer one was there and cannot be read
)

// Copy is one document that a store holds, the present one or an older one.
type Copy struct {
	Name     string    // within the store: "slot-a", "vault.g5.age"
	Data     []byte    // the document; nil if Err is set
	Revision Revision  // 0 if it is not known
	Changed  time.Time // when it was written; zero if the store does not know
	Err      error     // why it cannot be read
}

// Store keeps one document. Its methods may be called from several processes at
// once, and obey the context's deadline. They never run two at a time within
// one Store value.
type Store interface {
	// Kind is the word for the store in commands and in the configuration:
	// "keyring" or "file".
	Kind() string

	// Where says for people where the document is: a path, or the name of the
	// keyring.
	Where() string

	// Load returns the newest sound document. ErrAbsent: nothing was ever saved.
	Load(ctx context.Context) (State, error)

	// Save stores data as the revision after base, and returns that revision
	// only when it has read the document back and found it equal. ErrConflict:
	// base is not the newest revision any more; nothing was changed. After
	// ErrUnknown the caller has to load again to learn what happened.
	Save(ctx context.Context, data []byte, base Revision) (Revision, error)

	// Previous returns the newest sound document older than the one that Load
	// returns, for salvage. ErrAbsent: there is none.
	Previous(ctx context.Context) (State, error)

	// Copies returns every document that the store holds, older, damaged and
	// foreign ones too, the newest first; none is no error. It changes nothing.
	Copies(ctx context.Context) ([]Copy, error)

	// Erase removes the document with everything that is older, and returns nil
	// only when it has looked and found nothing.
	Erase(ctx context.Context) error
}

// The ways in which a store can fail. Implementations wrap them with the cause
// and the place; cli turns them into hints and exit statuses.
var (
	ErrAbsent      = errors.New("nothing is stored yet")
	ErrConflict    = errors.New("changed by somebody else in the meantime")
	ErrBusy        = errors.New("in use by another jangle")
	ErrLocked      = errors.New("locked")
	ErrUnreachable = errors.New("not reachable")
	ErrDismissed   = errors.New("the prompt was dismissed")
	ErrTimeout     = errors.New("no answer in time")
	ErrPassphrase  = errors.New("wrong passphrase")
	ErrNoPrompt    = errors.New("a passphrase is needed and nobody can be asked")
	ErrDamaged     = errors.New("damaged")
	ErrLost        = errors.New("the vault is gone")
	ErrForeign     = errors.New("another vault than the one in use")
	ErrSeveral     = errors.New("several vaults, and it is not known which one is in use")
	ErrNewer       = errors.New("written by a newer jangle")
	ErrUnknown     = errors.New("it is not known whether the change was saved")
	ErrNotSaved    = errors.New("not saved")
)
