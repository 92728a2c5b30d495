package otpauth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

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
	err = eachField(payload, func(f field) error { return m.add(f) })
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamagedMigration, err)
	}
	if len(m.Accounts) == 0 {
		return m, fmt.Errorf("%w: it holds no accounts", ErrDamagedMigration)
	}
	return m, nil
}

func migrationPayload(text string) ([]byte, error) {
	if len(text) > MaxMigrationText {
		return nil, fmt.Errorf("%w: an export link has at most %d bytes", ErrTooLong, MaxMigrationText)
	}
	i := indexFold(text, schemeMigration)
	if i < 0 {
		return nil, fmt.Errorf("%w of the kind otpauth-migration://", ErrNotURI)
	}
	uri := text[i:]
	if i > 0 {
		uri, _ = endAtQuote(uri, text[i-1])
	}
	_, query, _ := strings.Cut(clean(uri), "?")
	for pair := range strings.SplitSeq(query, "&") {
		if key, value, _ := strings.Cut(pair, "="); strings.EqualFold(key, "data") {
			return decodeData(unescape(value))
		}
	}
	return nil, fmt.Errorf("%w: it has no data", ErrDamagedMigration)
}

// decodeData takes base64 as it arrives: a plus that became a blank, the URL
// alphabet, with padding or without.
func decodeData(text string) ([]byte, error) {
	text = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\n", "", "\r", "", "\t", "", "=", "").Replace(text)
	payload, err := base64.RawStdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: its data is not base64", ErrDamagedMigration)
	case len(payload) > MaxMigrationPayload:
		return nil, fmt.Errorf("%w: its data has more than %d bytes", ErrTooLong, MaxMigrationPayload)
	}
	return payload, nil
}

// want checks the wire type of a known field: taken for an unknown one, an
// account could be lost without a word.
func (f field) want(wire protowire.Type) error {
	if f.wire != wire {
		return fmt.Errorf("field %d is not of the right kind", f.id)
	}
	return nil
}

func (m *Migration) add(f field) error {
	switch f.id {
	case 1:
		if err := f.want(protowire.BytesType); err != nil {
			return err
		}
		if len(m.Accounts) == MaxMigrationEntries {
			return fmt.Errorf("it has more than %d accounts", MaxMigrationEntries)
		}
		m.Accounts = append(m.Accounts, parseEntry(f.bytes))
		return nil
	case 2, 3, 4, 5:
		if err := f.want(protowire.VarintType); err != nil {
			return err
		}
		m.setNumber(f)
	}
	return nil
}

// setNumber: all are int32 in the app, and a negative one has ten bytes.
func (m *Migration) setNumber(f field) {
	v := int32(f.number)
	switch f.id {
	case 2:
		m.Version = int(v)
	case 3:
		m.BatchSize = int(v)
	case 4:
		m.BatchIndex = int(v)
	case 5:
		m.BatchID = v
	}
}

// indexFold is strings.Index for a lower-case ASCII word in text of any case.
// (strings.ToLower may change the length of other text.)
func indexFold(s, word string) int {
	for i := range len(s) - len(word) + 1 {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}
