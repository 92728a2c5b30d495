package format

import (
	"context"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// rsc2fa is the file of rsc.io/2fa: "name digits SECRET", and for HOTP the
// counter that was used last, in 20 digits.
func rsc2fa() App {
	can := ability{id: "rsc-2fa", types: []account.Type{account.TOTP, account.HOTP}, algorithms: []account.Algorithm{account.SHA1},
		digits: [2]int{6, 8}, period: oneOf(30), maxCounter: maxInt64}
	return App{
		ID: "rsc-2fa", Name: "2fa (rsc.io)", Extension: "2fa",
		HowTo: "the file ~/.2fa itself",
		Detect: func(in Input) bool {
			return in.look().mostLines(func(line string) (fits, other bool) {
				f := strings.Fields(line)
				fits = (len(f) == 3 || len(f) == 4 && len(f[3]) == rscCounterDigits) &&
					len(f[1]) == 1 && f[1] >= "6" && f[1] <= "8" && isSecretText(f[2])
				return fits, !fits
			})
		},
		Read: readRSC2FA, Write: writeRSC2FA,
		Unique: rscName,
		Loses: func(a account.Account) []string {
			lost := can.loses(a)
			if a.Issuer != "" || rscName(a) != a.Name {
				lost = append(lost, "issuer and account (they become one word)")
			}
			return lost
		},
		CanHold: func(a account.Account) error {
			if a.Type == account.HOTP && a.Counter == 0 {
				return fieldError("counter", "2fa stores the last one used, so it cannot store that none was")
			}
			return can.canHold(a)
		},
	}
}

const rscCounterDigits = 20

func readRSC2FA(_ context.Context, in Input, _ Options) (Result, error) {
	r := Result{Title: "2fa keychain, not encrypted", Protection: Plain}
	return readLines(r, plainText(in.Data), func(n int, line string) (label string, a account.Account, warnings []string, err error) {
		f := strings.Fields(line)
		if len(f) != 3 && len(f) != 4 {
			return fmt.Sprintf("line %d", n), a, nil, fmt.Errorf("%w: it is not \"name digits secret\"", ErrDamaged)
		}
		p := parts{Kind: account.TOTP, Name: f[0], Base32: f[2], Digits: looseInt{f[1]}}
		if len(f) == 4 {
			last, err := strconv.ParseUint(f[3], 10, 63)
			if err != nil || last == maxInt64 {
				return clip(f[0]), a, nil, fieldError("counter", "%q is not a usable number", clip(f[3]))
			}
			p.Kind, p.Counter = account.HOTP, looseNumber(int64(last)+1)
		}
		a, err = p.account()
		if err == nil && (a.Digits < 6 || a.Digits > 8) {
			err = fieldError("digits", "2fa knows 6 to 8, not %d", a.Digits)
		}
		return clip(f[0]), a, nil, err
	})
}

// rscName is the one word that 2fa has for an account.
func rscName(a account.Account) string {
	name := a.Name
	if a.Issuer != "" {
		name = strings.TrimSuffix(a.Issuer+":"+a.Name, ":")
	}
	return firstOf(strings.Join(strings.Fields(name), "-"), "account")
}

func writeRSC2FA(_ context.Context, accounts []account.Account, _ Options) ([]byte, error) {
	if err := rsc2fa().allUnique(accounts); err != nil {
		return nil, err
	}
	var out strings.Builder
	for _, a := range accounts {
		fmt.Fprintf(&out, "%s %d %s", rscName(a), a.Digits, base32.StdEncoding.EncodeToString(a.Secret.Bytes()))
		if a.Type == account.HOTP {
			fmt.Fprintf(&out, " %0*d", rscCounterDigits, a.Counter-1)
		}
		out.WriteByte('\n')
	}
	return []byte(out.String()), nil
}
