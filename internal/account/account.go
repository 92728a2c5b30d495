// Package account says what a one-time-password account is: its fields, which
// values are allowed, and how a person's query finds it.
//
// An account is data. This package does no I/O, reads no clock and computes no
// code; package otp turns an account into a code, package otpauth and package
// format read and write the forms in which accounts travel.
//
// Three rules hold everywhere:
//
//   - A secret is bytes in a Secret, which does not print. The base32 text that
//     sites show is only one spelling of it.
//   - Nothing has a fallback. An algorithm, a number of digits, a type or a
//     period that is not known is an error that names the field, because a wrong
//     code looks exactly like a right one.
//   - Names are kept as they came, with whatever bytes they hold. Making them
//     safe to look at is the terminal's business (package term).
package account

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// Type is the kind of code that an account makes.
type Type string

// The types that jangle can compute.
const (
	TOTP   Type = "totp"   // RFC 6238: a new code every Period seconds
	HOTP   Type = "hotp"   // RFC 4226: a new code for each use, counted by Counter
	Steam  Type = "steam"  // Steam Guard: five letters and digits, SHA1, 30 s
	MOTP   Type = "motp"   // Mobile-OTP: six hex digits of an MD5, 10 s, needs PIN
	Yandex Type = "yandex" // Yandex.Key: eight letters, SHA256, 30 s, needs PIN
)

// Algorithm is the hash function behind the code.
type Algorithm string

// The algorithms that sites and apps use. MD5 is valid for MOTP alone: an
// HMAC-MD5 is too short for the truncation of RFC 4226 section 5.3.
const (
	SHA1   Algorithm = "SHA1"
	SHA224 Algorithm = "SHA224"
	SHA256 Algorithm = "SHA256"
	SHA384 Algorithm = "SHA384"
	SHA512 Algorithm = "SHA512"
	MD5    Algorithm = "MD5"
)

// What an account gets when its source names nothing else.
const (
	DefaultDigits = 6
	DefaultPeriod = 30 // seconds
)

// Account is one account: what the site gave, and what the person noted.
// The zero value is not valid; New fills in the defaults.
type Account struct {
	ID        string // stable, unique in a vault; empty until a vault takes the account
	Type      Type
	Issuer    string // who asks for the code: "GitHub"
	Name      string // who answers: "ann@example.com" ("account" in text and JSON)
	Secret    Secret
	Algorithm Algorithm
	Digits    int    // 1 to 10 characters of code
	Period    int    // seconds a code lasts, 1 to 86400; 0 for HOTP
	Counter   uint64 // HOTP: the counter of the next code
	PIN       Secret // mOTP and Yandex: text, may be empty when it is not stored

	Aliases   []string // other names, for a search only
	Note      string
	Groups    []string // folders, categories: the first is the main one
	Tags      []string
	Favourite bool
	Archived  bool // put away, see State
	Trashed   bool // in the bin, see State
	Icon      Icon
	UseCount  uint64
	LastUsed  int64 // Unix milliseconds, 0 for unknown
	Created   int64 // Unix milliseconds, 0 for unknown
	Updated   int64 // Unix milliseconds, 0 for unknown

	// HandedOut is one more than the last time step that was given out with
	// `code --once`, 0 for none. RFC 6238 section 5.2: a verifier must not
	// accept a step twice, so a script must not get one twice.
	HandedOut int64 // see HandedOutIn for steps of another period

	// Extra keeps what one app stores and nobody else knows, by the app's
	// identifier ("aegis", "2fas", "steam"), so that an export to the same app
	// has it again. It may hold secrets.
	Extra map[string]strictjson.Value `json:"-"` // only Record writes it

	// Unknown keeps fields of a record that a newer jangle wrote.
	Unknown map[string]strictjson.Value `json:"-"`
}

// Icon is a picture or the name of one.
type Icon struct {
	Name string // the source app's name for it
	MIME string // of Data: "image/png", "image/svg+xml"
	Data []byte
}

// New returns a valid account but for its names: type t with that secret and
// the parameters that are usual for t.
func New(t Type, secret Secret) Account {
	a := Account{Type: t, Secret: secret, Algorithm: SHA1, Digits: DefaultDigits, Period: DefaultPeriod}
	switch t {
	case HOTP:
		a.Period = 0
	case Steam:
		a.Digits = 5
	case MOTP:
		a.Algorithm, a.Period = MD5, 10
	case Yandex:
		a.Algorithm, a.Digits = SHA256, 8
	}
	return a
}

