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
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
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
	if err := a.Validate(); err != nil {
		return Code{}, named(a, err)
	}
	if a.Type == account.HOTP {
		return Code{}, named(a, ErrCounterBased)
	}
	// A time before 1970 is an error and not a negative step: Go's division
	// truncates towards zero, so that step 0 would last twice as long.
	unix, period := t.Unix(), int64(a.Period)
	if unix < 0 || unix > lastSecond {
		return Code{}, named(a, ErrTimeRange)
	}
	step := unix / period
	var text string
	var err error
	switch a.Type {
	case account.TOTP:
		text, err = hotp(a, uint64(step))
	case account.Steam:
		text = steamText(truncate(mac(sha1.New, a.Secret.Bytes(), uint64(step))))
	case account.MOTP, account.Yandex:
		switch {
		case a.PIN.IsZero():
			err = ErrPINNeeded
		case a.Type == account.Yandex:
			text = yandex(a, uint64(step))
		default:
			// Mobile-OTP (motp.sourceforge.net): the beginning of the MD5 of the
			// step in decimal, the secret in lower-case hex, and the PIN.
			sum := md5.Sum(fmt.Appendf(nil, "%d%x%s", step, a.Secret.Bytes(), a.PIN.Bytes()))
			text = hex.EncodeToString(sum[:3])
		}
	default:
		err = fmt.Errorf("type %q makes no code", a.Type) // Validate has refused it already
	}
	if err != nil {
		return Code{}, named(a, err)
	}
	return Code{Text: text, Step: step, From: time.Unix(step*period, 0), Until: time.Unix((step+1)*period, 0)}, nil
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

// Grouped writes a code as people read one aloud: "492 039", "8495 0392". Codes
// of up to five characters stay whole. It is for eyes only: sites want the code
// without the blank.
func Grouped(code string) string {
	switch n := len(code); {
	case n <= 5:
		return code
	case n == 9:
		return code[:3] + " " + code[3:6] + " " + code[6:]
	default:
		return code[:n/2] + " " + code[n/2:]
	}
}
