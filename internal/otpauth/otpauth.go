// Package otpauth reads and writes the text in which accounts travel: the
// otpauth:// URI that a site shows as a QR code, its relatives motp:// and
// steam://, and Google Authenticator's otpauth-migration:// with many accounts
// in one code.
//
// The format (google/google-authenticator wiki, "Key Uri Format") was never a
// standard, and apps write what no URI parser accepts: a bare # or ? or % in a
// name, "issuer:account" where a port should be, "null" for nothing. So texts
// are taken apart by hand here, and the rule is the same everywhere: a name may
// be odd, but whatever decides the code (type, secret, algorithm, digits,
// period) is either understood or an error that names the field. Nothing falls
// back to a default that the text does not leave out.
//
// No error and no warning holds the secret. The package does no I/O.
package otpauth

import (
	"errors"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// The limits of what is read. Beyond them a text is hostile.
const (
	MaxURIBytes   = 16 << 10 // one URI
	MaxQueryItems = 32       // parameters of one URI
)

// What a text can be that is not one account.
var (
	ErrNotURI    = errors.New("not an otpauth:// link")
	ErrMigration = errors.New("an export with several accounts, not one account")
	ErrTooLong   = errors.New("the link is longer than 16384 bytes")  // MaxURIBytes
	ErrTooMany   = errors.New("the link has more than 32 parameters") // MaxQueryItems
)

// Parse reads one account from one otpauth://, motp:// or steam:// text, with
// the quotes, blanks and escapes that come along when people copy one. The
// warnings are sentences on what was understood but is odd. The errors are those
// above, the errors of account.ParseBase32, and *account.FieldError.
func Parse(text string) (account.Account, []string, error) {
	if len(text) > MaxURIBytes {
		return account.Account{}, nil, ErrTooLong
	}
	r := &reading{}
	host, label, query := "motp", "", ""
	scheme, rest := cutScheme(clean(text))
	switch scheme {
	case schemeOTPAuth: // totp/LABEL?QUERY; the label may be missing, with or without its slash
		label, query = splitQuery(rest)
		host, label, _ = strings.Cut(label, "/")
		host = strings.ToLower(host)
	case schemeMOTP: // Issuer:Account?secret=HEX, as Stratum and Aegis write it
		label, query = splitQuery(rest)
		r.hexOnly = true
	case schemeSteam: // BASE32, as Bitwarden and Proton write it; it has no names
		if !isSteamSecret(rest, 1) {
			return account.Account{}, nil, &account.FieldError{Field: "secret", Problem: "this steam:// link holds none"}
		}
		secret, err := account.ParseBase32(steamSecretText(rest))
		if err != nil {
			return account.Account{}, nil, err
		}
		a := account.New(account.Steam, secret)
		a.Issuer = "Steam"
		return a, nil, a.Validate()
	case schemeMigration:
		return account.Account{}, nil, ErrMigration
	default:
		return account.Account{}, nil, ErrNotURI
	}
	var err error
	if r.params, err = parseQuery(query); err != nil {
		return account.Account{}, nil, err
	}
	r.readNames(label)
	kind, err := r.kind(host)
	if err != nil {
		return account.Account{}, nil, err
	}
	a, err := r.account(kind)
	if err != nil {
		return account.Account{}, nil, err
	}
	return a, r.warnings, nil
}

// IsURI reports whether a text begins like something that Parse or
// ParseMigration reads. It may still be broken.
func IsURI(text string) bool {
	if len(text) > MaxMigrationText {
		return false
	}
	scheme, rest := cutScheme(clean(text))
	return scheme != "" && (scheme != schemeSteam || isSteamSecret(rest, shortestSteam))
}

// shortestSteam tells steam://BASE32 from the links that open the Steam app
// (steam://store), where nothing else says what it is. Steam's own secrets have
// 32 characters.
const shortestSteam = 16

func isSteamSecret(rest string, shortest int) bool {
	text := steamSecretText(rest)
	if len(text) < shortest {
		return false
	}
	_, err := account.ParseBase32(text)
	return err == nil
}

func steamSecretText(rest string) string {
	rest, _, _ = strings.Cut(rest, "?")
	return unescape(strings.TrimRight(rest, "/"))
}
