package backup

import (
	"errors"
	"fmt"
	"time"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// checkTime is the instant of every check code: the first of the test vectors
// in RFC 6238 appendix B, so that a reader can try its own arithmetic on it.
const checkTime = 59 // Unix seconds

// checkCode is a code that the account gives at a fixed instant, or for a
// counter-based account at counter 0. Whoever restores a backup with another
// program compares it with what that program shows.
type checkCode struct {
	Time    *int64  `json:"t,omitzero"`       // Unix seconds
	Counter *uint64 `json:"counter,omitzero"` // HOTP
	Code    string  `json:"code"`

	Unknown map[string]strictjson.Value `json:",embed"` // of none is the meaning known
}

// checkOf makes the check of an account; nil for one that gives no code as it
// is, because its PIN is not stored or its secret was mistyped at the source.
func checkOf(a account.Account) *checkCode {
	c := &checkCode{}
	if a.Type == account.HOTP {
		c.Counter = new(uint64)
	} else {
		t := int64(checkTime)
		c.Time = &t
	}
	code, err := c.compute(a)
	if err != nil {
		return nil
	}
	c.Code = code
	return c
}

func (c *checkCode) compute(a account.Account) (string, error) {
	if c.Counter != nil {
		code, err := otp.AtCounter(a, *c.Counter)
		return code.Text, err
	}
	code, err := otp.At(a, time.Unix(*c.Time, 0))
	return code.Text, err
}

// verify recomputes the check for an account that was read.
func (c *checkCode) verify(a account.Account) error {
	switch {
	case c == nil && checkOf(a) == nil:
		return nil
	case c == nil:
		return errors.New("the check code is missing")
	case len(c.Unknown) > 0:
		return errors.New("the check has an unknown member")
	case (c.Time == nil) == (c.Counter == nil):
		return errors.New("the check has to name a time or a counter")
	}
	code, err := c.compute(a)
	if err != nil {
		return fmt.Errorf("the check cannot be computed: %w", err)
	}
	if code != c.Code {
		return errors.New("the check code is not the one that the account gives")
	}
	return nil
}
