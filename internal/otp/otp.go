// Package otp turns an account and a moment, or a counter, into a code.
//
// All the codes here begin the same way (RFC 4226 section 5): a keyed hash over
// a number that both sides know, and a rule that makes a few characters of it.
// The types differ in the number, the key and the rule:
//
//	type    number                  hash             characters
//	HOTP    a counter               HMAC-SHA1…512    decimal, 1 to 10
//	TOTP    floor(unix / period)    HMAC-SHA1…512    decimal, 1 to 10
//	Steam   floor(unix / 30)        HMAC-SHA1        5 of 26 letters and digits
//	Yandex  floor(unix / 30)        HMAC-SHA256      8 letters, key from secret and PIN
//	mOTP    floor(unix / 10)        MD5, not keyed   6 hex digits
//
// There is no clock and no fallback in here: the time is a parameter, and an
// account that is not valid gets an error, because a wrong code looks exactly
// like a right one.
package otp

import (
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
)

// Code is one code and when it holds.
type Code struct {
	Text    string
	From    time.Time // the first instant at which it is the code; zero for HOTP
	Until   time.Time // the first instant at which it no longer is; zero for HOTP
	Step    int64     // the number of the period since 1970; 0 for HOTP
	Counter uint64    // HOTP: the counter it belongs to
}

// What a person can do something about. They come wrapped in the account's name.
var (
	ErrCounterBased = errors.New("it is counter-based: its code needs a counter, not a time")
	ErrTimeBased    = errors.New("it is time-based: its code needs a time, not a counter")
	ErrPINNeeded    = errors.New("its PIN is needed and is not stored")
	ErrTimeRange    = errors.New("the time is not between 1970 and the year 19391")
)

// lastSecond keeps the end of every period far inside what int64 and time.Time
// can hold. A clock beyond it is broken.
const lastSecond = 1 << 39 // 549,755,813,888 s, in the year 19391

// At returns the code of a time-based account (TOTP, Steam, mOTP, Yandex) at t.
// The errors, wrapped in the account's name, are ErrCounterBased for HOTP,
// ErrPINNeeded, ErrTimeRange, and *account.FieldError for an account that is
// not valid.
func At(a account.Account, t time.Time) (Code, error) {
	code, err := at(a, t)
	if err != nil {
		return Code{}, named(a, err)
	}
	return code, nil
}

// AtCounter returns the code of a counter-based account (HOTP) for a counter,
// which need not be a.Counter. The errors, wrapped in the account's name, are
// ErrTimeBased and *account.FieldError for an account that is not valid.
func AtCounter(a account.Account, counter uint64) (Code, error) {
	if err := a.Validate(); err != nil {
		return Code{}, named(a, err)
	}
	if a.Type != account.HOTP {
		return Code{}, named(a, ErrTimeBased)
	}
	text, err := hotp(a, counter)
	if err != nil {
		return Code{}, named(a, err)
	}
	return Code{Text: text, Counter: counter}, nil
}

func named(a account.Account, err error) error {
	return fmt.Errorf("no code for %.80q: %w", a.Label(), err)
}

func at(a account.Account, t time.Time) (Code, error) {
	if err := a.Validate(); err != nil {
		return Code{}, err
	}
	if a.Type == account.HOTP {
		return Code{}, ErrCounterBased
	}
	step, err := stepAt(t, a.Period)
	if err != nil {
		return Code{}, err
	}
	text, err := textAt(a, step)
	if err != nil {
		return Code{}, err
	}
	period := int64(a.Period)
	return Code{
		Text: text, Step: step,
		From: time.Unix(step*period, 0), Until: time.Unix((step+1)*period, 0),
	}, nil
}

// stepAt is floor(unix / period). The time before 1970 is an error and not a
// negative number: Go's division truncates towards zero, so that step 0 would
// last twice as long.
func stepAt(t time.Time, period int) (int64, error) {
	unix := t.Unix()
	if unix < 0 || unix > lastSecond {
		return 0, ErrTimeRange
	}
	return unix / int64(period), nil
}

func textAt(a account.Account, step int64) (string, error) {
	switch a.Type {
	case account.TOTP:
		return hotp(a, uint64(step))
	case account.Steam:
		return steam(a, uint64(step)), nil
	case account.MOTP:
		return motp(a, step)
	case account.Yandex:
		return yandex(a, uint64(step))
	}
	return "", fmt.Errorf("type %q makes no code", a.Type) // Validate has refused it already
}
