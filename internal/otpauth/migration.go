package otpauth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jangle-otp/jangle/internal/account"
)

// The limits of a migration link.
const (
	MaxMigrationText     = 128 << 10 // the text, percent-encoded base64 of the payload
	MaxMigrationPayload  = 64 << 10  // bytes of protobuf; a QR code holds under 3,000
	MaxMigrationEntries  = 10_000
	MaxMigrationBatch    = 100 // QR codes of one export
	MaxMigrationAccounts = 10  // accounts that Google Authenticator puts into one QR code
)

// ErrDamagedMigration says that the payload of a migration link cannot be read
// to its end.
var ErrDamagedMigration = errors.New("the export link is damaged")

// Migration is what one QR code of a Google Authenticator export holds.
type Migration struct {
	Accounts   []MigrationEntry
	BatchID    int32 // the same in all codes of one export; often negative; 0 when the app wrote none
	BatchIndex int   // 0 for the first code
	BatchSize  int   // codes in the export; 0 when the app wrote none
	Version    int   // 1, or 2 from newer apps
}

// MigrationEntry is one account of it, or the reason why there is none.
type MigrationEntry struct {
	Account  account.Account // if Err is not nil, only its names mean something
	Warnings []string
	Err      error
}

// ParseMigration reads one otpauth-migration:// link; words before it on the
// line do no harm. An entry that cannot be understood has its own Err and the
// others stay. If the payload ends early, what came before is returned together
// with the error, which is ErrDamagedMigration, ErrNotURI or ErrTooLong, wrapped.
func ParseMigration(text string) (Migration, error) {
	payload, err := migrationPayload(text)
	if err != nil {
		return Migration{}, err
	}
	var m Migration
	err = eachField(payload, func(f field) error {
		if err := f.check(1, 5); err != nil {
			return err
		}
		switch f.id {
		case 1:
			if len(m.Accounts) == MaxMigrationEntries {
				return fmt.Errorf("it has more than %d accounts", MaxMigrationEntries)
			}
			m.Accounts = append(m.Accounts, parseEntry(f.bytes))
		// All numbers are int32 in the app, and a negative one has ten bytes.
		case 2:
			m.Version = int(int32(f.number))
		case 3:
			m.BatchSize = int(int32(f.number))
		case 4:
			m.BatchIndex = int(int32(f.number))
		case 5:
			m.BatchID = int32(f.number)
		}
		return nil
	})
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamagedMigration, err)
	}
	if len(m.Accounts) == 0 {
		return m, fmt.Errorf("%w: it holds no accounts", ErrDamagedMigration)
	}
	return m, nil
}

// migrationPayload finds the link in a text and decodes its data: base64 as it
// arrives, with a plus that became a blank, in the URL alphabet, with padding or
// without.
func migrationPayload(text string) ([]byte, error) {
	if len(text) > MaxMigrationText {
		return nil, fmt.Errorf("%w: an export link has at most %d bytes", ErrTooLong, MaxMigrationText)
	}
	start := 0
	for ; start < len(text); start++ {
		if scheme, _ := cutScheme(text[start:]); scheme == schemeMigration {
			break
		}
	}
	if start == len(text) {
		return nil, fmt.Errorf("%w of the kind otpauth-migration://", ErrNotURI)
	}
	uri := text[start:]
	if start > 0 {
		uri, _ = endAtQuote(uri, text[start-1])
	}
	_, query, _ := strings.Cut(clean(uri), "?")
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(key, "data") {
			continue
		}
		value = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\n", "", "\r", "", "\t", "", "=", "").Replace(unescape(value))
		payload, err := base64.RawStdEncoding.DecodeString(value)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: its data is not base64", ErrDamagedMigration)
		case len(payload) > MaxMigrationPayload:
			return nil, fmt.Errorf("%w: its data has more than %d bytes", ErrTooLong, MaxMigrationPayload)
		}
		return payload, nil
	}
	return nil, fmt.Errorf("%w: it has no data", ErrDamagedMigration)
}

// rawEntry is one OtpParameters message. Missing and zero are the same in it.
type rawEntry struct {
	secret            []byte
	name, issuer      string
	algorithm, digits uint64
	kind, counter     uint64
}