// Label is the account's name for people: "Amazon (ken@example.jp)", "Amazon",
// or "ken@example.jp". It is raw text from outside: never write it to a
// terminal without term.Safe.
func (a Account) Label() string {
	switch {
	case a.Issuer == "" && a.Name == "":
		return "(no name)"
	case a.Issuer == "":
		return a.Name
	case a.Name == "":
		return a.Issuer
	}
	return a.Issuer + " (" + a.Name + ")"
}

// State says whether an account is in use.
type State string

// An account that is not live was put away, in its source app or with jangle
// edit: it is kept, but found only if it is named exactly (see Match).
const (
	Live     State = "live"
	Archived State = "archived"
	Trashed  State = "in the bin"
)

// State is the one place that decides what is in use.
func (a Account) State() State {
	switch {
	case a.Trashed:
		return Trashed
	case a.Archived:
		return Archived
	}
	return Live
}

// String returns the label; it keeps secrets out of every %v.
func (a Account) String() string { return a.Label() }

// GoString returns the label; it keeps secrets out of every %#v.
func (a Account) GoString() string { return fmt.Sprintf("account.Account(%q)", a.Label()) }

// Format writes the label under every verb; without it, the verbs for numbers
// would print all fields, Extra with them.
func (a Account) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'v' && f.Flag('#'):
		io.WriteString(f, a.GoString())
	case verb == 'q':
		fmt.Fprintf(f, fmt.FormatString(f, 'q'), a.Label())
	default:
		fmt.Fprintf(f, fmt.FormatString(f, 's'), a.Label())
	}
}

// Key identifies what the account computes: two accounts with equal keys show
// the same codes for ever, whatever they are called. It is for comparing within
// one run of the program, not for keeping.
func (a Account) Key() Key {
	h := sha256.New()
	for _, s := range []Secret{a.Secret, a.PIN} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Len())))
		h.Write(s.Bytes())
	}
	return Key{a.Type, [sha256.Size]byte(h.Sum(nil)), a.Algorithm, a.Digits, a.Period}
}

// Key is comparable; see Account.Key. It holds a hash in place of the secret
// and the PIN, because a comparable value cannot keep fmt from its fields.
type Key struct {
	kind      Type
	secrets   [sha256.Size]byte
	algorithm Algorithm
	digits    int
	period    int
}

// Format keeps even the hash out of logs.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// SameName reports whether two accounts have the same issuer and name, as a
// person would judge: case and surrounding blanks do not count.
func (a Account) SameName(b Account) bool {
	return fold(a.Issuer) == fold(b.Issuer) && fold(a.Name) == fold(b.Name)
}

// Clone returns a copy that shares nothing that could be changed.
func (a Account) Clone() Account {
	a.Secret, a.PIN = a.Secret.Clone(), a.PIN.Clone()
	a.Aliases, a.Groups, a.Tags = slices.Clone(a.Aliases), slices.Clone(a.Groups), slices.Clone(a.Tags)
	a.Icon.Data = slices.Clone(a.Icon.Data)
	a.Extra, a.Unknown = cloneRaw(a.Extra), cloneRaw(a.Unknown)
	return a
}

func cloneRaw(m map[string]strictjson.Value) map[string]strictjson.Value {
	if m == nil {
		return nil
	}
	c := make(map[string]strictjson.Value, len(m))
	for k, v := range m {
		c[k] = slices.Clone(v)
	}
	return c
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// HandedOutIn returns HandedOut as a step of another period, in seconds: the first
// one that begins when all that was handed out is over.
func (a Account) HandedOutIn(period int) int64 {
	if a.Period == period || a.Period < 1 || period < 1 {
		return a.HandedOut
	}
	end := a.HandedOut * int64(a.Period)
	if a.HandedOut != 0 && end/a.HandedOut != int64(a.Period) || end > math.MaxInt64-int64(period) {
		return a.HandedOut // far in the future by any period
	}
	return (end + int64(period) - 1) / int64(period)
}
