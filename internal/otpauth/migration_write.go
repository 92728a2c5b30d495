package otpauth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// CannotMigrateError is the reason why Google's format cannot carry an account.
type CannotMigrateError struct{ Reason string }

func (e *CannotMigrateError) Error() string {
	return "Google Authenticator's export cannot carry it: " + e.Reason
}

// CanMigrate returns nil if Google's format can carry an account, and otherwise
// the reason why not: *CannotMigrateError, or what makes the account not valid.
// Such an account can still go as a QR code of its own.
func CanMigrate(a account.Account) error {
	if err := a.Validate(); err != nil {
		return err
	}
	switch {
	case a.Type != account.TOTP && a.Type != account.HOTP:
		return &CannotMigrateError{fmt.Sprintf("the type is %s, and there are only totp and hotp", a.Type)}
	case a.Type == account.TOTP && a.Period != account.DefaultPeriod:
		return &CannotMigrateError{fmt.Sprintf("the period is %d seconds, and there are only 30", a.Period)}
	case a.Digits != 6 && a.Digits != 8:
		return &CannotMigrateError{fmt.Sprintf("it has %d digits, and there are only 6 and 8", a.Digits)}
	case migrationAlgorithm(a.Algorithm) == 0:
		return &CannotMigrateError{fmt.Sprintf("the algorithm is %s, and there are only SHA1, SHA256, SHA512", a.Algorithm)}
	case a.Counter > math.MaxInt64:
		return &CannotMigrateError{"the counter is too large"}
	}
	return nil
}

func migrationAlgorithm(a account.Algorithm) uint64 {
	switch a {
	case account.SHA1:
		return 1
	case account.SHA256:
		return 2
	case account.SHA512:
		return 3
	}
	return 0
}

// FormatMigration writes one link with 1 to MaxMigrationAccounts accounts: code
// number index, from 0, of size codes of one export. batchID is a random number
// above 0, the same for all of them. It fails if CanMigrate does for one of the
// accounts.
func FormatMigration(accounts []account.Account, batchID int32, index, size int) (string, error) {
	switch {
	case len(accounts) < 1 || len(accounts) > MaxMigrationAccounts:
		return "", fmt.Errorf("an export code holds 1 to %d accounts, not %d", MaxMigrationAccounts, len(accounts))
	case size < 1 || size > MaxMigrationBatch:
		return "", fmt.Errorf("an export has 1 to %d codes, not %d", MaxMigrationBatch, size)
	case index < 0 || index >= size:
		return "", fmt.Errorf("code %d is not one of %d", index+1, size)
	case batchID < 1:
		return "", errors.New("the number of an export must be above 0")
	}
	var payload []byte
	for _, a := range accounts {
		if err := CanMigrate(a); err != nil {
			return "", fmt.Errorf("%.80q: %w", a.Label(), err)
		}
		// ParseMigration has to find the names again: the issuer is not repeated in
		// the name unless the name itself begins with it.
		issuer, name := strings.TrimSpace(a.Issuer), strings.TrimSpace(a.Name)
		if strings.HasPrefix(name, issuer+":") || issuer == "" && looksPrefixed(name) {
			name = issuer + ":" + name
		}
		// Every number is written, also those that are 1 or 0: Stratum refuses what
		// is left out.
		entry := appendBytes(nil, 1, a.Secret.Bytes())
		entry = appendBytes(entry, 2, name)
		if issuer != "" {
			entry = appendBytes(entry, 3, issuer)
		}
		entry = appendNumber(entry, 4, migrationAlgorithm(a.Algorithm))
		entry = appendNumber(entry, 5, uint64(a.Digits/2-2)) // 6 is 1, 8 is 2
		if a.Type == account.HOTP {
			entry = appendNumber(appendNumber(entry, 6, 1), 7, a.Counter)
		} else {
			entry = appendNumber(entry, 6, 2)
		}
		payload = appendBytes(payload, 1, entry)
	}
	payload = appendNumber(payload, 2, 1)
	payload = appendNumber(payload, 3, uint64(size))
	payload = appendNumber(payload, 4, uint64(index))
	payload = appendNumber(payload, 5, uint64(batchID))
	// Only what must be is escaped: every %XX makes the QR code larger.
	data := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString(payload))
	return schemeMigration + "//offline?data=" + data, nil
}