func parseEntry(b []byte) MigrationEntry {
	var raw rawEntry
	err := eachField(b, func(f field) error {
		if err := f.check(3, 7); err != nil {
			return err
		}
		switch f.id {
		case 1:
			raw.secret = f.bytes
		case 2:
			raw.name = string(f.bytes)
		case 3:
			raw.issuer = string(f.bytes)
		case 4:
			raw.algorithm = f.number
		case 5:
			raw.digits = f.number
		case 6:
			raw.kind = f.number
		case 7:
			raw.counter = f.number
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("the entry is damaged: %w", err)
	}
	// The app often writes the issuer into the name too. Without an issuer a colon
	// is only a separator where no blank is near: "encoding: demo" is a name.
	r := &reading{}
	issuer, name := r.text("issuer", raw.issuer), r.text("account", raw.name)
	if rest, ok := strings.CutPrefix(name, issuer+":"); ok {
		name = strings.TrimSpace(rest)
	} else if issuer == "" && looksPrefixed(name) {
		issuer, name, _ = strings.Cut(name, ":")
	}
	e := MigrationEntry{Account: account.Account{Issuer: issuer, Name: name}, Warnings: r.warnings, Err: err}
	if err != nil {
		return e
	}
	a, err := raw.account()
	if e.Err = err; err != nil {
		return e
	}
	a.Issuer, a.Name = issuer, name
	e.Account, e.Err = a, a.Validate()
	return e
}

// account maps the app's own numbers; 0 is "unspecified", which the app takes
// for SHA1, six digits and TOTP.
func (raw *rawEntry) account() (account.Account, error) {
	kind := account.TOTP
	switch raw.kind {
	case 0, 2:
	case 1:
		kind = account.HOTP
	default:
		return account.Account{}, &account.FieldError{Field: "type", Problem: "it is neither TOTP nor HOTP"}
	}
	a := account.New(kind, account.NewSecret(raw.secret))
	switch raw.algorithm {
	case 0, 1:
		a.Algorithm = account.SHA1
	case 2:
		a.Algorithm = account.SHA256
	case 3:
		a.Algorithm = account.SHA512
	case 4:
		a.Algorithm = account.MD5 // Validate says why it cannot be
	default:
		return account.Account{}, &account.FieldError{Field: "algorithm", Problem: "it is not known"}
	}
	switch raw.digits {
	case 0, 1:
		a.Digits = 6
	case 2:
		a.Digits = 8
	default:
		return account.Account{}, &account.FieldError{Field: "digits", Problem: "the export says neither six nor eight"}
	}
	if kind == account.HOTP {
		a.Counter = raw.counter
		if raw.counter > math.MaxInt64 {
			return account.Account{}, &account.FieldError{Field: "counter", Problem: "it is negative"}
		}
	}
	return a, nil
}

// looksPrefixed reports whether a name has the form "issuer:account".
func looksPrefixed(name string) bool {
	prefix, rest, found := strings.Cut(name, ":")
	return found && prefix != "" && rest != "" && !strings.Contains(rest, ":") &&
		strings.IndexFunc(name, unicode.IsSpace) < 0
}

var errWireKind = errors.New("it has a field of a kind that is not used")

// field is one field of a message; number is a varint's value, bytes a string's.
type field struct {
	id     protowire.Number
	wire   protowire.Type
	number uint64
	bytes  []byte
}

// check wants bytes in the fields from 1 to lastBytes and a number in those after
// them to last: taken for an unknown field, an account could be lost without a
// word.
func (f field) check(lastBytes, last protowire.Number) error {
	if f.id <= lastBytes && f.wire != protowire.BytesType || f.id > lastBytes && f.id <= last && f.wire != protowire.VarintType {
		return fmt.Errorf("field %d is not of the right kind", f.id)
	}
	return nil
}

// eachField walks over a message. Fields of unknown types are passed on without
// a value; groups, which could nest, are refused.
func eachField(b []byte, visit func(field) error) error {
	for len(b) > 0 {
		var f field
		var n int
		if f.id, f.wire, n = protowire.ConsumeTag(b); n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		switch f.wire {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type, protowire.Fixed64Type:
			n = protowire.ConsumeFieldValue(f.id, f.wire, b)
		default:
			return errWireKind
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

func appendNumber(b []byte, id protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, id, protowire.VarintType), v)
}

func appendBytes[T string | []byte](b []byte, id protowire.Number, v T) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, id, protowire.BytesType), []byte(v))
}
