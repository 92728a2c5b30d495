package otpauth

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jangle-otp/jangle/internal/account"
)

// rawEntry is one OtpParameters message. Missing and zero are the same in it.
type rawEntry struct {
	secret            []byte
	name, issuer      string
	algorithm, digits uint64
	kind, counter     uint64
}

func parseEntry(b []byte) MigrationEntry {
	var raw rawEntry
	damaged := eachField(b, func(f field) error { return raw.add(f) })
	r := &reading{}
	r.migrationNames(raw)
	e := MigrationEntry{Account: account.Account{Issuer: r.issuer, Name: r.name}, Warnings: r.warnings}
	if damaged != nil {
		e.Err = fmt.Errorf("the entry is damaged: %w", damaged)
		return e
	}
	a, err := raw.account()
	if err != nil {
		e.Err = err
		return e
	}
	a.Issuer, a.Name = r.issuer, r.name
	e.Err = a.Validate()
	e.Account = a
	return e
}

func (raw *rawEntry) add(f field) error {
	switch f.id {
	case 1, 2, 3:
		if err := f.want(protowire.BytesType); err != nil {
			return err
		}
		raw.setText(f)
	case 4, 5, 6, 7:
		if err := f.want(protowire.VarintType); err != nil {
			return err
		}
		raw.setNumber(f)
	}
	return nil
}

func (raw *rawEntry) setText(f field) {
	switch f.id {
	case 1:
		raw.secret = f.bytes
	case 2:
		raw.name = string(f.bytes)
	case 3:
		raw.issuer = string(f.bytes)
	}
}

func (raw *rawEntry) setNumber(f field) {
	switch f.id {
	case 4:
		raw.algorithm = f.number
	case 5:
		raw.digits = f.number
	case 6:
		raw.kind = f.number
	case 7:
		raw.counter = f.number
	}
}

// account maps the app's own numbers; 0 is "unspecified", which the app takes
// for SHA1, six digits and TOTP.
func (raw *rawEntry) account() (account.Account, error) {
	kind, err := raw.accountType()
	if err != nil {
		return account.Account{}, err
	}
	a := account.New(kind, account.NewSecret(raw.secret))
	if a.Algorithm, err = raw.accountAlgorithm(); err != nil {
		return account.Account{}, err
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

func (raw *rawEntry) accountType() (account.Type, error) {
	switch raw.kind {
	case 0, 2:
		return account.TOTP, nil
	case 1:
		return account.HOTP, nil
	}
	return "", &account.FieldError{Field: "type", Problem: "it is neither TOTP nor HOTP"}
}

func (raw *rawEntry) accountAlgorithm() (account.Algorithm, error) {
	switch raw.algorithm {
	case 0, 1:
		return account.SHA1, nil
	case 2:
		return account.SHA256, nil
	case 3:
		return account.SHA512, nil
	case 4:
		return account.MD5, nil // Validate says why it cannot be
	}
	return "", &account.FieldError{Field: "algorithm", Problem: "it is not known"}
}

// migrationNames takes the issuer off the name, which the app often writes
// twice. Without an issuer a colon is only a separator where no blank is near:
// "encoding: demo" is a name.
func (r *reading) migrationNames(raw rawEntry) {
	r.issuer, r.name = r.text("issuer", raw.issuer), r.text("account", raw.name)
	if r.issuer != "" {
		if rest, ok := strings.CutPrefix(r.name, r.issuer+":"); ok {
			r.name = strings.TrimSpace(rest)
		}
		return
	}
	if rest, ok := strings.CutPrefix(r.name, ":"); ok {
		r.name = strings.TrimSpace(rest)
		return
	}
	if looksPrefixed(r.name) {
		r.issuer, r.name, _ = strings.Cut(r.name, ":")
	}
}

// looksPrefixed reports whether a name has the form "issuer:account".
func looksPrefixed(name string) bool {
	prefix, rest, found := strings.Cut(name, ":")
	return found && prefix != "" && rest != "" && !strings.Contains(rest, ":") &&
		strings.IndexFunc(name, unicode.IsSpace) < 0
}
