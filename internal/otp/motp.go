package otp

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"

	"github.com/jangle-otp/jangle/internal/account"
)

// motp is Mobile-OTP (motp.sourceforge.net): the beginning of the MD5 of three
// texts in a row, the step in decimal, the secret in lower-case hex, the PIN.
func motp(a account.Account, step int64) (string, error) {
	if a.PIN.IsZero() {
		return "", ErrPINNeeded
	}
	text := strconv.AppendInt(nil, step, 10)
	text = hex.AppendEncode(text, a.Secret.Bytes())
	text = append(text, a.PIN.Bytes()...)
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:3]), nil
}
