// Package format reads and writes the files of other authenticators: one file
// per app, its import and its export side by side.
//
// Reading never loses an entry in silence. A file becomes a Result with one
// Entry for each entry that the file holds: either an account, or the reason why
// there is none. What the caller does with them (same, changed, added) is the
// vault's business, so in = added + same + changed + rejected holds by
// construction.
//
// The package does no I/O and reads no clock. Bytes, passphrases, time and
// randomness come in through Input and Options, so every parser can be fuzzed.
package format

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

// Input is one file as it was found.
type Input struct {
	Name string // for messages and for folder formats; never used to detect
	Data []byte

	// Files holds the members of a folder source (a pass or gopass store) by
	// their slash-separated relative name; nil for a single file.
	Files map[string][]byte

	probe *probe // made once by Detect and shared by all apps
}

// Protection is how well the file guards the secrets in it.
type Protection int

// Plain is readable by anybody; Weak is encrypted in a way that can be broken
// by guessing (see security.md 46); Encrypted is sound.
const (
	Encrypted Protection = iota
	Weak
	Plain
)

// Entry is one entry of a file, in the file's order.
type Entry struct {
	Index    int    // its number in the file, from 1
	Label    string // what the file calls it; raw text
	Account  account.Account
	Warnings []string // what a person should know though it was read
	Err      error    // why there is no account; then Account means nothing
}

// Result is all that a file held.
type Result struct {
	Title      string // "Aegis vault, encrypted"
	Entries    []Entry
	Protection Protection
	Notes      []string // about the file as a whole: parts missing, things skipped on purpose
	Incomplete bool     // parts of the export are missing (migration batches): exit 6
}

// Options is what a reader may need from outside.
type Options struct {
	// Passphrase asks for the file's passphrase; what names the thing to open,
	// for the prompt. It is called again after a wrong one if the caller allows
	// it. nil means that none can be had: ErrPassphraseNeeded.
	Passphrase func(what string) ([]byte, error)
	KeyFile    []byte                                                       // KDBX key file
	Decrypt    func(ctx context.Context, ciphertext []byte) ([]byte, error) // OpenPGP through gpg
	ScanQR     func(ctx context.Context, picture []byte) ([]string, error)  // texts of the QR codes in a PNG; for pages that hold pictures
	DrawQR     func(text string) (picture []byte, err error)                // a PNG; for pages; called by several goroutines at once
	Now        time.Time
	Rand       io.Reader // for writers
	Plaintext  Choice    // for writers: the unencrypted form was asked for
}

// Choice is an explicit yes or no.
type Choice int

// No is the zero value.
const (
	No Choice = iota
	Yes
)

// App is one authenticator's format.
type App struct {
	ID     string              // for --format and --to: "aegis"
	Name   string              // for people: "Aegis"
	HowTo  string              // where in the app the export is: "Settings > Import & Export > Export"
	Detect func(in Input) bool // by content; precise: it says yes only to its own
	Guess  func(in Input) bool // for forms without a mark, asked when every Detect said no; nil for most
	Read   func(ctx context.Context, in Input, o Options) (Result, error)

	Write     func(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) // nil: not written
	CanHold   func(a account.Account) error                                                    // nil error, or the reason why not
	Unique    func(a account.Account) string                                                   // what no two accounts may share there; nil for nothing
	Loses     func(a account.Account) []string                                                 // fields of a that the file cannot carry
	Extension string                                                                           // of the written file: "json"
	Encrypts  Choice                                                                           // Yes: Write encrypts unless Options.Plaintext is Yes
}

// Errors that a person can do something about. Readers wrap them with the
// thing's name and what to do next.
var (
	ErrPassphraseNeeded = errors.New("a passphrase is needed")
	ErrWrongPassphrase  = errors.New("wrong passphrase, or a damaged file")
	ErrDamaged          = errors.New("damaged file")
	ErrUnsupported      = errors.New("this form cannot be opened")
	ErrLimit            = errors.New("beyond the limit")
	ErrNotRecognised    = errors.New("not a format that jangle knows")
)
